// Counts what happens in a run, simulated or for real.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/call/events.h"
#include "core/config/scenario.h"
#include "core/results/replication.h"
#include "core/stats/histogram.h"
#include "core/time.h"

namespace meshtwin {

// Fixed memory for each service and endpoint, whatever the number of calls. Times in order.
class Recorder {
 public:
  // `series`: slices are recorded as well.
  Recorder(const Scenario& scenario, bool series);

  // Whether a call that was due at `due` is part of the totals.
  bool counts(Time due) const { return due >= measured_from_ && due < measured_until_; }

  void add_endpoint(std::uint32_t service) { services_[service].totals.endpoints.emplace_back(); }
  void call_started(std::uint32_t service, Time now) {
    Service& s = services_[service];
    if (counts(now)) ++s.batches[batch_at(now)].started;
    ++s.open;
    if (series_) call_started_in_slice(s, now);
  }
  void attempt_started(std::uint32_t service, EndpointIndex endpoint, bool counted) {
    Service& s = services_[service];
    if (counted) ++s.totals.endpoints[endpoint].attempts;
    if (series_) attempt_started_in_slice(s, endpoint);
  }
  void attempt_failed(std::uint32_t service, EndpointIndex endpoint, bool counted) {
    if (counted) ++services_[service].totals.endpoints[endpoint].failures;
  }
  // `counted`: the attempt that it was opened for is.
  void connection_opened(std::uint32_t service, bool counted) {
    if (counted) ++services_[service].totals.connections_opened;
  }
  void service_began(std::uint32_t service, EndpointIndex endpoint, Duration time, bool counted) {
    if (counted) services_[service].totals.endpoints[endpoint].demand += time;
  }
  // `workers` of an endpoint were taken from `from` until `until`.
  void workers_were_taken(std::uint32_t service, EndpointIndex endpoint, std::uint32_t workers, Time from,
                          Time until) {
    const Duration measured = std::min(until, measured_until_) - std::max(from, measured_from_);
    if (measured > Duration::zero()) services_[service].totals.endpoints[endpoint].busy += measured * workers;
  }
  void call_finished(std::uint32_t service, Time due, Time now, const Outcome& outcome);

  // Ends the slice that is under way; the driver calls it at each multiple of slice_length() and at the
  // end of the measured time. What happens afterwards is in no slice.
  void end_slice(Time now);
  Duration slice_length() const { return slice_length_; }
  bool series() const { return series_; }

  // The totals of everything until `now`; the recorder is of no use afterwards. Calls that are still open
  // count as unfinished, and after an interruption not at all.
  std::vector<ServiceTotals> take(Time now, bool interrupted);

 private:
  struct Batch {
    std::uint64_t started = 0;
    std::uint64_t succeeded_in_time = 0;
    std::uint64_t attempts = 0;
    std::optional<Histogram> success;  // made when first needed
    std::optional<Histogram> failure;
  };
  struct Service {
    ServiceTotals totals;
    std::vector<Batch> batches;
    std::size_t batch = 0;  // the one that was needed last, and when it begins and ends
    Time batch_begins = kNever;
    Time batch_ends{};
    std::uint64_t open = 0;  // calls, counted or not
    ServiceSlice slice;
    Histogram slice_latency;
    double open_integral = 0;  // over the slice, in call nanoseconds
    Time open_changed{};
  };
  Batch& batch_of(Service& service, Time due);
  // The batch that `now`, which is measured time and never goes back, belongs to.
  std::size_t batch_at(Time now) {
    while (now >= clock_batch_ends_ && clock_batch_ + 1 < kBatches) {
      ++clock_batch_;
      clock_batch_ends_ += batch_length_;
    }
    return clock_batch_;
  }
  void call_started_in_slice(Service& service, Time now);
  void attempt_started_in_slice(Service& service, EndpointIndex endpoint);
  void call_finished_in_slice(Service& service, Duration latency, Time now, const Outcome& outcome);

  Time measured_from_;
  Time measured_until_;
  Duration slice_length_;
  Duration batch_length_;
  bool series_;
  Time slice_began_{};
  std::size_t clock_batch_ = 0;
  Time clock_batch_ends_{};
  std::vector<Service> services_;
};

}  // namespace meshtwin
