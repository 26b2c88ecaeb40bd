#include "core/results/comparison.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "core/random/distributions.h"
#include "core/random/stream.h"
#include "tests/core/results/made_up.h"

using namespace meshtwin;
using namespace std::chrono_literals;

namespace {

// Runs whose calls take `latency`, a little more in each further run.
std::vector<Replication> runs_of(Duration latency, int count = 5, std::uint64_t timeouts = 0) {
  std::vector<Replication> runs;
  for (int i = 0; i < count; ++i) runs.push_back(made_up_run(1000, {latency + i * 100us}, timeouts));
  return runs;
}

PairedComparison compare_runs(const std::vector<Replication>& a, const std::vector<Replication>& b) {
  const Scenario scenario = made_up_scenario();
  return compare({"old", scenario, a, 0}, {"new", scenario, b, 0});
}

const MetricDifference& difference(const PairedComparison& comparison, const std::string& metric) {
  const auto found = std::find_if(comparison.differences.begin(), comparison.differences.end(),
                                  [&](const MetricDifference& d) { return d.metric == metric; });
  REQUIRE(found != comparison.differences.end());
  return *found;
}

}  // namespace

TEST_CASE("a shorter latency is better, by the mean of the pairs' differences") {
  const PairedComparison result = compare_runs(runs_of(20ms), runs_of(10ms));
  const MetricDifference& mean = difference(result, "latency.mean");
  CHECK(mean.first == Approx(20.2));
  CHECK(mean.difference == Approx(-10));
  CHECK(mean.ci95.contains(-10));
  CHECK(mean.better == Better::second);
  CHECK(difference(result, "success_rate").better == Better::neither);
  CHECK(result.verdict.starts_with("new is better than old: p99 10"));
}

TEST_CASE("the verdict names the most telling metrics first, and counts the others") {
  const PairedComparison result = compare_runs(runs_of(20ms, 5, 100), runs_of(10ms));
  CHECK(
      result.verdict ==
      "new is better than old: success rate 9.09 percentage points higher, p99 990 ms lower (-99.0 %), mean "
      "99.1 ms lower (-90.7 %), and 4 more.");
}

TEST_CASE("the other way round it is worse") {
  CHECK(compare_runs(runs_of(10ms), runs_of(20ms)).verdict.starts_with("new is worse than old: p99 10"));
}

TEST_CASE("gains and losses make a trade-off") {
  const PairedComparison result = compare_runs(runs_of(20ms), runs_of(10ms, 5, 5));
  CHECK(result.verdict.starts_with("A trade-off between new and old. In favour of new: p99 "));
  CHECK(result.verdict.find("Against it: success rate 0.498 percentage points lower") != std::string::npos);
}

TEST_CASE("pairs that go either way show no difference") {
  std::vector<Replication> a;
  std::vector<Replication> b;
  for (const Duration swing : {Duration(-3ms), Duration(2ms), Duration(-2ms), Duration(3ms), Duration(1ms)}) {
    a.push_back(made_up_run(1000, {20ms}));
    b.push_back(made_up_run(1000, {20ms + swing}));
  }
  const PairedComparison result = compare_runs(a, b);
  CHECK(difference(result, "latency.mean").better == Better::neither);
  CHECK(result.verdict.starts_with("No difference that 5 pairs of replications can show"));
}

TEST_CASE("a percentile's difference below the histogram's resolution is none") {
  std::vector<Replication> a;
  std::vector<Replication> b;
  for (int i = 0; i < 5; ++i) {
    a.push_back(made_up_run(1000, {100ms}));
    // More than the error of one histogram, less than that of both.
    b.push_back(made_up_run(1000, {100600us}));
  }
  const PairedComparison result = compare_runs(a, b);
  CHECK(difference(result, "latency.p50").better == Better::neither);
  // The mean is exact.
  CHECK(difference(result, "latency.mean").better == Better::first);
}

// Eight metrics at 95 % each would give a verdict in about one null comparison of six.
TEST_CASE("variants that don't differ get a verdict in at most one comparison of twenty") {
  RandomStream random(7);
  const auto random_run = [&] {
    std::vector<Duration> latencies;
    for (int i = 0; i < 300; ++i) latencies.push_back(Distribution::exponential(20ms).sample(random));
    return made_up_run(300, latencies, random.below(12));
  };
  constexpr int kComparisons = 200;
  int verdicts = 0;
  for (int i = 0; i < kComparisons; ++i) {
    std::vector<Replication> a;
    std::vector<Replication> b;
    for (int pair = 0; pair < 10; ++pair) {
      a.push_back(random_run());
      b.push_back(random_run());
    }
    verdicts += compare_runs(a, b).verdict.starts_with("No difference") ? 0 : 1;
  }
  CHECK(verdicts <= kComparisons / 20);
}

TEST_CASE("a difference that only one metric's own interval shows is not judged better") {
  std::vector<Replication> a;
  std::vector<Replication> b;
  for (const Duration change : {Duration(1ms), Duration(4ms), Duration(0ms), Duration(3ms), Duration(2ms)}) {
    a.push_back(made_up_run(1000, {20ms}));
    b.push_back(made_up_run(1000, {20ms + change}));
  }
  const PairedComparison result = compare_runs(a, b);
  CHECK(difference(result, "latency.mean").ci95.low > 0);
  CHECK(difference(result, "latency.mean").better == Better::neither);
}

TEST_CASE("one pair gives no verdict") {
  const PairedComparison result = compare_runs(runs_of(20ms, 1), runs_of(10ms, 1));
  CHECK(result.pairs == 1);
  CHECK(difference(result, "latency.mean").better == Better::neither);
  CHECK(result.verdict == "One replication each shows no interval, and so no verdict.");
}

TEST_CASE("a metric without samples is left out") {
  const PairedComparison result =
      compare_runs(runs_of(20ms), {made_up_run(0, {20ms}, 100), made_up_run(0, {20ms}, 100)});
  CHECK(result.pairs == 2);
  CHECK(std::none_of(result.differences.begin(), result.differences.end(),
                     [](const MetricDifference& d) { return d.metric == "success_latency.p99"; }));
  CHECK(difference(result, "success_rate").better == Better::first);
}
