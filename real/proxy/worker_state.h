// What belongs to one worker's thread: its loop, its connections, its policy cores, its counts.
#pragma once

#include <array>
#include <cstdint>
#include <ctime>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/journal/recorder.h"
#include "core/random/stream.h"
#include "real/http/head.h"
#include "real/net/event_loop.h"
#include "real/proxy/access_log.h"
#include "real/proxy/config.h"
#include "real/proxy/load_meter.h"
#include "real/proxy/metrics.h"
#include "real/proxy/worker.h"

namespace meshtwin {

class CallLogger;
class Downstream;
class Exchange;
class JournalFileSink;
class Listener;
class Tunnel;
class UpstreamDriver;

class WorkerState {
 public:
  // `load_meters` are those of all workers.
  WorkerState(EventLoop& loop, std::uint32_t index, std::shared_ptr<LoadMeters> load_meters);
  ~WorkerState();
  WorkerState(const WorkerState&) = delete;
  WorkerState& operator=(const WorkerState&) = delete;

  EventLoop& loop() { return loop_; }
  std::uint32_t index() const { return index_; }
  WorkerMetrics& metrics() { return metrics_; }
  const ProxyConfig& config() const { return *config_; }
  LoadMeters& load_meters() { return *load_meters_; }
  const std::map<std::string, std::shared_ptr<UpstreamDriver>>& upstreams() const { return upstreams_; }

  // Before the first configuration. The recorder takes up upstreams that are made from then on.
  void use_journal(std::unique_ptr<JournalFileSink> sink, const JournalOptions& options);
  void use_access_log(std::unique_ptr<AccessLog> log);  // null: nothing is logged
  JournalRecorder* journal() { return journal_.get(); }
  CallLogger* call_logger() { return call_logger_.get(); }  // null: nothing is logged
  // Counts that others keep are brought into metrics().
  void update_metrics();

  // What Worker's functions of the same names do.
  void apply(ProxyConfigPtr config, std::vector<Fd> listeners);
  void set_endpoints(const std::string& upstream, const EndpointList& endpoints);
  void drain(std::function<void()> on_drained);

  // Null where there is no such upstream.
  std::shared_ptr<UpstreamDriver> find_upstream(const std::string& name) const;

  // Room for one read of any connection, which uses it up before it returns.
  std::span<char> scratch() { return scratch_; }
  // Heads are read into these and used up at once; their memory serves again.
  RequestHead& request_head() { return request_head_; }
  ResponseHead& response_head() { return response_head_; }
  std::string& target() { return target_; }
  // Fresh ids of a request; valid until the next call.
  std::string_view new_request_id();
  std::string_view new_traceparent();
  // Of this second, for responses without.
  std::string_view http_date();

  void add(std::unique_ptr<Downstream> connection);
  void remove(Downstream& connection);
  // The tunnel takes the place of the connection that it was made of.
  void replace(Downstream& connection, std::unique_ptr<Tunnel> tunnel);
  void remove(Tunnel& tunnel);
  Exchange& take_exchange();
  void give_back(Exchange& exchange);
  std::size_t connections() const { return downstreams_.size() + tunnels_.size(); }

 private:
  void check_drained();
  void apply_upstreams();
  void apply_listeners(std::vector<Fd> sockets);
  void flush_journal(Time now);

  EventLoop& loop_;
  std::uint32_t index_;
  std::shared_ptr<LoadMeters> load_meters_;
  ProxyConfigPtr config_;
  WorkerMetrics metrics_;
  RandomStream id_stream_;
  std::array<char, 64 * 1024> scratch_;
  RequestHead request_head_;
  ResponseHead response_head_;
  std::string target_;
  std::array<char, 32> id_text_{};
  std::array<char, 55> trace_text_{};
  std::time_t date_second_ = -1;
  std::string date_text_;
  std::unique_ptr<JournalFileSink> journal_sink_;
  std::unique_ptr<JournalRecorder> journal_;
  std::unique_ptr<CallLogger> call_logger_;
  std::map<std::string, std::shared_ptr<UpstreamDriver>> upstreams_;
  std::vector<std::shared_ptr<UpstreamDriver>> former_upstreams_;  // with requests still under way
  // Without; connections that were retired in this round refer to them until it ends.
  std::vector<std::shared_ptr<UpstreamDriver>> unused_upstreams_;
  std::map<std::string, EndpointList> endpoint_lists_;
  std::vector<std::unique_ptr<Exchange>> exchanges_;
  std::vector<Exchange*> free_exchanges_;
  std::vector<std::unique_ptr<Listener>> listeners_;
  std::vector<std::unique_ptr<Listener>> former_listeners_;  // closed; connections still refer to them
  std::vector<std::unique_ptr<Downstream>> downstreams_;
  std::vector<std::unique_ptr<Tunnel>> tunnels_;
  std::function<void()> on_drained_;
  MemberTimer<WorkerState, &WorkerState::flush_journal> journal_timer_{*this};
};

}  // namespace meshtwin
