#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <utility>
#include <vector>

#include "core/random/stream.h"
#include "policies/retry/bucket_budget.h"
#include "policies/retry/window_budget.h"

namespace meshtwin {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// The window budget as its description reads: a list of all requests and retries, of which those count that
// lie in the present tenth of ttl or the nine before it.
class SlowWindow {
 public:
  explicit SlowWindow(const WindowRetryBudget& config) : config_(config) {}
  void on_request(Time now) { requests_.push_back(slice(now)); }
  bool try_spend(Time now) {
    const double allowed = config_.ratio * static_cast<double>(recent(requests_, now)) +
                           config_.min_per_second * to_seconds(config_.ttl);
    const double wanted = static_cast<double>(recent(retries_, now)) + 1;
    if (wanted > allowed + 1e-6) return false;
    retries_.push_back(slice(now));
    return true;
  }
  void give_back(Time spent) { retries_.erase(std::find(retries_.begin(), retries_.end(), slice(spent))); }

 private:
  std::int64_t slice(Time now) const { return now.time_since_epoch() / (config_.ttl / 10); }
  std::int64_t recent(const std::vector<std::int64_t>& slices, Time now) const {
    return std::count_if(slices.begin(), slices.end(), [&](std::int64_t s) { return s > slice(now) - 10; });
  }

  WindowRetryBudget config_;
  std::vector<std::int64_t> requests_;
  std::vector<std::int64_t> retries_;
};

TEST_CASE("The window budget agrees with a list of all events") {
  RandomStream random(11);
  for (const WindowRetryBudget& config :
       {WindowRetryBudget{0.2, 10, seconds(10)}, WindowRetryBudget{0.2, 0, seconds(1)},
        WindowRetryBudget{0, 3, seconds(2)}, WindowRetryBudget{1.5, 0.5, milliseconds(700)},
        WindowRetryBudget{0.01, 0.1, seconds(10)}}) {
    for (int run = 0; run < 20; ++run) {
      WindowBudget budget(config);
      SlowWindow reference(config);
      Time now = Time(seconds(random.below(1000)));
      std::uint64_t granted = 0;
      Time last_granted = kNever;
      for (int i = 0; i < 1'500; ++i) {
        // Most often small steps, now and then one past the window.
        const std::uint64_t step = random.below(50) == 0 ? 1'500'000'000 : random.below(40'000'000);
        now += Duration(static_cast<std::int64_t>(step) * (config.ttl / milliseconds(1000)));
        now += Duration(static_cast<std::int64_t>(random.below(1'000'000)));
        if (random.below(3) > 0) {
          budget.on_request(now);
          reference.on_request(now);
        } else {
          const bool grants = budget.try_spend(now);
          granted += grants ? 1 : 0;
          INFO("ratio " << config.ratio << ", run " << run << ", event " << i);
          REQUIRE(grants == reference.try_spend(now));
          if (grants) last_granted = now;
        }
        if (last_granted != kNever && random.below(8) == 0) {
          budget.give_back(now, last_granted);
          reference.give_back(last_granted);
          last_granted = kNever;
        }
      }
      CHECK(granted > 0);
    }
  }
}

TEST_CASE("The window budget's reserve and ratio in figures") {
  WindowBudget budget({0.2, 1, seconds(10)});
  const Time now = Time(seconds(100));
  for (int i = 0; i < 10; ++i) CHECK(budget.try_spend(now));
  CHECK_FALSE(budget.try_spend(now));
  for (int i = 0; i < 4; ++i) budget.on_request(now);
  CHECK_FALSE(budget.try_spend(now));
  budget.on_request(now);
  CHECK(budget.try_spend(now));
  CHECK_FALSE(budget.try_spend(now + seconds(10) - Duration(1)));
  for (int i = 0; i < 10; ++i) CHECK(budget.try_spend(now + seconds(10)));
  CHECK_FALSE(budget.try_spend(now + seconds(10)));
}

// When everything fails, the budget bounds the load: of n requests ratio * n retries beyond the reserve.
TEST_CASE("The window budget bounds retries when all calls fail") {
  WindowBudget budget({0.2, 0, seconds(10)});
  int retries = 0;
  for (int i = 0; i < 100'000; ++i) {
    const Time now = Time(milliseconds(i));
    budget.on_request(now);
    for (int attempt = 0; attempt < 4; ++attempt) retries += budget.try_spend(now) ? 1 : 0;
  }
  CHECK(retries > 19'900);
  CHECK(retries <= 20'000);
}

TEST_CASE("The bucket starts full, empties by ones, and fills up to its capacity") {
  BucketBudget budget({0.25, 3});
  const Time now{};
  for (int i = 0; i < 3; ++i) CHECK(budget.try_spend(now));
  CHECK_FALSE(budget.try_spend(now));
  for (int i = 0; i < 3; ++i) budget.on_success(now);
  CHECK_FALSE(budget.try_spend(now));
  budget.on_success(now);
  CHECK(budget.try_spend(now));
  budget.on_request(now);
  CHECK_FALSE(budget.try_spend(now));
  for (int i = 0; i < 1'000; ++i) budget.on_success(now);
  for (int i = 0; i < 3; ++i) CHECK(budget.try_spend(now));
  CHECK_FALSE(budget.try_spend(now));
}

TEST_CASE("What is given back to the bucket can be spent again, and never overfills it") {
  BucketBudget budget({0.25, 2});
  const Time now{};
  CHECK(budget.try_spend(now));
  CHECK(budget.try_spend(now));
  budget.give_back(now, now);
  CHECK(budget.try_spend(now));
  CHECK_FALSE(budget.try_spend(now));
  for (int i = 0; i < 3; ++i) budget.give_back(now, now);
  for (int i = 0; i < 2; ++i) CHECK(budget.try_spend(now));
  CHECK_FALSE(budget.try_spend(now));
}

// Attempts per request of calls that retry until they succeed or the bucket is empty, each attempt failing
// with probability p. The bound holds for any number of tries, and is reached when the bucket is what limits.
TEST_CASE("The bucket bounds attempts per request by 1 / (1 - c (1 - p))") {
  for (const double c : {0.1, 0.3}) {
    for (const double p : {0.3, 0.5, 0.9, 1.0}) {
      BucketBudget budget({c, 10});
      RandomStream random(17);
      const int requests = 400'000;
      int attempts = 0;
      for (int i = 0; i < requests; ++i) {
        bool failed = true;
        do {
          ++attempts;
          failed = random.bernoulli(p);
          if (!failed) budget.on_success(Time{});
        } while (failed && budget.try_spend(Time{}));
      }
      const double amplification = static_cast<double>(attempts) / requests;
      const double bound = 1 / (1 - c * (1 - p));
      // The bucket's first fill is 10 retries; three standard errors of the share that succeeds are below
      // 0.003.
      INFO("c " << c << ", p " << p << ", amplification " << amplification << ", bound " << bound);
      CHECK(amplification <= bound + 0.003);
      CHECK(amplification >= std::min(bound, 1 / (1 - p)) - 0.003);
    }
  }
}

}  // namespace
}  // namespace meshtwin
