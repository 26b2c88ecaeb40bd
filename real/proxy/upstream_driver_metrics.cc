// What the core has counted, for the page of metrics.
#include <utility>

#include "real/proxy/upstream_driver.h"
#include "real/proxy/worker_state.h"

namespace meshtwin {

void UpstreamDriver::add_core_counts() {
  const UpstreamCounters& now = upstream_->counters();
  metrics_.upstream_rq_retry_overflow += now.retries_refused_budget - added_.retries_refused_budget +
                                         now.retries_refused_limit - added_.retries_refused_limit;
  metrics_.upstream_rq_pending_total += now.pending - added_.pending;
  metrics_.upstream_rq_hedge_overflow += now.hedges_refused_budget - added_.hedges_refused_budget;
  metrics_.load_probe_total += now.probes - added_.probes;
  std::uint64_t answered = 0;
  std::uint64_t failed = 0;
  for (const auto* prober : {&prober_, &shadow_prober_}) {
    if (!*prober) continue;
    answered += (*prober)->answered();
    failed += (*prober)->failed();
  }
  metrics_.load_probe_answered += answered - std::exchange(added_answered_, answered);
  metrics_.load_probe_failed += failed - std::exchange(added_failed_, failed);
  added_ = now;
  if (const Shadow* shadow = std::as_const(*upstream_).shadow()) add_shadow_counts(*shadow);
  const OutlierDetector* detector = upstream_->outlier_detector();
  if (detector == nullptr) return;
  metrics_.outlier_ejections += detector->ejections() - std::exchange(added_ejections_, detector->ejections());
  metrics_.outlier_ejections_overflow += detector->spared() - std::exchange(added_spared_, detector->spared());
}

// Its probes are as real as others.
void UpstreamDriver::add_shadow_counts(const Shadow& shadow) {
  const ShadowCounters now = shadow.counters();
  for (std::size_t i = 0; i < ShadowCounters::kCounts; ++i) {
    metrics_.shadow.counts[i] += now.counts[i] - added_shadow_.counts[i];
  }
  metrics_.load_probe_total += now[ShadowCounters::probes] - added_shadow_[ShadowCounters::probes];
  added_shadow_ = now;
  const std::vector<PickShare>& shares = shadow.shares();
  added_shares_.resize(shares.size());
  for (std::size_t e = 0; e < shares.size(); ++e) {
    if (endpoints_[e]->is_counted) {
      PickShare& picks = metrics_of(*endpoints_[e]).shadow_picks;
      picks.policy += shares[e].policy - added_shares_[e].policy;
      picks.shadow += shares[e].shadow - added_shares_[e].shadow;
    }
    added_shares_[e] = shares[e];
  }
}

void UpstreamDriver::update_metrics() {
  add_core_counts();
  if (left_) return;  // what took its place speaks for the upstream now
  metrics_.upstream_rq_pending_active = upstream_->pending();
  const Breaker* breaker = upstream_->service_breaker();
  metrics_.outlier_ejections_active = upstream_->endpoints().ejected_count(EjectedBy::outlier_detection);
  metrics_.breaker_open = breaker != nullptr && breaker->state(loop().now()) == Breaker::State::open ? 1 : 0;
}

}  // namespace meshtwin
