// Adaptive throttling: a client whose calls fail sends fewer of them, without being told by anybody.
#pragma once

#include <array>
#include <cstdint>

#include "core/config/policy.h"
#include "core/upstream/policy_interfaces.h"

namespace meshtwin {

// A call is rejected with probability max(0, (requests - K * accepts) / (requests + 1)), where requests are all calls
// of the last `window`, rejected ones included, and accepts those that ended without a sign of overload (Beyer et
// al., "Site Reliability Engineering", 2016, chapter 21). With K = 2 about as many calls fail as succeed, so that the
// client notices when the service is well again. Where overload can't be told from other failures, as here, each
// failure of the service counts as one. The window moves in ten slices.
class AdaptiveThrottle final : public Admission {
 public:
  explicit AdaptiveThrottle(const AdaptiveThrottlingConfig& config);
  bool admits(Time now, RandomStream& random) override;
  void on_end(Time now, bool accepted) override;
  void archive(StateArchive& archive) override;

 private:
  static constexpr int kSlices = 10;
  struct Counts {
    std::uint64_t requests = 0;
    std::uint64_t accepts = 0;
  };
  void move_to(Time now);
  Counts& current() { return slices_[static_cast<std::size_t>(slice_ % kSlices)]; }

  double multiplier_;
  Duration slice_length_;
  std::int64_t slice_ = 0;  // since the start of time
  std::array<Counts, kSlices> slices_{};
  Counts sum_;
};

}  // namespace meshtwin
