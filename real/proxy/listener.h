// A listening socket of one worker: accepts connections as long as there is room for them.
#pragma once

#include <cstdint>
#include <span>

#include "real/net/event_loop.h"
#include "real/net/timer_queue.h"
#include "real/net/watched_socket.h"
#include "real/proxy/config.h"
#include "real/proxy/load_meter.h"
#include "real/proxy/metrics.h"

namespace meshtwin {

class WorkerState;

class Listener final : public IoHandler {
 public:
  // `fd` listens already.
  Listener(WorkerState& worker, const ListenerConfig& config, ListenerMetrics& metrics, Fd fd);
  LoadMeter& meter() { return load_; }
  // Null: no load is reported.
  LoadMeter* load() { return config_.load_reports ? &load_ : nullptr; }

  const ListenerConfig& config() const { return config_; }
  void update_config(const ListenerConfig& config);
  ListenerMetrics& metrics() { return metrics_; }
  void on_io(std::uint32_t events) override;
  void connection_closed();
  // One that was active has been answered.
  void request_over() {
    ++metrics_.downstream_rq_completed;
    --metrics_.downstream_rq_active;
  }
  std::uint32_t open() const { return open_; }  // connections
  // Takes what the kernel has queued for it already, and stops listening.
  void close();

 private:
  // How many connections one round takes, so that those that are open get their turn.
  static constexpr int kAcceptsARound = 64;

  bool accept_one();
  void pause();
  void resume(Time now);

  WorkerState& worker_;
  ListenerConfig config_;
  ListenerMetrics& metrics_;
  LoadMeter& load_;
  WatchedSocket socket_;
  std::uint32_t open_ = 0;
  MemberTimer<Listener, &Listener::resume> retry_{*this};
};

}  // namespace meshtwin
