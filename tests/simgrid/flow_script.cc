#include "tests/simgrid/flow_script.h"

#include <algorithm>
#include <stdexcept>

#include <nlohmann/json.hpp>

#include "sim/network/simgrid/flow_engine.h"
#include "sim/network/simgrid/platform.h"
#include "sim/run/worker_process.h"

namespace meshtwin::testing {
namespace {

enum class Action { start, cancel, look };
struct Step {
  Time at{};
  Action action = Action::look;
  std::uint32_t flow = 0;
};

std::vector<Step> steps_of(const std::vector<ScriptedFlow>& flows, const std::vector<Duration>& looks) {
  std::vector<Step> steps;
  for (std::uint32_t i = 0; i < flows.size(); ++i) {
    steps.push_back({Time(flows[i].start), Action::start, i});
    if (flows[i].cancel) steps.push_back({Time(*flows[i].cancel), Action::cancel, i});
  }
  for (const Duration look : looks) steps.push_back({Time(look), Action::look, 0});
  std::stable_sort(steps.begin(), steps.end(), [](const Step& a, const Step& b) { return a.at < b.at; });
  return steps;
}

std::vector<std::int64_t> play(const SimgridNetwork& network, const std::vector<ScriptedFlow>& flows,
                               const std::vector<Duration>& looks) {
  Result<Platform> made = make_platform(network);
  if (!made) throw std::runtime_error(made.error().message);
  const Platform& platform = made.value();
  FlowEngine engine(*platform.engine, platform.links_change);
  std::vector<FlowId> ids(flows.size());
  std::vector<std::int64_t> ends(flows.size(), kNone);
  std::vector<FlowEngine::Ended> ended;
  const auto advance = [&](Time limit) {
    ended.clear();
    while (engine.advance(limit, ended)) {
    }
    for (const auto& flow : ended) {
      ends[flow.event.a] = flow.arrived ? flow.at.time_since_epoch().count() : kLost;
    }
  };
  for (const Step& step : steps_of(flows, looks)) {
    advance(step.at);
    const ScriptedFlow& flow = flows[step.flow];
    if (step.action == Action::cancel) engine.cancel(step.at, ids[step.flow]);
    if (step.action != Action::start) continue;
    ids[step.flow] = engine.start(step.at, platform.engine->host_by_name(flow.from),
                                  platform.engine->host_by_name(flow.to), flow.bytes,
                                  {EventKind::request_arrived, step.flow, 0, 0});
  }
  advance(kNever);
  return ends;
}

}  // namespace

std::vector<std::int64_t> ends_of(const SimgridNetwork& network, const std::vector<ScriptedFlow>& flows,
                                  const std::vector<Duration>& looks) {
  const Result<std::string> played = run_in_child(
      [&]() -> Result<std::string> { return nlohmann::json(play(network, flows, looks)).dump(); });
  if (!played) throw std::runtime_error(played.error().message);
  return nlohmann::json::parse(played.value()).get<std::vector<std::int64_t>>();
}

SimgridNetwork star(std::uint32_t hosts, double bits_per_second, Duration path_latency) {
  SimgridNetwork network;
  network.zones.push_back({"z", hosts, {bits_per_second, path_latency / 2}, {}});
  return network;
}

}  // namespace meshtwin::testing
