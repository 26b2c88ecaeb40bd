#include "real/testbed/load_generator.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "core/workload/draws.h"
#include "real/testbed/backend.h"
#include "tests/real/proxy/loop_helpers.h"
#include "tests/support/scenario_parts.h"

namespace meshtwin {
namespace {

// Plays the scenario's calls against its services, with nothing between them; each sidecar of a client is an
// instance of the service.
std::pair<GeneratorReport, BackendReport> play(const Scenario& scenario, std::uint64_t seed) {
  Result<std::unique_ptr<Backend>> backend = Backend::open(scenario, {seed, true, 0});
  REQUIRE(backend);
  const std::int64_t origin_ns = monotonic_ns() + Duration(20 * kMillisecond).count();
  REQUIRE(backend.value()->start(origin_ns));
  EventLoop loop(origin_ns);
  GeneratorOptions options{seed, {}};
  for (const ClientConfig& client : scenario.clients) {
    options.sidecars.push_back(backend.value()->addresses()[client.service]);
  }
  LoadGenerator generator(loop, scenario, options);
  bool over = false;
  generator.when_over([&] { over = true; });
  generator.start();
  run_until(loop, [&] { return over; });
  CHECK(generator.open_calls() == 0);
  GeneratorReport report = generator.take();
  return {std::move(report), backend.value()->stop()};
}

TEST_CASE("calls come at the times, with the seeds and through the sidecars that the run's seed gives them") {
  Scenario scenario = make_scenario({constant_service("a", 0.1, 3)},
                                    {make_client("web", 0, PoissonArrivals{400})}, 500 * kMillisecond);
  scenario.services[0].concurrency = 100;
  const auto [generator, backend] = play(scenario, 7);
  const auto arrivals = make_arrivals(scenario.clients[0].arrivals, arrivals_seed(7, "web"));
  RandomStream choices = sidecar_choices(7, "web");
  REQUIRE(generator.calls.size() > 100);
  REQUIRE(backend.requests.size() == generator.calls.size());
  CHECK(generator.send_lateness.count() == generator.calls.size());
  std::map<std::uint64_t, EndpointIndex> seen;
  for (const ServedRequest& request : backend.requests) seen[request.call_seed] = request.endpoint;
  for (std::uint32_t i = 0; i < generator.calls.size(); ++i) {
    const SentCall& call = generator.calls[i];
    CHECK(call.due == arrivals->next());
    CHECK(call.sent >= call.due);
    CHECK(call.number == i);
    CHECK(call.seed == call_seed(calls_seed(7, "web"), i));
    CHECK(call.status == 200);
    CHECK(seen.at(call.seed) == choices.below(3));
  }
  CHECK(arrivals->next() >= Time(scenario.duration));
}

TEST_CASE("an open loop doesn't wait for answers") {
  Scenario scenario =
      make_scenario({constant_service("a", 300)}, {trace_client({0, 1, 2, 3, 4, 5})}, 100 * kMillisecond);
  scenario.services[0].concurrency = 6;
  const auto [generator, backend] = play(scenario, 1);
  REQUIRE(generator.calls.size() == 6);
  Time first_end = kNever;
  for (const SentCall& call : generator.calls) first_end = std::min(first_end, call.done);
  for (const SentCall& call : generator.calls) CHECK(call.sent < first_end);
  CHECK(generator.connections >= 6);
}

TEST_CASE("users of a closed loop wait for their answers, think as in the simulator, and call again") {
  Scenario scenario = make_scenario({constant_service("a", 1)}, {}, 200 * kMillisecond);
  scenario.services[0].concurrency = 3;
  const Distribution think = Distribution::exponential(10 * kMillisecond);
  scenario.clients.push_back(make_client("people", 0, ClosedArrivals{3, think}));
  const auto [generator, backend] = play(scenario, 5);
  const std::uint64_t calls = calls_seed(5, "people");
  std::map<std::uint64_t, const SentCall*> by_seed;
  for (const SentCall& call : generator.calls) by_seed[call.seed] = &call;
  CHECK(by_seed.size() == generator.calls.size());
  std::size_t found = 0;
  for (std::uint64_t user = 0; user < 3; ++user) {
    Time free{};
    for (std::uint64_t k = 0;; ++k, ++found) {
      const Time due = free + think.sample_once(think_seed(calls, user, k));
      const auto call = by_seed.find(user_call_seed(calls, user, k));
      CHECK((call != by_seed.end()) == (due < Time(scenario.duration)));
      if (call == by_seed.end()) break;
      CHECK(call->second->due == due);
      free = call->second->done;
    }
  }
  CHECK(found == generator.calls.size());
}

TEST_CASE("calls that find nobody end as refused connections") {
  const Scenario scenario =
      make_scenario({constant_service("a", 1)}, {trace_client({0, 1, 2})}, 10 * kMillisecond);
  Result<PortHolder> port = PortHolder::hold(Address::loopback(0));
  REQUIRE(port);
  EventLoop loop;
  LoadGenerator generator(loop, scenario, {1, {{port.value().address()}}});
  bool over = false;
  generator.when_over([&] { over = true; });
  generator.start();
  run_until(loop, [&] { return over; });
  const GeneratorReport report = generator.take();
  REQUIRE(report.calls.size() == 3);
  for (const SentCall& call : report.calls) {
    CHECK(call.report.outcome == FailureKind::connect);
    CHECK(call.report.attempts_made == 0);
  }
}

TEST_CASE("faults come and go by the time since the start") {
  Scenario scenario = make_scenario({constant_service("a", 0)}, {}, 10 * kMillisecond);
  scenario.faults.push_back(make_fault(0, {}, ErrorFault{1}));
  scenario.clients.push_back(trace_client({5, 6, 7}));
  const auto [generator, backend] = play(scenario, 1);
  for (const SentCall& call : generator.calls) {
    CHECK(call.status == 500);
    CHECK(call.report.outcome == FailureKind::error_5xx);
  }
  scenario.faults[0] = make_fault(0, 1, ErrorFault{1});
  for (const SentCall& call : play(scenario, 1).first.calls) CHECK(call.status == 200);
}

}  // namespace
}  // namespace meshtwin
