#include "policies/outlier/interval_outlier_detector.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/state_archive.h"

namespace meshtwin {
namespace {

bool happens(std::uint32_t percentage, RandomStream& random) {
  return percentage >= 100 || random.below(100) < percentage;
}

}  // namespace

void IntervalOutlierDetector::on_members(Time now, EndpointSet& endpoints) {
  if (next_sweep_ == kNever) next_sweep_ = saturating_add(now, config_.interval);
  entries_.resize(std::max(entries_.size(), endpoints.index_bound()));
  std::vector<bool> member(entries_.size());
  for (const EndpointIndex e : endpoints.membership()->endpoints()) member[e] = true;
  for (EndpointIndex e = 0; e < entries_.size(); ++e) {
    if (!member[e]) entries_[e] = {};
    entries_[e].is_member = member[e];
  }
}

void IntervalOutlierDetector::on_result(Time now, EndpointIndex endpoint, Verdict verdict,
                                        EndpointSet& endpoints) {
  if (verdict == Verdict::cancelled || endpoint >= entries_.size()) return;
  Entry& entry = entries_[endpoint];
  if (!entry.is_member) return;
  if (verdict == Verdict::success) {
    ++entry.successes;
    entry.failures_in_a_row = 0;
    return;
  }
  ++entry.failures;
  ++entry.failures_in_a_row;
  if (!config_.consecutive_failures || entry.failures_in_a_row < *config_.consecutive_failures) return;
  entry.failures_in_a_row = 0;
  if (entry.is_ejected()) return;
  if (is_full(endpoints)) {
    ++spared_;
  } else {
    eject(now, endpoint, Cause::consecutive_failures, endpoints);
  }
}

// While nothing happens, a sweep changes nothing but the time of the next one.
void IntervalOutlierDetector::sweep(Time now, EndpointSet& endpoints, RandomStream& random) {
  while (next_sweep_ <= now) {
    if (is_idle()) {
      next_sweep_ += (now - next_sweep_) / config_.interval * config_.interval + config_.interval;
      return;
    }
    sweep_once(next_sweep_, endpoints, random);
    next_sweep_ = saturating_add(next_sweep_, config_.interval);
    skip_quiet_sweeps(now);
  }
}

// Right after a sweep nothing has come yet: until somebody's time is up, those that are due by `now` lower multipliers
// and do nothing else.
void IntervalOutlierDetector::skip_quiet_sweeps(Time now) {
  Time until = now;
  for (const Entry& entry : entries_) {
    if (entry.is_ejected()) until = std::min(until, saturating_add(entry.ejected_at, ejection_time(entry)));
  }
  if (until < next_sweep_) return;
  const std::int64_t sweeps = (until - next_sweep_) / config_.interval + 1;
  for (Entry& entry : entries_) {
    if (entry.is_ejected()) continue;
    entry.multiplier -= static_cast<std::uint32_t>(std::min<std::int64_t>(entry.multiplier, sweeps));
  }
  next_sweep_ += sweeps * config_.interval;
}

bool IntervalOutlierDetector::is_idle() const {
  return std::all_of(entries_.begin(), entries_.end(), [](const Entry& entry) {
    return entry.volume() == 0 && entry.multiplier == 0 && !entry.is_ejected();
  });
}

void IntervalOutlierDetector::sweep_once(Time now, EndpointSet& endpoints, RandomStream& random) {
  const EndpointSet::Changes changes(endpoints);
  if (config_.success_rate) eject_by_success_rate(now, endpoints, random);
  if (config_.failure_percentage) eject_by_failure_percentage(now, endpoints, random);
  recover(now, endpoints);
  for (Entry& entry : entries_) entry.successes = entry.failures = 0;
}

void IntervalOutlierDetector::eject_by_success_rate(Time now, EndpointSet& endpoints, RandomStream& random) {
  const SuccessRateEjection& rule = *config_.success_rate;
  const auto rate = [&](const Entry& entry) {
    return static_cast<double>(entry.successes) / static_cast<double>(entry.volume());
  };
  double sum = 0;
  std::uint64_t hosts = 0;
  for (const Entry& entry : entries_) {
    if (entry.volume() < rule.request_volume) continue;
    sum += rate(entry);
    ++hosts;
  }
  if (hosts < std::max(rule.minimum_hosts, 1u)) return;
  const double mean = sum / static_cast<double>(hosts);
  double squares = 0;
  for (const Entry& entry : entries_) {
    if (entry.volume() >= rule.request_volume) squares += (rate(entry) - mean) * (rate(entry) - mean);
  }
  const double deviation = std::sqrt(squares / static_cast<double>(hosts));
  const double threshold = mean - deviation * (rule.stdev_factor / 1000.0);
  for (const EndpointIndex e : endpoints.membership()->endpoints()) {
    const Entry& entry = entries_[e];
    if (entry.volume() < rule.request_volume || !(rate(entry) < threshold)) continue;
    if (is_full(endpoints) || !happens(rule.enforcement_percentage, random)) {
      ++spared_;
    } else {
      eject(now, e, Cause::success_rate, endpoints);
    }
  }
}

void IntervalOutlierDetector::eject_by_failure_percentage(Time now, EndpointSet& endpoints,
                                                          RandomStream& random) {
  const FailurePercentageEjection& rule = *config_.failure_percentage;
  const auto& members = endpoints.membership()->endpoints();
  if (members.size() < rule.minimum_hosts) return;
  for (const EndpointIndex e : members) {
    const Entry& entry = entries_[e];
    if (entry.volume() < rule.request_volume) continue;
    if (std::uint64_t{entry.failures} * 100 <= rule.threshold * entry.volume()) continue;
    if (is_full(endpoints) || !happens(rule.enforcement_percentage, random)) {
      ++spared_;
    } else {
      eject(now, e, Cause::failure_percentage, endpoints);
    }
  }
}

void IntervalOutlierDetector::recover(Time now, EndpointSet& endpoints) {
  for (EndpointIndex e = 0; e < entries_.size(); ++e) {
    Entry& entry = entries_[e];
    if (!entry.is_ejected()) {
      if (entry.multiplier > 0) --entry.multiplier;
    } else if (now > saturating_add(entry.ejected_at, ejection_time(entry))) {
      entry.ejected_at = kNever;
      entry.failures_in_a_row = 0;
      endpoints.set_ejected(e, false, EjectedBy::outlier_detection);
    }
  }
}

bool IntervalOutlierDetector::is_full(const EndpointSet& endpoints) const {
  constexpr double kRounding = 1e-9;  // of a product that is a whole number
  const auto members = static_cast<double>(endpoints.membership()->endpoints().size());
  const auto ejected = static_cast<double>(endpoints.ejected_count(EjectedBy::outlier_detection));
  return ejected >= config_.max_ejected * members - kRounding;
}

void IntervalOutlierDetector::eject(Time now, EndpointIndex endpoint, Cause cause, EndpointSet& endpoints) {
  Entry& entry = entries_[endpoint];
  entry.ejected_at = now;
  entry.cause = cause;
  ++entry.multiplier;
  ++ejections_;
  endpoints.set_ejected(endpoint, true, EjectedBy::outlier_detection);
}

Duration IntervalOutlierDetector::ejection_time(const Entry& entry) const {
  const Duration longest = std::max(config_.base_ejection, config_.max_ejection);
  if (entry.multiplier > longest / config_.base_ejection) return longest;
  return std::min(config_.base_ejection * entry.multiplier, longest);
}

OutlierDetector::View IntervalOutlierDetector::view(EndpointIndex endpoint) const {
  constexpr std::array<std::string_view, 4> kCauses{"", "consecutive failures", "success rate",
                                                    "failure percentage"};
  View view;
  if (endpoint >= entries_.size()) return view;
  const Entry& entry = entries_[endpoint];
  view.ejected = entry.is_ejected();
  view.why = kCauses[static_cast<std::size_t>(entry.cause)];
  view.since = entry.ejected_at;
  view.at_least = ejection_time(entry);
  view.multiplier = entry.multiplier;
  return view;
}

void IntervalOutlierDetector::archive(StateArchive& archive, const EndpointSet& endpoints) {
  archive.value(next_sweep_);
  archive.value(ejections_);
  archive.value(spared_);
  archive.list(entries_, kArchivedEndpointsMax, [&](Entry& entry) {
    for (std::uint32_t* count : {&entry.successes, &entry.failures, &entry.failures_in_a_row, &entry.multiplier}) {
      archive.value(*count);
    }
    archive.value(entry.ejected_at);
    archive.value(entry.cause, Cause::failure_percentage);
    archive.value(entry.is_member);
  });
  if (!archive.loading() || archive.failed()) return;
  archive.require((next_sweep_ != kNever) == endpoints.known());
  archive.require(!endpoints.known() || entries_.size() >= endpoints.membership()->index_bound());
  for (EndpointIndex e = 0; e < entries_.size() && !archive.failed(); ++e) {
    archive.require(entries_[e].is_ejected() == endpoints.is_ejected_by(e, EjectedBy::outlier_detection));
    archive.require(entries_[e].is_member == (endpoints.standing(e) != Standing::not_a_member));
  }
}

}  // namespace meshtwin
