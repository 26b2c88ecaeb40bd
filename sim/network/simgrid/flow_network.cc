#include "sim/network/simgrid/flow_network.h"

#include <cmath>
#include <unordered_map>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "sim/engine/request.h"
#include "sim/network/simgrid/flow_engine.h"
#include "sim/network/simgrid/host_assignment.h"
#include "sim/network/simgrid/platform.h"
#include "sim/network/simgrid/route_check.h"

namespace meshtwin {
namespace {

class FlowNetwork final : public Network {
 public:
  FlowNetwork(EventQueue& queue, Platform platform, HostAssignment assignment, double latency_factor)
      : queue_(queue),
        platform_(std::move(platform)),
        assignment_(std::move(assignment)),
        latency_factor_(latency_factor),
        flows_(*platform_.engine, platform_.links_change) {}

  void add_node(NodeId node, const std::string& party, std::uint32_t ordinal) override {
    if (hosts_.size() <= node) hosts_.resize(node + std::size_t{1});
    hosts_[node] = assignment_.host(party, ordinal);
  }

  void send(Time now, const Message& message) override {
    simgrid::s4u::Host* from = hosts_[message.from];
    simgrid::s4u::Host* to = hosts_[message.to];
    if (message.bytes == 0)
      return queue_.schedule(saturating_add(now, latency(from, to)), message.on_arrival);
    const std::uint32_t request = message.on_arrival.a;
    if (by_request_.size() <= request) by_request_.resize(request + std::size_t{1});
    by_request_[request] = flows_.start(now, from, to, message.bytes, message.on_arrival);
  }

  bool take_back(Time now, std::uint32_t request, std::uint32_t generation) override {
    if (request >= by_request_.size()) return false;
    const Event* event = flows_.find(by_request_[request]);
    return event != nullptr && event->b == generation && flows_.cancel(now, by_request_[request]);
  }

  bool has_own_clock() const override { return true; }

  bool advance(Time limit) override {
    ended_.clear();
    if (!flows_.advance(limit, ended_)) return false;
    for (const FlowEngine::Ended& flow : ended_) {
      queue_.schedule(flow.at, flow.arrived ? flow.event : broken(flow.event), EventQueue::Lane::messages);
    }
    return true;
  }

 private:
  static Event broken(const Event& arrival) {
    return {EventKind::answer_arrived, arrival.a, arrival.b, Answer{0, FailureKind::reset}.pack()};
  }

  Duration latency(const simgrid::s4u::Host* from, const simgrid::s4u::Host* to) {
    Duration& known = latencies_[from].try_emplace(to, Duration(-1)).first->second;
    if (known.count() < 0) {
      std::vector<simgrid::s4u::Link*> links;
      double seconds = 0;
      from->route_to(to, links, &seconds);
      known = Duration(std::llround(seconds * latency_factor_ * 1e9));
    }
    return known;
  }

  EventQueue& queue_;
  Platform platform_;
  HostAssignment assignment_;
  double latency_factor_;
  FlowEngine flows_;
  std::vector<simgrid::s4u::Host*> hosts_;  // by node
  std::vector<FlowId> by_request_;          // the last flow of each request's slot
  using ByHost = std::unordered_map<const simgrid::s4u::Host*, Duration>;
  std::unordered_map<const simgrid::s4u::Host*, ByHost> latencies_;  // of paths; only looked up
  std::vector<FlowEngine::Ended> ended_;
};

}  // namespace

Result<std::unique_ptr<Network>> make_flow_network(const Scenario& scenario, EventQueue& queue, bool check) {
  // Beyond 2^53 ns SimGrid's clock, a double of seconds, no longer tells nanoseconds apart.
  constexpr Duration kLongest = std::chrono::seconds(9'000'000);
  if (scenario.duration > kLongest) {
    return Error{fmt::format("$.duration: {} s is too long for the network model simgrid; give at most {} s",
                             to_seconds(scenario.duration), to_seconds(kLongest))};
  }
  const auto& config = std::get<SimgridNetwork>(scenario.network);
  Result<Platform> platform = make_platform(config);
  if (!platform) return platform.error();
  Result<HostAssignment> assignment = HostAssignment::make(scenario, platform.value());
  if (!assignment) return assignment.error();
  if (check) {
    const Result<bool> routes = check_routes(scenario, platform.value(), assignment.value());
    if (!routes) return routes.error();
  }
  return std::unique_ptr<Network>(std::make_unique<FlowNetwork>(
      queue, std::move(platform).value(), std::move(assignment).value(), config.latency_factor));
}

}  // namespace meshtwin
