// Adaptive throttling: a client whose calls fail sends fewer of them, without being told by anybody.
#pragma once

#include <array>
#include <cstdint>

#include "core/config/admission.h"
#include "core/upstream/policy_interfaces.h"

namespace meshtwin {

// A call is rejected with probability max(0, (requests - K * accepts) / (requests + 1)), where requests are the calls
// of the last `window` that ended or were rejected here, and accepts those that ended without a sign of overload (Beyer
// et al., "Site Reliability Engineering", 2016, chapter 21). With K = 2 about as many calls fail as succeed, so that
// the client notices when the service is well again. Where overload can't be told from other failures, as here, each
// failure of the service counts as one, connections that it refuses among them. What this client kept from it counts
// for nothing. Calls under way don't count, as nobody knows yet: a burst on an idle client, and long calls, would pass
// for rejected ones.
// The window moves in ten slices.
class AdaptiveThrottle final : public Admission {
 public:
  explicit AdaptiveThrottle(const AdaptiveThrottlingConfig& config);
  bool admits(const AdmissionRequest& request, RandomStream& random) override;
  void on_end(Time now, const AdmissionResult& result) override;
  void archive(StateArchive& archive) override;

 private:
  static constexpr int kSlices = 10;
  struct Counts {
    std::uint64_t requests = 0;
    std::uint64_t accepts = 0;
  };
  void move_to(Time now);
  void count(bool accepted);
  Counts& current() { return slices_[static_cast<std::size_t>(slice_ % kSlices)]; }

  double multiplier_;
  Duration slice_length_;
  std::int64_t slice_ = 0;  // since the start of time
  std::array<Counts, kSlices> slices_{};
  Counts sum_;
};

}  // namespace meshtwin
