#include "real/testbed/measurement.h"

#include <catch2/catch.hpp>
#include <initializer_list>

#include "tests/support/scenario_parts.h"

namespace meshtwin {
namespace {

struct Attempts {
  FailureKind outcome = FailureKind::none;
  std::initializer_list<AttemptReport> attempts;
};

SentCall made_call(std::uint32_t number, double due, double done, const Attempts& attempts) {
  SentCall call;
  call.seed = 100 + number;
  call.number = number;
  call.due = at_ms(due);
  call.sent = at_ms(due + 0.01);
  call.done = done < 0 ? kNever : at_ms(done);
  call.status = attempts.outcome == FailureKind::none ? 200 : 503;
  call.report.outcome = attempts.outcome;
  for (const AttemptReport& attempt : attempts.attempts) {
    call.report.attempts[call.report.attempts_made++] = attempt;
  }
  return call;
}

ServedRequest made_request(std::uint32_t number, EndpointIndex endpoint, double began, double freed,
                           double demand) {
  ServedRequest request;
  request.call_seed = 100 + number;
  request.endpoint = endpoint;
  request.received = at_ms(began);
  request.began = at_ms(began);
  request.freed = at_ms(freed);
  request.demand = at_ms(demand).time_since_epoch();
  return request;
}

// Measured from 100 to 1000 ms: call 0 is due before that, call 3 never ends.
struct Made {
  Made() {
    scenario = make_scenario({constant_service("a", 1, 3)}, {make_client("web", 0, PoissonArrivals{1})});
    scenario.warmup = 100 * kMillisecond;
    run.seed = 5;
    run.ended_at = at_ms(1500);
    run.generator.calls = {
        made_call(0, 50, 60, {FailureKind::none, {{0, FailureKind::none}}}),
        made_call(1, 200, 215, {FailureKind::none, {{1, FailureKind::error_5xx}, {2, FailureKind::none}}}),
        made_call(2, 300, 420,
                  {FailureKind::timeout, {{0, FailureKind::timeout}, {1, FailureKind::cancelled}}}),
        made_call(3, 990, -1, {}), made_call(4, 995, 1005, {FailureKind::reset, {{2, FailureKind::reset}}})};
    run.backend.requests = {made_request(0, 0, 51, 55, 4), made_request(1, 2, 205, 215, 10),
                            made_request(2, 0, 310, 400, 500), made_request(3, 1, 991, 1500, 600)};
  }
  Scenario scenario;
  PlayedRun run;
};

TEST_CASE("a run for real is counted as the simulator counts: by due time, within the measured time") {
  const Made made;
  const Replication result = replication_of(made.scenario, made.run);
  CHECK(result.on == "real");
  CHECK(result.seed == 5);
  CHECK_FALSE(result.partial);
  const ServiceTotals& totals = result.services.at(0);
  CHECK(totals.requests == 4);
  CHECK(totals.successes == 1);
  CHECK(totals.attempts == 5);
  CHECK(totals.failures[static_cast<std::size_t>(FailureKind::timeout)] == 1);
  CHECK(totals.failures[static_cast<std::size_t>(FailureKind::reset)] == 1);
  CHECK(totals.failures[kUnfinished] == 1);
  CHECK(totals.success_latency.max() == 15 * kMillisecond);
  CHECK(totals.failure_latency.max() == 120 * kMillisecond);
}

TEST_CASE("connections count with the call that opened them") {
  Made made;
  for (ServedRequest& request : made.run.backend.requests) request.opened = request.call_seed != 102;
  // Calls 1 and 3: call 0 was due before the measured time.
  CHECK(replication_of(made.scenario, made.run).services.at(0).connections_opened == 2);
}

TEST_CASE("endpoints have the attempts that proxies report, and the service that instances saw") {
  const Made made;
  const Replication result = replication_of(made.scenario, made.run);
  const std::vector<EndpointTotals>& endpoints = result.services.at(0).endpoints;
  REQUIRE(endpoints.size() == 3);
  CHECK(endpoints[0].attempts == 1);
  CHECK(endpoints[0].failures == 1);
  CHECK(endpoints[1].attempts == 3);  // with that of the call whose report never came
  CHECK(endpoints[1].failures == 1);  // being called off is no failure
  CHECK(endpoints[2].attempts == 2);
  CHECK(endpoints[2].failures == 1);
  CHECK(endpoints[0].demand == 500 * kMillisecond);  // not of the call before the measured time
  CHECK(endpoints[0].busy == 90 * kMillisecond);
  CHECK(endpoints[1].busy == 9 * kMillisecond);  // until the measured time is over
}

TEST_CASE("slices cover the whole duration, however early the last call ended") {
  Made made;
  made.run.generator.calls.resize(2);
  made.run.ended_at = at_ms(215);
  const ServiceTotals totals = replication_of(made.scenario, made.run).services.at(0);
  std::uint64_t started = 0;
  std::uint64_t attempts = 0;
  for (const ServiceSlice& slice : totals.slices) {
    started += slice.started;
    for (const std::uint32_t count : slice.endpoint_attempts) attempts += count;
  }
  CHECK(started == 2);
  CHECK(attempts == 3);
  CHECK(totals.slices.size() == 67);  // of 15 ms
}

TEST_CASE("an interrupted run leaves the calls out that were open") {
  Made made;
  made.run.interrupted = true;
  made.run.ended_at = at_ms(1005);
  const Replication result = replication_of(made.scenario, made.run);
  CHECK(result.partial);
  CHECK(result.services.at(0).requests == 3);
  CHECK(result.services.at(0).failures[kUnfinished] == 0);
}

TEST_CASE("the log says whose answer or failure ended each call") {
  const Made made;
  const CallLog log = call_log_of(made.scenario, made.run);
  REQUIRE(log.size() == 5);
  CHECK(log[0].endpoint == 0);
  CHECK(log[1].endpoint == 2);
  CHECK(log[1].attempts == 2);
  CHECK(log[1].latency == 15 * kMillisecond);
  CHECK(log[2].failure == FailureKind::timeout);
  CHECK(log[2].endpoint == kNoEndpoint);
  CHECK_FALSE(log[3].finished);
  CHECK(log[4].endpoint == 2);
  CHECK(decode_call_log(encode_call_log(log)).value() == log);
}

}  // namespace
}  // namespace meshtwin
