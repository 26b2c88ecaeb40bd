// Under overload the least urgent calls are shed first, as many as it takes.
#pragma once

#include <array>
#include <cstdint>

#include "core/config/admission.h"
#include "core/upstream/policy_interfaces.h"

namespace meshtwin {

// DAGOR's overload control for one service (Zhou et al., "Overload Control for Scaling WeChat Microservices", SoCC
// 2018). Each call has a level: its urgency, and within it one of 128 by its key, or by chance where it has none, so
// that users are shed and not requests of each of them. Calls of a level below the cursor are let in. At the end of
// each window the cursor moves by the counts of calls of each level in it: down, to where (1 - decrease) of those let
// in would have been, when those that got their first place had waited for longer than `max_wait` in the mean, or
// nobody got one; else up, to where (1 + increase) of them would.
class PriorityShedding final : public Admission {
 public:
  explicit PriorityShedding(const PrioritySheddingConfig& config) : config_(config) {}
  bool admits(const AdmissionRequest& request, RandomStream& random) override;
  bool keeps(Time now, Duration waited) override;
  void archive(StateArchive& archive) override;

  // Levels from here on are shed.
  std::uint32_t cursor() const { return cursor_; }

 private:
  static constexpr std::uint32_t kWithin = 128;
  static constexpr std::uint32_t kLevels = CallStart::kUrgencies * kWithin;
  void move_to(Time now);
  void move_cursor();

  PrioritySheddingConfig config_;
  std::uint32_t cursor_ = kLevels;
  std::int64_t window_ = 0;       // since the start of time
  std::array<std::uint32_t, kLevels> calls_{};
  std::uint64_t admitted_ = 0;
  std::uint64_t placed_ = 0;      // calls that got their first place
  double wait_ns_ = 0;            // of all of them
};

}  // namespace meshtwin
