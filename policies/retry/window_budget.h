// A retry budget over a sliding window: so many retries for so many requests.
#pragma once

#include <array>
#include <cstdint>

#include "core/config/policy.h"
#include "core/upstream/policy_interfaces.h"

namespace meshtwin {

// Why a budget and not a number of tries alone: tries bound what one call does to a healthy service; when all
// calls fail they multiply the load by that number just when the service can bear it least. A budget bounds
// the sum.
//
// Finagle's and Linkerd's leaky bucket: in the last `ttl` at most ratio * requests + min_per_second * ttl
// retries. The window moves in ten slices, so a request counts for 0.9 to 1 ttl.
class WindowBudget final : public RetryBudget {
 public:
  explicit WindowBudget(const WindowRetryBudget& config);
  void on_request(Time now) override;
  void on_success(Time) override {}
  bool try_spend(Time now) override;
  void give_back(Time now, Time spent) override;
  void archive(StateArchive& archive) override;

 private:
  static constexpr int kSlices = 10;
  static constexpr std::int64_t kRetry = 1'000'000;  // what a retry costs; deposits are whole parts of it
  void move_to(Time now);

  std::int64_t deposit_;  // of a request
  std::int64_t reserve_;  // kept available at all times
  Duration slice_length_;
  std::int64_t slice_ = 0;                        // since the start of time
  std::array<std::int64_t, kSlices> balances_{};  // deposits less retries of a slice
  std::int64_t sum_ = 0;
};

}  // namespace meshtwin
