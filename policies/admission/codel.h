// CoDel: calls that waited are shed while the least wait stays too long.
#pragma once

#include "core/config/admission.h"
#include "core/upstream/policy_interfaces.h"

namespace meshtwin {

// RFC 8289 for calls that wait for a place of limits.connections. Once every call that got its place in the last
// `interval` has waited for `target` or longer, one is shed, and then further ones, the n-th one interval / sqrt(n)
// after the one before, until one has waited for less, or not at all. Where that begins again within 16 intervals, n
// goes on from how many were shed in the stretch before.
class CoDel final : public Admission {
 public:
  explicit CoDel(const CoDelConfig& config) : config_(config) {}
  bool admits(const AdmissionRequest&, RandomStream&) override { return true; }
  bool keeps(Time now, Duration waited) override;
  void archive(StateArchive& archive) override;

 private:
  bool is_too_long(Time now, Duration waited);
  Time after(Time from) const;

  CoDelConfig config_;
  Time above_since_end_ = kNever;  // when waits will have been too long for an interval; kNever: they aren't
  bool dropping_ = false;
  Time drop_next_{};
  std::uint32_t count_ = 0;       // of this stretch
  std::uint32_t last_count_ = 0;  // of the one before, when it began
};

}  // namespace meshtwin
