// A core that decides otherwise than the recorded one is found out, and the first case of it is explained.
#include <catch2/catch.hpp>

#include "tests/policies/journal/recorded_worker.h"
#include "tests/policies/journal/some_policies.h"

namespace meshtwin::test {
namespace {

PolicyParts with_longer_backoff(const PolicyConfig& policy, std::uint64_t seed) {
  PolicyConfig other = policy;
  std::get<ExponentialBackoff>(other.retry.backoff).base += std::chrono::nanoseconds(500'000);
  return make_policy_parts(other, seed);
}

TEST_CASE("A hundred thousand inputs of three services replay without a divergence") {
  RecordedWorker worker(
      {with_everything(LeastRequestConfig{}), with_everything(WeightedRoundRobinConfig{}), PolicyConfig{}},
      LoadOptions{}, 65'536, 300'000);
  worker.load.run(100'000);
  worker.recorder.finish();
  const Result<ReplayReport> report = replay(worker.sink);
  REQUIRE(report);
  CHECK(report.value().worker == 3);
  CHECK(report.value().program == "a test");
  CHECK(report.value().inputs == 100'000);
  CHECK(report.value().decisions == worker.load.decisions());
  CHECK(report.value().divergences == 0);
  CHECK(report.value().bytes == worker.sink.bytes());
  CHECK(report.value().to == worker.load.now());
}

TEST_CASE("Another algorithm behind the same policy is found and explained") {
  RecordedWorker worker({with_everything(LeastRequestConfig{})}, LoadOptions{}, 65'536);
  for (EndpointIndex e = 0; e < 10; ++e) worker.calls[0]->name_endpoint(e, "host-" + std::to_string(e));
  worker.load.run(20'000);
  worker.recorder.finish();
  Replayer replayer([](const PolicyConfig& policy, std::uint64_t seed) {
    PolicyParts parts = make_policy_parts(policy, seed);
    parts.balancer = make_balancer(LeastRequestConfig{3, 1.0});
    return parts;
  });
  MemorySource source(worker.sink.segments.begin()->second);
  REQUIRE(replayer.replay(source));
  CHECK(replayer.report().divergences > 1'000);
  REQUIRE(replayer.report().first);
  const Divergence& first = *replayer.report().first;
  CHECK(first.upstream == "service-0");
  CHECK(first.input > 0);
  CHECK(first.offset > 0);
  CHECK(first.recorded.find("starts attempt 0 on endpoint ") != std::string::npos);
  CHECK(first.replayed.find("starts attempt 0 on endpoint ") != std::string::npos);
  CHECK(first.recorded != first.replayed);
  REQUIRE(first.endpoints.size() == 2);
  CHECK(first.endpoints[0].endpoint != first.endpoints[1].endpoint);
  for (const Divergence::EndpointState& state : first.endpoints) {
    CHECK(state.name == "host-" + std::to_string(state.endpoint));
    CHECK(state.view.standing == Standing::eligible);
  }
  CHECK(first.endpoints[0].view.active + first.endpoints[1].view.active > 0);
}

TEST_CASE("A wait that is half a millisecond longer is a divergence") {
  RecordedWorker worker({with_everything(LeastRequestConfig{})}, LoadOptions{}, 65'536);
  worker.load.run(20'000);
  worker.recorder.finish();
  Replayer replayer(with_longer_backoff);
  MemorySource source(worker.sink.segments.begin()->second);
  REQUIRE(replayer.replay(source));
  REQUIRE(replayer.report().first);
  CHECK(replayer.report().first->recorded.find("wakes in ") != std::string::npos);
  CHECK(replayer.report().first->replayed.find("wakes in ") != std::string::npos);
}

TEST_CASE("Replay recovers from a divergence at the next checkpoint") {
  RecordedWorker worker({with_everything(LeastRequestConfig{})}, LoadOptions{}, 512, 6'000);
  worker.load.run(20'000);
  worker.recorder.finish();
  Replayer replayer(make_policy_parts);
  bool first = true;
  for (auto& [number, bytes] : worker.sink.segments) {
    MemorySource source(bytes);
    if (first) {
      Replayer other(with_longer_backoff);
      REQUIRE(other.replay(source));
      CHECK(other.report().divergences > 0);
      first = false;
      continue;
    }
    REQUIRE(replayer.replay(source));
  }
  CHECK(replayer.report().divergences == 0);
}

TEST_CASE("Another policy's balancer is asked at each pick, on the recorded states") {
  PolicyConfig recorded = with_everything(LeastRequestConfig{std::nullopt, 1.0});
  recorded.retry.host = RetryHost::random_other;
  RecordedWorker worker({recorded}, LoadOptions{}, 65'536);
  worker.load.run(20'000);
  worker.recorder.finish();
  PolicyConfig other;
  other.balancer = RoundRobinConfig{};
  const Result<ReplayReport> report = replay(worker.sink, 0, other);
  REQUIRE(report);
  CHECK(report.value().divergences == 0);
  const PickComparison& comparison = report.value().upstreams.at(0).comparison;
  CHECK(comparison.picks > 5'000);
  CHECK(comparison.attempts > comparison.picks);
  CHECK(comparison.differing > comparison.picks / 2);
  CHECK(comparison.differing < comparison.picks);
  std::uint64_t recorded_picks = 0;
  std::uint64_t other_picks = 0;
  for (const auto& [endpoint, share] : comparison.by_endpoint) {
    recorded_picks += share.recorded;
    other_picks += share.other;
  }
  CHECK(recorded_picks == comparison.picks);
  CHECK(other_picks == comparison.picks);
  // Least request goes around the slow endpoint 0; round robin would not have.
  const PickComparison::Share slow = comparison.by_endpoint.at(0);
  CHECK(slow.other > slow.recorded * 3 / 2);
}

TEST_CASE("A balancer that draws at random, asked again, draws by itself") {
  RecordedWorker worker({with_everything(RandomConfig{})}, LoadOptions{}, 65'536);
  worker.load.run(20'000);
  worker.recorder.finish();
  PolicyConfig other;
  other.balancer = RandomConfig{};
  const Result<ReplayReport> report = replay(worker.sink, 0, other);
  REQUIRE(report);
  const PickComparison& comparison = report.value().upstreams.at(0).comparison;
  CHECK(comparison.picks > 5'000);
  CHECK(comparison.differing > comparison.picks / 2);
}

TEST_CASE("The recorded policy itself, asked again, picks the same where chance plays no part") {
  PolicyConfig policy;
  policy.balancer = WeightedRoundRobinConfig{};
  LoadOptions options;
  options.weights = true;
  RecordedWorker worker({policy}, options, 65'536);
  worker.load.run(10'000);
  worker.recorder.finish();
  const Result<ReplayReport> report = replay(worker.sink, 0, policy);
  REQUIRE(report);
  CHECK(report.value().upstreams.at(0).comparison.picks > 2'000);
  CHECK(report.value().upstreams.at(0).comparison.differing == 0);
}

}  // namespace
}  // namespace meshtwin::test
