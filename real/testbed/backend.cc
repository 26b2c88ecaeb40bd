#include "real/testbed/backend.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "real/testbed/cpu_time.h"
#include "real/testbed/played_instance.h"

namespace meshtwin {
namespace {

struct FaultEvent {
  Time at{};
  std::uint32_t fault = 0;
  bool begins = false;
};

// In the order in which the simulator handles them.
std::vector<FaultEvent> fault_events(const Scenario& scenario) {
  std::vector<FaultEvent> events;
  for (std::uint32_t i = 0; i < scenario.faults.size(); ++i) {
    const FaultConfig& fault = scenario.faults[i];
    events.push_back({fault.at, i, true});
    if (fault.lasts) events.push_back({saturating_add(fault.at, *fault.lasts), i, false});
  }
  std::stable_sort(events.begin(), events.end(),
                   [](const FaultEvent& a, const FaultEvent& b) { return a.at < b.at; });
  return events;
}

}  // namespace

// What the thread works on.
class Backend::Stage {
 public:
  Stage(const Scenario& scenario, const BackendOptions& options, std::int64_t origin_ns,
        std::vector<std::vector<PortHolder>> ports, BackendReport* report)
      : loop_(origin_ns), scenario_(scenario), events_(fault_events(scenario)) {
    for (std::uint32_t service = 0; service < ports.size(); ++service) {
      auto& instances = instances_.emplace_back();
      for (std::uint32_t i = 0; i < ports[service].size(); ++i) {
        instances.push_back(std::make_unique<PlayedInstance>(
            loop_, scenario, InstanceId{service, i}, std::move(ports[service][i]), options.seed, report));
      }
    }
  }

  Result<bool> listen() {
    for (const auto& instances : instances_) {
      for (const auto& instance : instances) {
        if (const Result<bool> listens = instance->listen(); !listens) return listens;
      }
    }
    arm();
    return true;
  }

  void run() {
    loop_.run();
    for (const auto& instances : instances_) {
      for (const auto& instance : instances) instance->finish(loop_.clock_now());
    }
  }
  EventLoop& loop() { return loop_; }

 private:
  void arm() {
    if (next_ < events_.size()) loop_.timers().arm(timer_, events_[next_].at);
  }
  void handle_faults(Time now) {
    for (; next_ < events_.size() && events_[next_].at <= now; ++next_) {
      const FaultEvent& event = events_[next_];
      const FaultConfig& fault = scenario_.faults[event.fault];
      auto& instances = instances_[fault.service];
      for (std::uint32_t i = 0; i < instances.size(); ++i) {
        if (!concerns(fault, fault.service, i)) continue;
        if (event.begins) {
          instances[i]->fault_begins(fault, event.at);
        } else {
          instances[i]->fault_ends(fault);
        }
      }
    }
    arm();
  }

  EventLoop loop_;
  const Scenario& scenario_;
  std::vector<FaultEvent> events_;
  std::size_t next_ = 0;
  std::vector<std::vector<std::unique_ptr<PlayedInstance>>> instances_;
  MemberTimer<Stage, &Stage::handle_faults> timer_{*this};
};

Backend::Backend(const Scenario& scenario, const BackendOptions& options)
    : scenario_(scenario), options_(options) {}

Backend::~Backend() { stop(); }

Result<std::unique_ptr<Backend>> Backend::open(const Scenario& scenario, const BackendOptions& options) {
  std::unique_ptr<Backend> backend(new Backend(scenario, options));
  std::uint32_t port = options.first_port;
  for (const ServiceConfig& service : scenario.services) {
    auto& ports = backend->ports_.emplace_back();
    auto& addresses = backend->addresses_.emplace_back();
    for (std::uint32_t i = 0; i < service.instances; ++i) {
      const Address wanted = Address::loopback(static_cast<std::uint16_t>(port));
      if (port > 65535) return Error{fmt::format("{}/{} has no port: they end at 65535", service.name, i)};
      Result<PortHolder> holder = PortHolder::hold(wanted);
      if (!holder) {
        return Error{
            fmt::format("{}/{} can't have {}: {}", service.name, i, wanted.text(), holder.error().message)};
      }
      addresses.push_back(holder.value().address());
      ports.push_back(std::move(holder).value());
      if (port != 0) ++port;
    }
  }
  return backend;
}

Result<bool> Backend::start(std::int64_t origin_ns) {
  BackendReport* const report = options_.keep_records ? &report_ : nullptr;
  stage_ = std::make_unique<Stage>(scenario_, options_, origin_ns, std::move(ports_), report);
  if (const Result<bool> listens = stage_->listen(); !listens) {
    stage_.reset();
    return listens;
  }
  thread_ = std::thread([this] { stage_->run(); });
  return true;
}

Duration Backend::cpu_time() { return thread_cpu_time(thread_.native_handle()); }

BackendReport Backend::stop() {
  if (thread_.joinable()) {
    stage_->loop().stop();
    thread_.join();
    stage_.reset();
  }
  return std::exchange(report_, {});
}

}  // namespace meshtwin
