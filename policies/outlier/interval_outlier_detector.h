// Outlier detection by sweeps over intervals, and by failures in a row.
#pragma once

#include <cstdint>
#include <vector>

#include "core/config/outlier.h"
#include "core/upstream/policy_interfaces.h"

namespace meshtwin {

// gRPC's A50: a sweep after each interval looks at the interval's results, ejects by success rate and then by failure
// percentage, lowers the multiplier of each endpoint that isn't ejected by one, and takes back each one that has been
// out for longer than min(base * multiplier, max(base, max)). An ejection raises the endpoint's multiplier by one.
// Where A50's text lets ejections go on until the share of those ejected is greater than max_ejected, its
// implementations (grpc-go, grpc-java) and Envoy stop where it is equal, and so does this: with 10 % of 10 endpoints,
// one is out, and of fewer endpoints one, too.
// As in the text, an endpoint that is out already, or was found by the first rule, can be found once more, by what came
// of its attempts under way: that raises its multiplier again and its time begins anew.
// consecutive_failures is Envoy's consecutive_5xx, for failures of every kind: an endpoint is ejected in the instant of
// its n-th failure in a row; one that may not be, since too many are, may be n failures later.
// Cancelled attempts say nothing. Endpoints that leave are forgotten.
class IntervalOutlierDetector final : public OutlierDetector {
 public:
  explicit IntervalOutlierDetector(const OutlierConfig& config) : config_(config) {}

  void on_members(Time now, EndpointSet& endpoints) override;
  void on_result(Time now, EndpointIndex endpoint, Verdict verdict, EndpointSet& endpoints) override;
  Time next_sweep() const override { return next_sweep_; }
  void sweep(Time now, EndpointSet& endpoints, RandomStream& random) override;
  View view(EndpointIndex endpoint) const override;
  std::uint64_t ejections() const override { return ejections_; }
  std::uint64_t spared() const override { return spared_; }
  void archive(StateArchive& archive, const EndpointSet& endpoints) override;

 private:
  enum class Cause : std::uint8_t { none, consecutive_failures, success_rate, failure_percentage };
  struct Entry {
    std::uint32_t successes = 0;  // in this interval
    std::uint32_t failures = 0;
    std::uint32_t failures_in_a_row = 0;
    std::uint32_t multiplier = 0;
    Time ejected_at = kNever;  // kNever: it isn't
    Cause cause = Cause::none;  // of the last ejection
    bool is_member = false;

    std::uint64_t volume() const { return std::uint64_t{successes} + failures; }
    bool is_ejected() const { return ejected_at != kNever; }
  };

  void sweep_once(Time now, EndpointSet& endpoints, RandomStream& random);
  void eject_by_success_rate(Time now, EndpointSet& endpoints, RandomStream& random);
  void eject_by_failure_percentage(Time now, EndpointSet& endpoints, RandomStream& random);
  void recover(Time now, EndpointSet& endpoints);
  bool is_full(const EndpointSet& endpoints) const;
  void eject(Time now, EndpointIndex endpoint, Cause cause, EndpointSet& endpoints);
  Duration ejection_time(const Entry& entry) const;
  bool is_idle() const;
  void skip_quiet_sweeps(Time now);

  OutlierConfig config_;
  std::vector<Entry> entries_;  // by endpoint
  Time next_sweep_ = kNever;
  std::uint64_t ejections_ = 0;
  std::uint64_t spared_ = 0;
};

}  // namespace meshtwin
