// Hedges after a percentile of what attempts have taken lately.
#pragma once

#include <array>
#include <cstdint>

#include "core/upstream/policy_interfaces.h"

namespace meshtwin {

// Latencies of the last five to ten seconds, in two halves of which the older one is dropped, in buckets of a
// sixteenth of an octave (3 to 6 %); the delay is the upper end of the percentile's bucket. Attempts that were given up
// count as long as they lasted, where that was longer than the delay: left out, they would make the delay shorter and
// shorter, since hedges end those that are slow. Below kFewest latencies there is no delay and no hedge.
// (Finagle's BackupRequestFilter hedges after a percentile as well.)
class PercentileDelay final : public HedgeDelay {
 public:
  static constexpr std::uint64_t kFewest = 100;

  explicit PercentileDelay(double percentile) : share_above_(1 - percentile / 100) {}
  void on_result(Time now, const AttemptResult& result) override;
  Duration delay(Time now) override;
  void archive(StateArchive& archive) override;

 private:
  static constexpr int kSubBits = 5;  // 16 buckets an octave
  static constexpr std::size_t kBuckets = (63 - kSubBits + 1) << kSubBits;
  using Counts = std::array<std::uint32_t, kBuckets>;
  static std::size_t bucket_of(Duration latency);
  static Duration end_of(std::size_t bucket);
  void move_to(Time now);
  void measure();

  double share_above_;
  Counts young_{};
  Counts old_{};
  std::uint64_t young_count_ = 0;
  std::uint64_t old_count_ = 0;
  std::int64_t half_ = 0;  // of the young ones, since the start of time
  std::uint64_t until_measured_ = kFewest;  // latencies before the delay is measured again
  Duration delay_ = kUnknown;
};

}  // namespace meshtwin
