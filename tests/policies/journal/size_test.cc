// How many bytes a journal takes, under a load with retries, timeouts, hedges and changes of members.
#include <catch2/catch.hpp>
#include <numeric>

#include "tests/policies/journal/recorded_worker.h"
#include "tests/policies/journal/some_policies.h"

namespace meshtwin::test {
namespace {

std::uint64_t outcomes(const RecordedWorker& worker, FailureKind kind) {
  return worker.load.outcomes()[static_cast<std::size_t>(kind)];
}

TEST_CASE("An input takes at most 32 bytes on average, decisions, headers and checkpoints included") {
  for (const auto& [name, policy] : some_policies()) {
    INFO(name);
    RecordedWorker worker({policy, policy, policy}, LoadOptions{}, 65'536, 1'000'000);
    worker.load.run(200'000);
    worker.recorder.finish();
    REQUIRE(worker.recorder.statistics().inputs == worker.load.inputs());
    CHECK(worker.recorder.statistics().decisions == worker.load.decisions());
    CHECK(outcomes(worker, FailureKind::none) > 10'000);
    if (policy.timeout) CHECK(outcomes(worker, FailureKind::timeout) > 100);
    const double bytes = static_cast<double>(worker.sink.bytes()) / static_cast<double>(worker.load.inputs());
    INFO(bytes << " bytes an input");
    // Load reports are inputs of their own, with a word for each of their numbers.
    CHECK(bytes <= (worker.upstreams[0]->reads_reports() ? 32 : 16));
  }
}

// Chunks as small as they may be, and segments that end as soon as they may.
TEST_CASE("Also in small chunks and segments, an input takes at most 32 bytes on average") {
  const PolicyConfig policy = with_everything(LeastRequestConfig{});
  RecordedWorker worker({policy, policy}, LoadOptions{}, 512, 1);
  worker.load.run(100'000);
  worker.recorder.finish();
  CHECK(worker.sink.segments.size() > 100);
  CHECK(static_cast<double>(worker.sink.bytes()) / static_cast<double>(worker.load.inputs()) <= 32);
}

}  // namespace
}  // namespace meshtwin::test
