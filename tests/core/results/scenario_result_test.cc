#include "core/results/scenario_result.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>

#include "core/config/expectation.h"
#include "core/results/document.h"
#include "tests/core/results/made_up.h"

using namespace meshtwin;
using namespace std::chrono_literals;

namespace {

bool has_warning(const ScenarioResult& result, const std::string& part) {
  return std::any_of(result.warnings.begin(), result.warnings.end(),
                     [&](const std::string& warning) { return warning.find(part) != std::string::npos; });
}

Scenario expecting(const std::vector<std::string>& texts) {
  Scenario scenario = made_up_scenario();
  for (const std::string& text : texts) scenario.expect.push_back(parse_expectation(text, {"a"}).value());
  return scenario;
}

}  // namespace

TEST_CASE("replications are added up, and their spread gives the intervals") {
  const ScenarioResult result =
      combine(made_up_scenario(), {made_up_run(100, {10ms}), made_up_run(200, {13ms}, 100)});
  const ServiceResult& a = result.services.at(0);
  CHECK(result.replications == 2);
  CHECK(a.requests == 400);
  CHECK(a.successes == 300);
  CHECK(a.success_rate.value == Approx(0.75));
  CHECK(a.throughput.value == Approx(15));  // 300 successes in twice 10 s
  CHECK(a.success_latency.mean.value == Approx(12));
  CHECK(a.latency.max == Approx(1000));
  CHECK(a.success_rate.ci95.contains(0.75));
  CHECK(a.success_rate.ci95.half_width() > 0.1);
  CHECK(a.endpoints.at(0).utilization == Approx(0.5));
  CHECK(a.endpoints.at(1).attempts == 0);
}

TEST_CASE("one run without batches has no interval") {
  const ScenarioResult result = combine(made_up_scenario(), {made_up_run(100, {10ms})});
  CHECK(std::isinf(result.services.at(0).latency.mean.ci95.half_width()));
  CHECK(result_document(result)["services"]["a"]["latency_ci95_ms"]["mean"].is_null());
}

TEST_CASE("no percentile claims to be known better than the histogram tells") {
  const ScenarioResult result =
      combine(made_up_scenario(), {made_up_run(1000, {10ms}), made_up_run(1000, {10ms})});
  const Estimate& p50 = result.services.at(0).latency.p50;
  CHECK(p50.ci95.contains(10));
  CHECK(p50.ci95.half_width() == Approx(p50.value / 256));
}

TEST_CASE("an interrupted run counts the time that it ran") {
  Replication half = made_up_run(100, {10ms});
  half.partial = true;
  half.ended_at = Time(5s);
  const ScenarioResult result = combine(made_up_scenario(), {half});
  CHECK(result.partial);
  CHECK(result.services.at(0).throughput.value == Approx(20));
  CHECK(has_warning(result, "partial"));
  CHECK(result_document(result)["partial"] == true);
}

