#include "real/proxy/worker_group.h"

#include "real/proxy/load_meter.h"

namespace meshtwin {

WorkerGroup::WorkerGroup(EventLoop& main_loop, std::uint32_t count) : main_loop_(main_loop) {
  const auto load_meters = std::make_shared<LoadMeters>();
  for (std::uint32_t i = 0; i < count; ++i) {
    workers_.push_back(std::make_unique<Worker>(i, main_loop.origin_ns(), load_meters));
    workers_.back()->start();
  }
}

void WorkerGroup::apply(const ProxyConfigPtr& config, const ListenSockets& sockets) {
  for (std::uint32_t i = 0; i < size(); ++i) workers_[i]->apply(config, sockets.for_worker(i));
}

void WorkerGroup::set_endpoints(const std::string& upstream, const EndpointList& endpoints) {
  for (const auto& worker : workers_) worker->set_endpoints(upstream, endpoints);
}

void WorkerGroup::drain(std::function<void()> on_drained) {
  auto missing = std::make_shared<std::size_t>(workers_.size());
  for (const auto& worker : workers_) {
    worker->drain([this, missing, on_drained] {
      main_loop_.post([missing, on_drained] {
        if (--*missing == 0) on_drained();
      });
    });
  }
}

void WorkerGroup::stop() {
  for (const auto& worker : workers_) worker->stop();
  workers_.clear();
}

}  // namespace meshtwin
