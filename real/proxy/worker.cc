#include "real/proxy/worker.h"

#include <utility>

#include "real/proxy/worker_state.h"

namespace meshtwin {

Worker::Worker(std::uint32_t index, std::int64_t origin_ns, std::shared_ptr<LoadMeters> load_meters)
    : index_(index),
      loop_(origin_ns),
      state_(std::make_unique<WorkerState>(loop_, index, std::move(load_meters))) {}

Worker::~Worker() { stop(); }

void Worker::start() {
  thread_ = std::thread([this] { loop_.run(); });
}

void Worker::apply(ProxyConfigPtr config, std::vector<Fd> listeners) {
  auto sockets = std::make_shared<std::vector<Fd>>(std::move(listeners));
  loop_.post([this, config = std::move(config), sockets]() mutable {
    state_->apply(std::move(config), std::move(*sockets));
  });
}

void Worker::set_endpoints(const std::string& upstream, EndpointList endpoints) {
  loop_.post([this, upstream, endpoints = std::move(endpoints)] { state_->set_endpoints(upstream, endpoints); });
}

void Worker::drain(std::function<void()> on_drained) {
  loop_.post([this, on_drained = std::move(on_drained)]() mutable { state_->drain(std::move(on_drained)); });
}

void Worker::ask(std::function<void(WorkerState&)> question) {
  loop_.post([this, question = std::move(question)] { question(*state_); });
}

void Worker::stop() {
  if (!thread_.joinable()) return;
  loop_.stop();
  thread_.join();
}

}  // namespace meshtwin