TEST_CASE("a percentile that has too few calls behind it is named") {
  const ScenarioResult few = combine(made_up_scenario(), {made_up_run(5000, {10ms, 20ms})});
  CHECK(has_warning(few, "5000 calls are too few for p99, p99.9; about 100000 are needed"));
  const ScenarioResult enough = combine(made_up_scenario(), {made_up_run(100'000, {10ms, 20ms})});
  CHECK(enough.warnings.empty());
}

TEST_CASE("calls that never ended, and services without any, are named") {
  Replication run = made_up_run(100, {10ms});
  run.services[0].requests += 7;
  run.services[0].failures[kUnfinished] = 7;
  CHECK(has_warning(combine(made_up_scenario(), {run}), "7 calls never ended"));
  CHECK(has_warning(combine(made_up_scenario(), {made_up_run(0, {10ms})}), "no call was measured"));
}

TEST_CASE("a run whose latency drifts is told from one that is steady") {
  Replication drifting = made_up_run(100'000, {10ms});
  Replication steady = drifting;
  for (std::uint32_t i = 0; i < kBatches; ++i) {
    BatchTotals batch;
    batch.requests = batch.ended = batch.successes = batch.attempts = 5000;
    batch.latency.mean = batch.latency.max = batch.success_latency.max = 10 + i;
    drifting.services[0].batches.push_back(batch);
    batch.latency.mean = 10 + i % 2;
    steady.services[0].batches.push_back(batch);
  }
  CHECK(has_warning(combine(made_up_scenario(), {drifting}), "latency drifts"));
  CHECK_FALSE(has_warning(combine(made_up_scenario(), {steady}), "latency drifts"));
}

TEST_CASE("every metric that an expectation can name has a value") {
  const ServiceResult service =
      combine(made_up_scenario(), {made_up_run(100, {10ms}, 10), made_up_run(100, {10ms}, 20)})
          .services.at(0);
  for (const Metric& known : expectation_metrics()) {
    INFO(known.name);
    CHECK(metric(service, known.name).has_value());
  }
  CHECK(metric(service, "failures.timeout") == 30.0);
  CHECK(metric(service, "success_latency.max") == Approx(10));
  CHECK_FALSE(metric(service, "latency.p12").has_value());
  // No number where the counts aren't known, so that no expectation about them is met.
  CHECK(std::isnan(metric(service, "shadow.ejections").value()));
  CHECK(std::isnan(metric(service, "connections_opened").value()));
  CHECK_FALSE(metric(service, "failures.none").has_value());
}

TEST_CASE("connections are counted where callers open any") {
  Scenario scenario = made_up_scenario();
  Replication run = made_up_run(100, {10ms});
  run.services[0].connections_opened = 7;
  CHECK_FALSE(result_document(combine(scenario, {run, run}))["services"]["a"].contains("connections_opened"));
  scenario.clients.resize(1);
  scenario.clients[0].connections.emplace();
  const ScenarioResult result = combine(scenario, {run, run});
  CHECK(result_document(result)["services"]["a"]["connections_opened"] == 14);
  CHECK(metric(result.services.at(0), "connections_opened") == 14.0);
}

TEST_CASE("a shadow's shares of the picks add up over runs, and their distance is a metric") {
  Scenario scenario = made_up_scenario();
  scenario.policies[0].config.shadow = ShadowConfig{RandomConfig{}};
  Replication run = made_up_run(100, {10ms});
  run.services[0].shadow[ShadowCounters::calls] = 100;
  run.services[0].shadow_shares = {{30, 10}, {10, 30}};
  Replication other = run;
  other.services[0].shadow_shares = {{30, 40}};
  const ScenarioResult result = combine(scenario, {run, other});
  // 60 and 10 of 70 picks against 50 and 30 of 80.
  CHECK(metric(result.services[0], "shadow.pick_distance").value() == Approx(60.0 / 70 - 50.0 / 80));
  const nlohmann::ordered_json document = result_document(result)["services"]["a"]["shadow"];
  CHECK(document["pick_distance"] == metric(result.services[0], "shadow.pick_distance").value());
  const std::size_t shown = std::min<std::size_t>(2, result.services[0].endpoints.size());
  REQUIRE(document["endpoints"].size() == shown);
  CHECK(document["endpoints"][0] == nlohmann::ordered_json{{"id", "a/0"}, {"picks", 60}, {"shadow_picks", 50}});
  CHECK(std::isnan(metric(combine(made_up_scenario(), {made_up_run(100, {10ms})}).services[0],
                          "shadow.pick_distance").value()));
}

TEST_CASE("expectations hold or don't, at the bound as it is written") {
  const Scenario scenario =
      expecting({"a.success_rate >= 0.9", "a.success_rate > 0.9", "a.success_rate < 0.9", "a.requests == 100",
                 "a.latency.max <= 1s", "a.latency.max < 1s"});
  const ScenarioResult result = combine(scenario, {made_up_run(90, {10ms}, 10)});
  std::vector<bool> held;
  for (const ExpectationResult& e : result.expectations) held.push_back(e.ok);
  CHECK(held == std::vector<bool>{true, false, false, true, true, false});
  CHECK_FALSE(result.expectations_met());
}

TEST_CASE("the world that a run was in and its own warnings reach the document") {
  Replication first = made_up_run(100, {10ms});
  first.on = "real";
  Replication second = first;
  second.warnings = {"the machine was the bottleneck"};
  const nlohmann::ordered_json document = result_document(combine(made_up_scenario(), {first, second}));
  CHECK(document["on"] == "real");
  CHECK(document["warnings"][0] == "replication 2: the machine was the bottleneck");
  CHECK(has_warning(combine(made_up_scenario(), {second}), "the machine was the bottleneck"));
  CHECK(result_document(combine(made_up_scenario(), {made_up_run(100, {10ms})}))["on"] == "sim");
}

TEST_CASE("an expectation of a latency that no call had fails") {
  const ScenarioResult result =
      combine(expecting({"a.success_latency.p99 <= 1h"}), {made_up_run(0, {10ms}, 10)});
  CHECK_FALSE(result.expectations.at(0).ok);
  CHECK(result_document(result)["expectations"][0]["value"].dump() == "null");
}
