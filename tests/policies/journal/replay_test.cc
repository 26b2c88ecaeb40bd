// What was recorded comes out of the same core again, from every checkpoint on.
#include <catch2/catch.hpp>

#include "tests/policies/journal/recorded_worker.h"
#include "tests/policies/journal/some_policies.h"

namespace meshtwin::test {
namespace {

void check_no_divergence(const Result<ReplayReport>& report) {
  if (!report) FAIL(report.error().message);
  if (report.value().first) {
    const Divergence& first = *report.value().first;
    INFO(first.upstream << ", input " << first.input << ": " << first.what);
    INFO("recorded: " << first.recorded);
    INFO("replayed: " << first.replayed);
    CHECK(report.value().divergences == 0);
  }
  CHECK(report.value().divergences == 0);
}

TEST_CASE("The policies under test have every balancer, backoff and budget of the policy file") {
  std::vector<bool> balancers(std::variant_size_v<BalancerConfig>);
  std::vector<bool> backoffs(std::variant_size_v<BackoffConfig>);
  std::vector<bool> budgets(std::variant_size_v<RetryBudgetConfig>);
  for (const auto& [name, policy] : some_policies()) {
    balancers[policy.balancer.index()] = true;
    backoffs[policy.retry.backoff.index()] = true;
    budgets[policy.retry.budget.index()] = true;
  }
  CHECK(std::count(balancers.begin(), balancers.end(), false) == 0);
  CHECK(std::count(backoffs.begin(), backoffs.end(), false) == 0);
  CHECK(std::count(budgets.begin(), budgets.end(), false) == 0);
}

// Each segment begins with a checkpoint, so that a replay from any of them on is a saved and loaded state
// that goes on as the original did. Where segments follow each other, the states at the checkpoints are
// compared.
TEST_CASE("Under every policy, a state that was saved and loaded decides as the original ever after") {
  for (const auto& [name, policy] : some_policies()) {
    for (const bool weights : {false, true}) {
      INFO(name << (weights ? ", weights" : ""));
      LoadOptions options;
      options.with_key = 0.7;
      options.seed = 5;
      options.weights = options.places = weights;
      options.pushback = 0.5;
      options.late = 0.2;
      options.updates = std::chrono::milliseconds(100);
      RecordedWorker worker({policy}, options, 512, 6'000);
      worker.load.run(20'000);
      worker.recorder.finish();
      REQUIRE(worker.sink.segments.size() >= 10);
      const std::uint64_t last = worker.sink.segments.rbegin()->first;
      for (std::uint64_t from = 0; from <= last; from += 3) {
        INFO("from segment " << from << " of " << last);
        const Result<ReplayReport> report = replay(worker.sink, from);
        check_no_divergence(report);
        if (from > 0) continue;
        CHECK(report.value().inputs == worker.load.inputs());
        CHECK(report.value().decisions == worker.load.decisions());
        CHECK(report.value().checkpoints == worker.sink.segments.size());
        CHECK(report.value().missing == 0);
      }
    }
  }
}

}  // namespace
}  // namespace meshtwin::test
