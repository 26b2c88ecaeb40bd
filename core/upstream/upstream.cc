#include "core/upstream/upstream.h"

#include <algorithm>
#include <cassert>
#include <limits>
#include <utility>

#include "core/call/response_class.h"

namespace meshtwin {
namespace {

constexpr std::uint32_t kUnlimited = std::numeric_limits<std::uint32_t>::max();

}  // namespace

Upstream::Upstream(const PolicyConfig& config, PolicyParts parts, std::uint64_t seed)
    : config_(config),
      parts_(std::move(parts)),
      random_(seed),
      balancer_learns_(parts_.balancer->learns()),
      reads_reports_(parts_.balancer->reads_reports()),
      balancer_panics_(parts_.balancer->panics()),
      judges_calls_(!parts_.admission.empty() || parts_.shadow),
      hears_results_(balancer_learns_ || parts_.hedge_delay || parts_.shadow),
      watches_picks_(parts_.shadow),
      probes_(parts_.balancer->probe_lifetime()),
      keys_are_shadows_(only_shadow_hashes(config)),
      endpoint_breakers_(parts_.endpoint_breaker),
      max_connections_(config.limits.connections.value_or(kUnlimited)),
      max_pending_(config.limits.pending.value_or(kUnlimited)),
      max_requests_(config.limits.requests.value_or(kUnlimited)),
      max_retries_(config.limits.retries.value_or(kUnlimited)) {
  assert(parts_.balancer != nullptr);
  if (!parts_.shadow) return;
  shadow_ = std::make_unique<Shadow>(config, std::move(*parts_.shadow), seed);
  reads_reports_ = reads_reports_ || shadow_->reads_reports();
  probes_ = probes_ || shadow_->probe_lifetime();
}

void Upstream::update_endpoints(Time now, MembershipPtr membership) {
  if (now >= next_sweep_) sweep(now);
  if (shadow_) shadow_->update_endpoints(now, membership);
  endpoints_.update(std::move(membership));
  if (endpoint_breakers_.enabled()) endpoint_breakers_.apply_to(endpoints_);
  if (!parts_.outlier_detector) return;
  parts_.outlier_detector->on_members(now, endpoints_);
  next_sweep_ = parts_.outlier_detector->next_sweep();
}

Admittance Upstream::judge_call(Time now, const CallStart& start) {
  Admittance result;
  const bool by_shadow = shadow_ && shadow_->judges_call(now, open_calls_, start.urgency, start.key);
  result.refusal = open_calls_ >= max_requests_ ? FailureKind::rejected_limit : first_refusal(now, start);
  if (shadow_) result.shadow = shadow_->begin_call(by_shadow, result.refusal);
  if (result.refusal == FailureKind::none) count_call(now);
  return result;
}

FailureKind Upstream::first_refusal(Time now, const CallStart& start) {
  const auto key = keys_are_shadows_ ? std::nullopt : start.key;
  const AdmissionRequest request{now, open_calls_, start.urgency, key};
  for (const auto& admission : parts_.admission) {
    if (!admission->admits(request, random_)) return admission->refusal();
  }
  return FailureKind::none;
}

bool Upstream::all_keep(Time now, Time waits_since) {
  const Duration waited = waits_since == kNever ? Duration::zero() : now - waits_since;
  bool keep = true;
  for (const auto& admission : parts_.admission) keep = admission->keeps(now, waited) && keep;
  return keep;
}

// What this client kept from the service, and who went away himself, says nothing of the service's load; that it takes
// no connections, or has no places left in time, does.
void Upstream::tell_admission(Time now, Time began, FailureKind failure, std::uint16_t status,
                              std::uint32_t shadow) {
  AdmissionResult result;
  result.latency = now - began;
  result.open_calls = open_calls_;
  switch (failure) {
    case FailureKind::none:
      if (status == kTooManyRequests) result.kind = AdmissionResult::Kind::overloaded;
      break;
    case FailureKind::cancelled:
    case FailureKind::local:
    case FailureKind::unavailable:
    case FailureKind::rejected_limit:
    case FailureKind::rejected_breaker:
    case FailureKind::shed:
      result.kind = AdmissionResult::Kind::unknown;
      break;
    default:
      result.kind = AdmissionResult::Kind::overloaded;
  }
  for (const auto& admission : parts_.admission) admission->on_end(now, result);
  if (shadow_) shadow_->end_call(now, result, failure, shadow);
}

void Upstream::handle_report(Time now, EndpointIndex endpoint, const LoadReport& report, ReportFor whom) {
  if (!reads_reports_ || endpoint >= endpoints_.index_bound()) return;
  if (whom != ReportFor::shadow && parts_.balancer->reads_reports()) {
    parts_.balancer->on_report(now, endpoints_, endpoint, report);
  }
  if (shadow_ && whom != ReportFor::policy) shadow_->handle_report(now, endpoints_, endpoint, report);
}

std::optional<Duration> Upstream::probe_lifetime(ReportFor asker) const {
  if (asker == ReportFor::policy) return parts_.balancer->probe_lifetime();
  return shadow_ ? shadow_->probe_lifetime() : std::nullopt;
}

std::span<const EndpointIndex> Upstream::probe_targets(Time now, ReportFor asker) {
  probe_targets_.clear();
  if (!endpoints_.known() || endpoints_.eligible().empty()) return {};
  if (asker == ReportFor::shadow) {
    shadow_->choose_probes(now, endpoints_, probe_targets_);
  } else {
    parts_.balancer->choose_probes(PickContext{endpoints_, {}, random_, now}, probe_targets_);
    counters_.probes += probe_targets_.size();
  }
  return probe_targets_;
}

void Upstream::sweep(Time now) {
  parts_.outlier_detector->sweep(now, endpoints_, random_);
  next_sweep_ = parts_.outlier_detector->next_sweep();
}

bool Upstream::try_begin_pending() {
  if (pending_ >= max_pending_) return false;
  ++pending_;
  return true;
}

void Upstream::end_pending() {
  assert(pending_ > 0);
  --pending_;
}

Pick Upstream::pick_random(Time now, std::span<const EndpointIndex> excluded, std::optional<std::uint64_t> key,
                           DecisionOf of) {
  readmit_due(now);
  if (!endpoints_.known() || endpoints_.eligible().empty()) return pick(now, excluded, key, of);
  Decision* const kept = keep_pick(now, excluded, of);
  PickTrace* const trace = kept != nullptr ? &kept->trace : nullptr;
  const Pick pick = parts_.balancer->pick_uniformly(PickContext{endpoints_, excluded, random_, now, key, trace});
  if (kept != nullptr) kept->pick = pick.kind;
  return pick;
}

Pick Upstream::pick_same(Time now, EndpointIndex endpoint, std::optional<std::uint64_t> key, DecisionOf of) {
  readmit_due(now);
  if (!endpoints_.is_eligible(endpoint)) return pick(now, {}, key, of);
  if (Decision* kept = keep_pick(now, {}, of)) {
    kept->trace.begin("retry.host same: where the call was before", {"chance", ScoreOrder::drawn});
    kept->trace.pick(endpoint, 1);
  }
  return Pick::picked(endpoint);
}

Pick Upstream::pick_and_keep(Time now, std::span<const EndpointIndex> excluded,
                             std::optional<std::uint64_t> key, DecisionOf of) {
  Decision* const kept = keep_pick(now, excluded, of);
  PickContext context{endpoints_, excluded, random_, now, key, kept != nullptr ? &kept->trace : nullptr};
  Pick pick = Pick::queue();
  if (!endpoints_.known()) {
    if (kept != nullptr) kept->trace.begin("endpoints are not known yet", {});
  } else if (endpoints_.eligible().empty() && !balancer_panics_) {
    pick = Pick::fail();
    if (kept != nullptr) kept->trace.begin("no endpoint is eligible", {});
  } else {
    pick = parts_.balancer->pick(context);
    if (shadow_) shadow_->compare_pick(context, pick);
  }
  if (kept != nullptr) kept->pick = pick.kind;
  return pick;
}

Decision* Upstream::keep_pick(Time now, std::span<const EndpointIndex> excluded, DecisionOf of) {
  if (!decisions_) return nullptr;
  Decision& kept = decisions_->add(now, of, Decision::Kind::pick);
  assert(excluded.size() <= kept.excluded_endpoints.size());
  std::copy(excluded.begin(), excluded.end(), kept.excluded_endpoints.begin());
  kept.excluded_count = static_cast<std::uint8_t>(excluded.size());
  return &kept;
}

void Upstream::decided(Time now, DecisionOf of, Decision::Kind kind) {
  switch (kind) {
    case Decision::Kind::rejected_limit:
      ++counters_.rejected_limit;
      break;
    case Decision::Kind::rejected_breaker:
      ++counters_.rejected_breaker;
      break;
    case Decision::Kind::throttled:
      ++counters_.throttled;
      break;
    case Decision::Kind::shed:
      ++counters_.shed;
      break;
    case Decision::Kind::hedge_refused:
      ++counters_.hedges_refused_budget;
      break;
    case Decision::Kind::pending:
      ++counters_.pending;
      break;
    case Decision::Kind::pending_overflow:
      ++counters_.pending_overflow;
      break;
    case Decision::Kind::hedge_skipped:
      break;
    case Decision::Kind::pick:
    case Decision::Kind::retry:
      assert(false);
  }
  if (decisions_) decisions_->add(now, of, kind);
}

void Upstream::decided_retry(Time now, DecisionOf of, FailureKind failure, RetryVerdict verdict) {
  counters_.retries += verdict == RetryVerdict::granted ? 1 : 0;
  counters_.retries_refused_budget += verdict == RetryVerdict::budget ? 1 : 0;
  counters_.retries_refused_limit += verdict == RetryVerdict::limit ? 1 : 0;
  if (!decisions_) return;
  Decision& kept = decisions_->add(now, of, Decision::Kind::retry);
  kept.failure = failure;
  kept.verdict = verdict;
}

void Upstream::keep_decisions(std::size_t count) {
  decisions_ = count > 0 ? std::make_unique<DecisionLog>(count) : nullptr;
  watches_picks_ = decisions_ || shadow_;
}

EndpointView Upstream::endpoint_view(Time now, EndpointIndex endpoint) const {
  EndpointView view;
  view.standing = endpoints_.standing(endpoint);
  view.meaning = parts_.balancer->score_meaning(endpoints_);
  if (endpoint < endpoints_.index_bound()) view.active = endpoints_.active(endpoint);
  if (const Breaker* breaker = endpoint_breakers_.find(endpoint)) {
    view.breaker = breaker->state(now);
    if (view.breaker == Breaker::State::open) view.opens_until = breaker->opens_until();
  }
  if (parts_.outlier_detector) view.outlier = parts_.outlier_detector->view(endpoint);
  if (view.standing == Standing::not_a_member) return view;
  view.weight = endpoints_.weight(endpoint);
  view.score = parts_.balancer->score(endpoints_, endpoint, now);
  return view;
}

Duration Upstream::backoff_delay(std::uint32_t number) {
  return parts_.backoff ? parts_.backoff->delay(number, random_) : Duration::zero();
}

RetryVerdict Upstream::try_begin_retry(Time now) {
  if (open_retries_ >= max_retries_) return RetryVerdict::limit;
  if (parts_.budget && !parts_.budget->try_spend(now)) return RetryVerdict::budget;
  if (shadow_) shadow_->retry_granted(open_retries_);
  ++open_retries_;
  return RetryVerdict::granted;
}

void Upstream::end_retry() {
  assert(open_retries_ > 0);
  --open_retries_;
}

}  // namespace meshtwin
