#include "core/results/model_study.h"

#include <catch2/catch.hpp>

#include "tests/core/results/made_up.h"

using namespace meshtwin;
using namespace std::chrono_literals;

namespace {

// Four instances of one worker, exponential service of 10 ms, 1 ms of network both ways.
Scenario modelled(const BalancerConfig& balancer) {
  Scenario scenario = made_up_scenario();
  scenario.services[0].instances = 4;
  scenario.services[0].service_time = Distribution::exponential(10ms);
  scenario.policies[0].config.balancer = balancer;
  scenario.network = NativeNetwork{Distribution::constant(500us)};
  scenario.clients.push_back({"web", 1, 0, PoissonArrivals{100}});
  return scenario;
}

const std::vector<double> kLoads{0.2, 0.5, 0.8};

// M/M/1 at each load, with 1 ms of communication.
std::vector<Estimate> split_latencies() {
  std::vector<Estimate> latencies;
  for (const double load : kLoads) latencies.push_back({10 / (1 - load) + 1, {}});
  return latencies;
}

}  // namespace

TEST_CASE("what the formulas need is read from the scenario") {
  const ModelInput input = model_input(modelled(RandomConfig{})).value();
  CHECK(input.mean_service == Approx(10));
  CHECK(input.service_cv2 == Approx(1));
  CHECK(input.communication == Approx(1));
  CHECK(input.capacity_per_second == Approx(400));
  CHECK_FALSE(input.shared_queue);
  CHECK(model_input(modelled(LeastRequestConfig{})).value().shared_queue);
  // Every fourth arrival of a Poisson stream: Erlang-4 gaps.
  CHECK(model_input(modelled(RoundRobinConfig{})).value().arrivals_cv2 == Approx(0.25));
}

TEST_CASE("on M/M/1 latencies the M/M/c and Allen-Cunneen formulas are exact") {
  const ModelStudy study =
      study_model(model_input(modelled(RandomConfig{})).value(), kLoads, split_latencies()).value();
  for (const ModelPoint& p : study.points) {
    CHECK(p.mmc_split == Approx(p.simulated.value));
    CHECK(p.allen_cunneen == Approx(p.simulated.value));
    CHECK(p.mmc_shared < p.simulated.value);
  }
}

// With n = load/(1-load) requests at an instance, T = n s + t lacks the request's own service time s.
TEST_CASE("the document's formula misses the request's own service, which a fit puts into communication") {
  const ModelStudy study =
      study_model(model_input(modelled(RandomConfig{})).value(), kLoads, split_latencies()).value();
  for (const ModelPoint& p : study.points) {
    CHECK(p.requests_per_instance == Approx(p.load / (1 - p.load)));
    CHECK(p.simulated.value - p.document_formula == Approx(10));
    CHECK(p.fitted_formula == Approx(p.simulated.value));
  }
  CHECK(study.fit.formula.single_latency == Approx(10));
  CHECK(study.fit.formula.communication_latency == Approx(11));
  REQUIRE(study.findings.size() == 4);
  CHECK(study.findings[0] == "T = n/c·s + t is more than 10 % off at every load of this range.");
  CHECK(
      study.findings[1].starts_with("It breaks most at load 0.2: 3.5 ms against 13.5 ms simulated (-74 %)."));
}

TEST_CASE("a load is set by the arrival rate, without faults, changes and expectations") {
  Scenario scenario = modelled(RandomConfig{});
  scenario.faults.resize(1);
  scenario.clients.push_back(scenario.clients[0]);
  const Scenario at = at_load(scenario, model_input(scenario).value(), 0.5);
  CHECK(std::get<PoissonArrivals>(at.clients.at(0).arrivals).rate == Approx(200));
  CHECK(at.clients.size() == 1);
  CHECK(at.faults.empty());
}

TEST_CASE("sidecars vary what their balancers do in turn, and see a part of the load each") {
  Scenario in_turn = modelled(RoundRobinConfig{});
  in_turn.clients[0].sidecars = 10;
  CHECK(model_input(in_turn).value().arrivals_cv2 == Approx(1 - 0.75 / 10));
  Scenario least = modelled(LeastRequestConfig{});
  least.clients[0].sidecars = 3;
  const ModelInput input = model_input(least).value();
  CHECK_FALSE(input.shared_queue);
  CHECK(input.arrivals_cv2 == Approx(1));
  const ModelStudy study = study_model(input, kLoads, split_latencies()).value();
  REQUIRE(study.findings.size() == 5);
  CHECK(study.findings[3].starts_with("Allen-Cunneen, with a queue for each instance"));
  CHECK(study.findings[4].starts_with("Each of the 3 sidecars sees only its own calls"));
}

TEST_CASE("a load is studied with the balancer alone, and the study says so") {
  Scenario scenario = modelled(RoundRobinConfig{});
  CHECK(left_out(scenario).empty());
  PolicyConfig& policy = scenario.policies[0].config;
  policy.timeout = 1s;
  CHECK(left_out(scenario) ==
        std::vector<std::string>{"the policy's timeout is left out, of the simulation too: the formulas know "
                                 "only its balancer"});
  policy.retry.per_try_timeout = 100ms;
  policy.hedge = HedgeConfig{20ms, 1};
  policy.breaker = WindowBreakerConfig{};
  policy.limits.pending = 3;
  scenario.changes.resize(1);
  const std::vector<std::string> notes = left_out(scenario);
  REQUIRE(notes.size() == 2);
  CHECK(notes[1].starts_with("the policy's timeout, retry, hedge, breaker, limits are left out"));
  const Scenario at = at_load(scenario, model_input(scenario).value(), 0.5);
  CHECK(left_out(at).empty());
  CHECK(std::holds_alternative<RoundRobinConfig>(at.policies[0].config.balancer));
}

TEST_CASE("warnings that differ in their numbers alone are given once") {
  const ModelInput input = model_input(modelled(RandomConfig{})).value();
  const std::vector<std::string> warnings = load_warnings(
      input, kLoads, {{"a: 10 calls", "b: no call was measured"}, {"a: 25 calls"}, {"a: drifts"}});
  CHECK(warnings ==
        std::vector<std::string>{"load 0.2: a: 10 calls (likewise at load 0.5)", "load 0.8: a: drifts"});
}

TEST_CASE("what the formulas don't cover is refused with its place") {
  Scenario closed = modelled(RandomConfig{});
  closed.clients[0].arrivals = ClosedArrivals{};
  CHECK(model_input(closed).error().message.starts_with("$.clients.web.arrivals: "));
  Scenario chain = modelled(RandomConfig{});
  chain.services[0].calls.push_back({0, 1.0});
  CHECK(model_input(chain).error().message.starts_with("$.services.a.calls: "));
  Scenario contended = modelled(RandomConfig{});
  contended.network = SimgridNetwork{};
  CHECK(model_input(contended).error().message.starts_with("$.network.model: "));
  Scenario bounded = modelled(RandomConfig{});
  bounded.services[0].queue = 1000;
  REQUIRE(model_input(bounded).ok());
  CHECK_FALSE(at_load(bounded, model_input(bounded).value(), 0.5).services[0].queue.has_value());
  CHECK(left_out(bounded).back().find("queue is left out") != std::string::npos);
  Scenario unequal = modelled(RandomConfig{});
  unequal.services[0].overrides.push_back({2, 3, {}, {}});
  CHECK(
      model_input(unequal).error().message.starts_with("$.services.a.overrides: the model needs instances "));
  Scenario instant = modelled(RandomConfig{});
  instant.services[0].service_time = Distribution();
  CHECK(model_input(instant).error().message.starts_with("$.services.a.service_time: "));
}
