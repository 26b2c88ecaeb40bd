#include "core/results/fidelity.h"

#include <catch2/catch.hpp>

#include "core/results/fidelity_document.h"
#include "tests/core/results/made_up.h"

using namespace meshtwin;
using namespace std::chrono_literals;

namespace {

struct World {
  explicit World(const Replication& run)
      : replications{run}, result(combine(made_up_scenario(), replications)) {}
  WorldRuns runs() const { return {result, replications, logs}; }
  std::vector<Replication> replications;
  ScenarioResult result;
  std::vector<CallLog> logs;
};

ServiceFidelity judged(const Replication& predicted, const Replication& measured) {
  const World p(predicted), m(measured);
  return judge_fidelity(made_up_scenario(), p.runs(), m.runs()).services.at(0);
}

// 90 % of `most` and 10 % of `tail`.
Replication with_tail(Duration most, Duration tail) {
  std::vector<Duration> latencies(9, most);
  latencies.push_back(tail);
  return made_up_run(1000, latencies);
}

Replication with_attempts(std::uint64_t first, std::uint64_t second) {
  Replication run = made_up_run(first + second, {10ms});
  run.services[0].endpoints[0].attempts = first;
  run.services[0].endpoints[1].attempts = second;
  return run;
}

}  // namespace

TEST_CASE("the same in both worlds is within every bound") {
  const ServiceFidelity s = judged(with_tail(10ms, 50ms), with_tail(10ms, 50ms));
  CHECK(s.ok());
  CHECK(s.p50.relative_error() == 0);
  CHECK(s.paired.pairs == 0);
}

TEST_CASE("the median may be off by 5 % or 100 us, p99 by 10 %") {
  CHECK(judged(with_tail(10400us, 50ms), with_tail(10ms, 50ms)).ok());
  CHECK_FALSE(judged(with_tail(10700us, 50ms), with_tail(10ms, 50ms)).p50.ok);
  CHECK(judged(with_tail(280us, 50ms), with_tail(200us, 50ms)).ok());
  CHECK_FALSE(judged(with_tail(320us, 50ms), with_tail(200us, 50ms)).ok());
  CHECK(judged(with_tail(10ms, 46ms), with_tail(10ms, 50ms)).ok());
  const ServiceFidelity s = judged(with_tail(10ms, 44ms), with_tail(10ms, 50ms));
  CHECK_FALSE(s.p99.ok);
  CHECK(s.p50.ok);
  CHECK(s.p99.relative_error() == Approx(-0.12).margin(0.008));
}

TEST_CASE("the success rate may be off by half a point") {
  CHECK(judged(made_up_run(996, {10ms}, 4), made_up_run(1000, {10ms})).success_rate.ok);
  CHECK_FALSE(judged(made_up_run(994, {10ms}, 6), made_up_run(1000, {10ms})).success_rate.ok);
}

TEST_CASE("an endpoint's share may be off by two points") {
  CHECK(judged(with_attempts(515, 485), with_attempts(500, 500)).ok());
  const ServiceFidelity s = judged(with_attempts(530, 470), with_attempts(500, 500));
  CHECK_FALSE(s.ok());
  CHECK(s.share_endpoint == "a/0");
  CHECK(s.share.predicted == Approx(0.53));
}

TEST_CASE("latencies that one world alone has are beyond the bounds") {
  CHECK_FALSE(judged(made_up_run(10, {10us}), Replication(made_up_run(0, {10us}))).ok());
}

TEST_CASE("calls are paired by client and number, where they count and ended in both worlds") {
  Scenario scenario = made_up_scenario();
  scenario.warmup = 1s;
  scenario.clients.resize(2);
  World p(made_up_run(10, {10ms})), m(made_up_run(10, {10ms}));
  const auto call = [](std::uint32_t client, std::uint32_t number, Duration due, Duration latency,
                       EndpointIndex endpoint = 0) {
    return LoggedCall{client, number, Time(due), true, latency, FailureKind::none, 1, endpoint};
  };
  p.logs = {{call(0, 0, 500ms, 10ms), call(0, 1, 2s, 10ms), call(0, 2, 3s, 10ms), call(1, 0, 3s, 10ms, 1)}};
  m.logs = {{call(0, 0, 500ms, 99ms), call(0, 1, 2s, 11ms), LoggedCall{0, 2, Time(3s)}, call(0, 3, 3s, 5ms),
             call(1, 0, 3s, 8ms, 0)}};
  m.logs[0].back().failure = FailureKind::timeout;
  const PairedErrors errors = judge_fidelity(scenario, p.runs(), m.runs()).services.at(0).paired;
  CHECK(errors.pairs == 2);
  CHECK(errors.same_outcome == 1);
  CHECK(errors.same_endpoint == 1);
  CHECK(errors.p5 == Approx(-2));
  CHECK(errors.p95 == Approx(1));
}

TEST_CASE("the document has what was predicted, measured and judged") {
  World p(with_tail(10ms, 50ms)), m(with_tail(12ms, 50ms));
  m.replications[0].warnings = {"the machine was the bottleneck"};
  const nlohmann::ordered_json document =
      fidelity_document({judge_fidelity(made_up_scenario(), p.runs(), m.runs())});
  CHECK(document["ok"] == false);
  const auto& scenario = document["scenarios"][0];
  CHECK(scenario["scenario"] == "made up");
  CHECK(scenario["warnings"][0] == "the machine was the bottleneck");
  const auto& service = scenario["services"]["a"];
  CHECK(service["latency_ms"]["p50"]["ok"] == false);
  CHECK(service["latency_ms"]["p50"]["predicted"].get<double>() == Approx(10).epsilon(0.004));
  CHECK(service["latency_ms"]["p50"]["relative_error"].get<double>() == Approx(-1. / 6).margin(0.01));
  CHECK(service["latency_ms"]["p99"]["ok"] == true);
  CHECK(service["paired"].is_null());
}
