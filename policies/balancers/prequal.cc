#include "policies/balancers/prequal.h"

#include <algorithm>
#include <limits>
#include <span>

#include "core/state_archive.h"
#include "core/upstream/uniform_pick.h"

namespace meshtwin {
namespace {

constexpr std::size_t kFewestAnswers = 2;  // below, the pick is random
constexpr double kUsesMax = 1e6;
constexpr double kHotScore = 1e9;
constexpr std::uint64_t kHotRank = std::uint64_t{1} << 63;
constexpr std::uint64_t kNoRank = std::numeric_limits<std::uint64_t>::max();
constexpr std::uint32_t kInFlightMax = 1'000'000'000;

// The whole part of what is due by now; the rest stays due, so that the mean is met without drawing.
std::size_t take_whole(double& due, double more) {
  due += more;
  const auto whole = static_cast<std::size_t>(due);
  due -= static_cast<double>(whole);
  return whole;
}

// Whether a pick may go there.
bool is_candidate(const EndpointSet& endpoints, EndpointIndex endpoint) {
  return endpoints.is_eligible(endpoint) && (endpoints.equal_weights() || endpoints.weight(endpoint) > 0);
}

}  // namespace

PrequalBalancer::PrequalBalancer(const PrequalConfig& config)
    : config_(config), pool_(config.pool_size), in_flight_(config.rif_quantile) {}

void PrequalBalancer::choose_probes(const PickContext& context, std::vector<EndpointIndex>& targets) {
  const std::size_t wanted = take_whole(probes_due_, config_.probes_per_call);
  if (wanted == 0) return;
  Candidates::Drawn drawn;
  const std::size_t count = candidates_.draw(context, wanted, drawn);
  targets.insert(targets.end(), drawn.begin(), drawn.begin() + static_cast<std::ptrdiff_t>(count));
}

// Answers of endpoints that are out by now go.
void PrequalBalancer::heed_changes(const EndpointSet& endpoints) {
  if (version_ == endpoints.version()) return;
  version_ = endpoints.version();
  pool_.take_out_if([&](const ProbeAnswer& answer) { return !is_candidate(endpoints, answer.endpoint); });
  fit_to(endpoints);
}

void PrequalBalancer::fit_to(const EndpointSet& endpoints) {
  const std::size_t known = std::max<std::size_t>(endpoints.eligible().size(), 1);
  pool_limit_ = std::min<std::size_t>(config_.pool_size, std::max<std::size_t>(known / 2, 2));
  const double kept = 1 - static_cast<double>(pool_limit_) / static_cast<double>(known);
  const double added = kept * config_.probes_per_call - config_.removals_per_call;
  uses_per_answer_ = added > 0 ? std::clamp((1 + config_.delta) / added, 1.0, kUsesMax) : kUsesMax;
  while (pool_.size() > pool_limit_) pool_.drop_oldest();
}

void PrequalBalancer::on_report(Time now, const EndpointSet& endpoints, EndpointIndex endpoint,
                                const LoadReport& report) {
  if (!report.in_flight || !is_candidate(endpoints, endpoint)) return;
  heed_changes(endpoints);
  const std::uint32_t in_flight = std::min(*report.in_flight, kInFlightMax);
  in_flight_.add(in_flight);
  while (pool_.size() >= pool_limit_) pool_.drop_oldest();
  const auto uses = static_cast<std::uint32_t>(take_whole(uses_due_, uses_per_answer_));
  pool_.add({endpoint, in_flight, std::max(uses, 1u), report.latency, now});
}

inline std::uint64_t PrequalBalancer::rank(const ProbeAnswer& answer) const {
  return is_hot(answer) ? kHotRank + answer.in_flight : static_cast<std::uint64_t>(answer.latency.count());
}

double PrequalBalancer::score_of(const ProbeAnswer& answer) const {
  return is_hot(answer) ? kHotScore + answer.in_flight : to_milliseconds(answer.latency);
}

inline void PrequalBalancer::drop_old(Time now) {
  while (!pool_.empty() && now - pool_.answers().front().at > config_.probe_lifetime) pool_.drop_oldest();
}

Pick PrequalBalancer::pick(const PickContext& context) {
  heed_changes(context.endpoints);
  drop_old(context.now);
  const std::span<const ProbeAnswer> answers = pool_.answers();
  std::size_t usable = 0;
  std::size_t best = 0;
  std::uint64_t best_rank = kNoRank;
  for (std::size_t place = 0; place < answers.size(); ++place) {
    if (!context.excluded.empty() && context.excludes(answers[place].endpoint)) continue;
    ++usable;
    // Which one wins is in no order that a processor could predict: hence no branch.
    const std::uint64_t its_rank = rank(answers[place]);
    best = its_rank < best_rank ? place : best;
    best_rank = std::min(its_rank, best_rank);
  }
  by_answer_ = usable >= kFewestAnswers;
  if (!by_answer_) {
    Candidates::Drawn drawn;
    candidates_.draw(context, 1, drawn);
    if (context.trace != nullptr) [[unlikely]] trace(context, nullptr, drawn[0]);
    return Pick::picked(drawn[0]);
  }
  const EndpointIndex picked = answers[best].endpoint;
  if (context.trace != nullptr) [[unlikely]] trace(context, &answers[best], picked);
  use(best);
  remove_some();
  return Pick::picked(picked);
}

void PrequalBalancer::use(std::size_t place) {
  const EndpointIndex endpoint = pool_.answers()[place].endpoint;
  if (--pool_.answers()[place].uses_left == 0) pool_.take_out(place);
  count_in_flight(endpoint, 1);
}

// `change` is added modulo 2^32.
inline void PrequalBalancer::count_in_flight(EndpointIndex endpoint, std::uint32_t change) {
  for (ProbeAnswer& answer : pool_.answers()) answer.in_flight += answer.endpoint == endpoint ? change : 0;
}

void PrequalBalancer::went_elsewhere(const EndpointSet&, const Pick& own, const Pick& real) {
  if (own.kind == Pick::Kind::picked && by_answer_) count_in_flight(own.endpoint, ~0u);
  if (real.kind == Pick::Kind::picked) count_in_flight(real.endpoint, 1);
}

void PrequalBalancer::remove_some() {
  for (std::size_t left = take_whole(removals_due_, config_.removals_per_call); left > 0 && !pool_.empty(); --left) {
    pool_.take_out(remove_worst_ ? worst() : 0);
    remove_worst_ = !remove_worst_;
  }
}

// The oldest one of equals.
std::size_t PrequalBalancer::worst() const {
  const std::span<const ProbeAnswer> answers = pool_.answers();
  std::size_t worst = 0;
  std::uint64_t worst_rank = rank(answers[0]);
  for (std::size_t place = 1; place < answers.size(); ++place) {
    const std::uint64_t its_rank = rank(answers[place]);
    worst = its_rank > worst_rank ? place : worst;
    worst_rank = std::max(its_rank, worst_rank);
  }
  return worst;
}

// Of the latest answer; 0 where none is in hand.
double PrequalBalancer::score(const EndpointSet&, EndpointIndex endpoint, Time) const {
  const std::span<const ProbeAnswer> answers = pool_.answers();
  const auto latest =
      std::find_if(answers.rbegin(), answers.rend(), [&](const ProbeAnswer& a) { return a.endpoint == endpoint; });
  return latest == answers.rend() ? 0 : score_of(*latest);
}

void PrequalBalancer::trace(const PickContext& context, const ProbeAnswer* winner, EndpointIndex picked) const {
  PickTrace& out = *context.trace;
  if (winner == nullptr) {
    return trace_uniform(context, picked, "prequal: fewer than two answers to probes: uniformly", out);
  }
  out.begin("prequal: cold with the lowest latency, else fewest in flight, of the answers to probes",
            score_meaning(context.endpoints));
  for (const ProbeAnswer& answer : pool_.answers()) {
    const auto hides = [&](const ProbeAnswer& other) {
      const bool earlier = &other < &answer;
      return other.endpoint == answer.endpoint &&
             (rank(other) < rank(answer) || (rank(other) == rank(answer) && earlier));
    };
    if (std::any_of(pool_.answers().begin(), pool_.answers().end(), hides)) continue;
    out.consider(answer.endpoint, score_of(answer), context.excludes(answer.endpoint));
  }
  out.pick(picked, score_of(*winner));
}

void PrequalBalancer::archive(StateArchive& archive, const EndpointSet& endpoints) {
  archive.value(version_);
  if (archive.loading() && version_ == endpoints.version()) fit_to(endpoints);
  for (double* due : {&probes_due_, &removals_due_, &uses_due_}) {
    archive.value(*due);
    archive.require(*due >= 0 && *due < 1);
  }
  archive.value(remove_worst_);
  in_flight_.archive(archive);
  pool_.archive(archive, config_.pool_size, [&](ProbeAnswer& answer) {
    archive.value(answer.endpoint);
    archive.value(answer.in_flight);
    archive.value(answer.uses_left);
    archive.value(answer.at);
    std::int64_t latency = answer.latency.count();
    archive.value(latency);
    answer.latency = Duration(latency);
    archive.require(answer.uses_left > 0 && latency >= 0 && answer.endpoint < endpoints.index_bound());
  });
}

}  // namespace meshtwin
