#include "real/proxy/listener.h"

#include <cerrno>
#include <memory>
#include <utility>

#include "real/net/socket.h"
#include "real/proxy/downstream.h"
#include "real/proxy/worker_state.h"

namespace meshtwin {
namespace {

// Descriptors are given back by others, too, without telling us.
constexpr Duration kLookAgain = std::chrono::milliseconds(100);

}  // namespace

Listener::Listener(WorkerState& worker, const ListenerConfig& config, ListenerMetrics& metrics, Fd fd)
    : worker_(worker),
      metrics_(metrics),
      load_(worker.load_meters().of(config.name)),
      socket_(worker.loop(), *this, std::move(fd)) {
  update_config(config);
  socket_.watch_for(true, false);
}

void Listener::update_config(const ListenerConfig& config) {
  config_ = config;
  if (config_.load_reports) load_.set_concurrency(config_.load_reports->concurrency);
}

void Listener::on_io(std::uint32_t) {
  for (int i = 0; i < kAcceptsARound; ++i) {
    if (open_ >= config_.connections_max) return pause();
    if (!accept_one()) return;
  }
}

bool Listener::accept_one() {
  Address peer;
  Fd fd = accept_tcp(socket_.fd(), &peer);
  if (!fd.valid()) {
    if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) pause();
    return errno == ECONNABORTED || errno == EINTR;
  }
  ++open_;
  ++metrics_.downstream_cx_total;
  ++metrics_.downstream_cx_active;
  worker_.add(std::make_unique<Downstream>(worker_, *this, std::move(fd), peer));
  return true;
}

void Listener::pause() {
  ++metrics_.downstream_cx_overflow;
  socket_.watch_for(false, false);
  worker_.loop().timers().arm(retry_, worker_.loop().now() + kLookAgain);
}

void Listener::resume(Time) {
  if (open_ >= config_.connections_max) {
    worker_.loop().timers().arm(retry_, worker_.loop().now() + kLookAgain);
  } else if (socket_.open()) {
    socket_.watch_for(true, false);
  }
}

void Listener::connection_closed() {
  --open_;
  --metrics_.downstream_cx_active;
  if (retry_.armed()) worker_.loop().timers().arm(retry_, worker_.loop().now());
}

void Listener::close() {
  if (!socket_.open()) return;
  while (accept_one()) {
  }
  socket_.close();
}

}  // namespace meshtwin
