// What a simulation counts: totals, batches, slices, warm-up, in flight, utilisation.
#include "core/results/recorder.h"

#include <catch2/catch.hpp>
#include <numeric>

#include "tests/support/scenarios.h"

namespace meshtwin {
namespace {

Scenario retrying_station() {
  Scenario scenario = make_scenario({make_service("a", 4, Distribution::exponential(kMillisecond))},
                                    {make_client("c", 0, PoissonArrivals{2500})}, std::chrono::seconds(13));
  scenario.warmup = std::chrono::seconds(1);
  scenario.policies[0].config.retry.max_attempts = 2;
  scenario.policies[0].config.retry.on = RetryOn::error_5xx;
  scenario.faults = {make_fault(0, {}, ErrorFault{0.3})};
  return scenario;
}

template <class Parts, class Part>
std::uint64_t sum_of(const Parts& parts, Part member) {
  std::uint64_t sum = 0;
  for (const auto& part : parts) sum += part.*member;
  return sum;
}

TEST_CASE("batches and endpoints add up to the totals") {
  const ServiceTotals t = simulate(retrying_station()).services[0];
  CHECK(t.requests > 29'000);
  CHECK(t.batches.size() == kBatches);
  CHECK(sum_of(t.batches, &BatchTotals::requests) == t.requests);
  CHECK(sum_of(t.batches, &BatchTotals::ended) == t.success_latency.count() + t.failure_latency.count());
  CHECK(sum_of(t.batches, &BatchTotals::succeeded_in_time) == t.succeeded_in_time);
  CHECK(sum_of(t.batches, &BatchTotals::successes) == t.successes);
  CHECK(sum_of(t.batches, &BatchTotals::attempts) == t.attempts);
  CHECK(sum_of(t.endpoints, &EndpointTotals::attempts) == t.attempts);
  CHECK(t.success_latency.count() == t.successes);
  CHECK(t.failure_latency.count() == t.requests - t.successes);
  CHECK(std::accumulate(t.failures.begin(), t.failures.end(), std::uint64_t{0}) == t.requests - t.successes);
  const std::uint64_t failed = sum_of(t.endpoints, &EndpointTotals::failures);
  CHECK(t.attempts - failed == t.successes);
  double weighted = 0;
  for (const BatchTotals& batch : t.batches) weighted += batch.success_latency.mean * double(batch.successes);
  CHECK(weighted / double(t.successes) == Approx(to_milliseconds(t.success_latency.mean())).epsilon(1e-6));
}

TEST_CASE("slices cover the run, warm-up included, and add up") {
  Scenario scenario = retrying_station();
  const Replication with_warmup = simulate(scenario, 1, true);
  scenario.warmup = {};
  const Replication whole = simulate(scenario, 1, true);
  for (const Replication* run : {&with_warmup, &whole}) {
    const ServiceTotals& t = run->services[0];
    const auto slices =
        (Duration(std::chrono::seconds(13)) + run->slice_length - Duration(1)) / run->slice_length;
    CHECK(t.slices.size() == static_cast<std::size_t>(slices));
    CHECK(sum_of(t.slices, &ServiceSlice::started) == whole.services[0].requests);
    std::uint64_t attempts = 0;
    for (const ServiceSlice& slice : t.slices) {
      attempts = std::accumulate(slice.endpoint_attempts.begin(), slice.endpoint_attempts.end(), attempts);
    }
    CHECK(attempts == whole.services[0].attempts);
  }
}

TEST_CASE("calls that end after the run belong to no slice") {
  // One call each at 100 and 900, of 300 ms: the second one ends at 1200, and is open for 100 ms of the run.
  const Scenario scenario = make_scenario({constant_service("a", 300)}, {trace_client({100, 900})});
  const ServiceTotals t = simulate(scenario, 1, true).services[0];
  CHECK(t.successes == 2);
  CHECK(t.succeeded_in_time == 1);
  CHECK(t.slices.size() == kMeasuredSlices);
  CHECK(sum_of(t.slices, &ServiceSlice::finished) == 1);
  CHECK(sum_of(t.slices, &ServiceSlice::succeeded) == 1);
  CHECK(t.slices.back().mean_in_flight == Approx(1));
  double open = 0;
  for (const ServiceSlice& slice : t.slices) open += slice.mean_in_flight;
  CHECK(open * 1000 / kMeasuredSlices == Approx(400).epsilon(1e-4));
}

TEST_CASE("the mean number in flight obeys Little's law") {
  Scenario scenario = make_scenario({make_service("a", 3, Distribution::exponential(kMillisecond))}, {});
  // Nothing is open at the end, so that the law holds exactly over the run.
  scenario.clients = {make_client("c", 0, VaryingArrivals{false, {{at_ms(0), 2400}, {at_ms(9000), 0}}})};
  scenario.duration = std::chrono::seconds(12);
  const Replication run = simulate(scenario, 1, true);
  const ServiceTotals& t = run.services[0];
  double open_milliseconds = 0;
  for (const ServiceSlice& slice : t.slices)
    open_milliseconds += slice.mean_in_flight * to_milliseconds(run.slice_length);
  CHECK(open_milliseconds ==
        Approx(double(t.requests) * to_milliseconds(t.success_latency.mean())).epsilon(1e-6));
}

TEST_CASE("calls of the warm-up are simulated and not counted") {
  // The first two are due before 50; the third one waits behind them.
  Scenario scenario = make_scenario({constant_service("a", 30)}, {trace_client({40, 45, 50, 900})});
  scenario.warmup = 50 * kMillisecond;
  const ServiceTotals t = simulate(scenario).services[0];
  CHECK(t.requests == 2);
  CHECK(t.success_latency.max() == 80 * kMillisecond);
  CHECK(t.success_latency.min() == 30 * kMillisecond);
  CHECK(t.endpoints[0].attempts == 2);
  CHECK(t.endpoints[0].demand == 60 * kMillisecond);
  CHECK(t.endpoints[0].busy == 110 * kMillisecond);  // from 50 to 130 and from 900 to 930, whoever it was for
  CHECK(t.succeeded_in_time == 4);                   // a throughput counts what ends in the measured time
}

TEST_CASE("busy time gives the utilisation") {
  Scenario scenario = make_scenario({make_service("a", 2, Distribution::exponential(kMillisecond))},
                                    {make_client("c", 0, PoissonArrivals{1400})}, std::chrono::seconds(110));
  scenario.warmup = std::chrono::seconds(10);
  const Replication run = simulate(scenario);
  for (const EndpointTotals& endpoint : run.services[0].endpoints) {
    CHECK(to_seconds(endpoint.busy) / 100 == Approx(0.7).epsilon(0.02));
  }
}

TEST_CASE("a worker is busy no longer than it works: calls given up in service free it") {
  // One call would take a second and is given up after 100 ms.
  Scenario scenario = make_scenario({constant_service("a", 1000)}, {trace_client({0})});
  scenario.policies[0].config.timeout = 100 * kMillisecond;
  CHECK(simulate(scenario).services[0].endpoints[0].busy == 100 * kMillisecond);
  scenario.services[0].discipline = Discipline::processor_sharing;
  CHECK(simulate(scenario).services[0].endpoints[0].busy == 100 * kMillisecond);
  scenario.services[0].on_cancel = OnCancel::finish;
  CHECK(simulate(scenario).services[0].endpoints[0].busy == 1000 * kMillisecond);
}

TEST_CASE("a run that is stopped counts what ended until then") {
  const Scenario scenario = retrying_station();
  SimulationOptions options;
  RunControl control;
  control.stop = true;
  const Replication run = Simulation(scenario, options).run(control);
  CHECK(run.partial);
  CHECK(run.ended_at < Time(scenario.duration));
  const ServiceTotals& t = run.services[0];
  CHECK(t.requests == t.success_latency.count() + t.failure_latency.count());
  CHECK(t.failures[kUnfinished] == 0);
}

}  // namespace
}  // namespace meshtwin
