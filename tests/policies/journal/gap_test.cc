// Journals that find no room for a while, that lack segments, or whose end is torn off.
#include <catch2/catch.hpp>

#include "tests/policies/journal/recorded_worker.h"
#include "tests/policies/journal/some_policies.h"

namespace meshtwin::test {
namespace {

TEST_CASE("After a stretch without room, the gap is told and replay goes on exactly") {
  const PolicyConfig policy = with_everything(LeastRequestConfig{});
  for (const std::size_t room : {0u, 1u, 2u, 3u, 7u, 20u}) {
    RecordedWorker worker({policy, policy}, LoadOptions{}, 512, 20'000);
    std::uint64_t lost = 0;
    for (int round = 0; round < 30; ++round) {
      worker.sink.room = 1'000'000;
      worker.load.run(500);
      REQUIRE(worker.recorder.statistics().lost == lost);
      worker.sink.room = room;
      worker.load.run(1'000);
      REQUIRE(worker.recorder.statistics().lost > lost);
      lost = worker.recorder.statistics().lost;
    }
    worker.sink.room = 1'000'000;
    worker.load.run(500);
    worker.recorder.finish();
    const Result<ReplayReport> report = replay(worker.sink);
    INFO("room " << room << (report ? "" : report.error().message));
    REQUIRE(report);
    CHECK(report.value().divergences == 0);
    CHECK(report.value().inputs + lost == worker.load.inputs());
    CHECK(report.value().lost == lost);
    CHECK(report.value().gaps == 30);
    CHECK(report.value().missing == 0);
  }
}

TEST_CASE("A journal that ends without room tells what it lost at the end") {
  RecordedWorker worker({PolicyConfig{}}, LoadOptions{}, 512);
  worker.load.run(5'000);
  worker.recorder.flush();
  worker.sink.room = 0;
  worker.load.run(1'000);
  worker.sink.room = 1;
  worker.recorder.finish();
  const Result<ReplayReport> report = replay(worker.sink);
  REQUIRE(report);
  CHECK(report.value().inputs == 5'000);
  CHECK(report.value().lost == 1'000);
  CHECK(report.value().divergences == 0);
}

TEST_CASE("Segments that are gone are counted as missing inputs, and the others replay") {
  RecordedWorker worker({with_everything(RoundRobinConfig{})}, LoadOptions{}, 512, 6'000);
  worker.load.run(10'000);
  worker.recorder.finish();
  REQUIRE(worker.sink.segments.size() > 8);
  worker.sink.segments.erase(3);
  worker.sink.segments.erase(4);
  const Result<ReplayReport> report = replay(worker.sink);
  REQUIRE(report);
  CHECK(report.value().divergences == 0);
  CHECK(report.value().missing > 0);
  CHECK(report.value().inputs + report.value().missing == worker.load.inputs());
}

TEST_CASE("A segment that is torn off anywhere replays up to there") {
  RecordedWorker worker({with_everything(LeastRequestConfig{})}, LoadOptions{}, 512);
  worker.load.run(300);
  worker.recorder.finish();
  const std::vector<std::byte> whole = worker.sink.segments.begin()->second;
  std::uint64_t most = 0;
  for (std::size_t length = 0; length < whole.size(); ++length) {
    for (const bool zeros : {false, true}) {
      std::vector<std::byte> bytes(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
      if (zeros) bytes.resize(bytes.size() + 5'000);
      MemorySource source(bytes);
      Replayer replayer(make_policy_parts);
      const Result<bool> done = replayer.replay(source);
      // Zeros in the place of a frame's end are damage that only a checksum tells from a torn end.
      if (zeros && !done) continue;
      REQUIRE(done);
      REQUIRE(replayer.report().divergences == 0);
      REQUIRE(replayer.report().inputs >= most);
      if (!zeros) most = replayer.report().inputs;
    }
  }
  CHECK(most > 200);
}

TEST_CASE("Upstreams may come and go, and each change begins a segment") {
  RecordedWorker worker({with_everything(LeastRequestConfig{})}, LoadOptions{}, 512);
  worker.load.run(1'000);
  const PolicyConfig added = with_everything(RoundRobinConfig{});
  auto upstream = make_upstream(added, 5);
  JournaledUpstream description;
  description.name = "added";
  description.policy_text = canonical_policy_text(added);
  description.policy_sha256 = policy_sha256(added);
  description.seed = 5;
  auto calls = std::make_unique<RecordedCalls>(*upstream, worker.recorder, description);
  const Time now = worker.load.now();
  calls->name_endpoint(0, "10.0.0.1:80");
  calls->update_endpoints(now, std::make_shared<const Membership>(std::vector<Member>{{0, 1}, {1, 1}}));
  calls->name_endpoint(1, "10.0.0.2:80");
  calls->start(now);
  calls->outputs().clear();
  worker.load.run(1'000);
  calls.reset();
  worker.load.run(1'000);
  worker.recorder.finish();
  CHECK(worker.sink.segments.size() == 3);
  const Result<ReplayReport> report = replay(worker.sink);
  REQUIRE(report);
  CHECK(report.value().divergences == 0);
  CHECK(report.value().inputs == 3'002);
  REQUIRE(report.value().upstreams.size() == 2);
  const UpstreamReplay& replayed = report.value().upstreams.at(1);
  CHECK(replayed.name == "added");
  CHECK(replayed.inputs == 2);
  CHECK(replayed.endpoint_names ==
        std::map<EndpointIndex, std::string>{{0, "10.0.0.1:80"}, {1, "10.0.0.2:80"}});
}

}  // namespace
}  // namespace meshtwin::test
