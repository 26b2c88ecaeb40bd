#include "policies/balancers/aperture.h"

#include <algorithm>
#include <array>
#include <tuple>

#include "core/random/deterministic_math.h"
#include "core/state_archive.h"
#include "core/upstream/uniform_pick.h"

namespace meshtwin {

ApertureBalancer::ApertureBalancer(const ApertureConfig& config, std::uint64_t seed)
    : config_(config), seed_(seed), width_(config.min_size) {}

void ApertureBalancer::refresh(const EndpointSet& endpoints) {
  if (version_ == endpoints.version()) return;
  version_ = endpoints.version();
  using Ranked = std::tuple<bool, std::uint64_t, EndpointIndex>;
  std::vector<Ranked> ranked;
  for (const EndpointIndex e : endpoints.eligible()) {
    ranked.emplace_back(endpoints.weight(e) == 0, xxh64(endpoints.name(e), seed_), e);
  }
  std::sort(ranked.begin(), ranked.end());
  order_.clear();
  weightless_ = 0;
  for (const auto& [weightless, hash, endpoint] : ranked) {
    order_.push_back(endpoint);
    weightless_ += weightless ? 1 : 0;
  }
  if (weightless_ == order_.size()) weightless_ = 0;
}

void ApertureBalancer::adjust(Time now, std::uint64_t under_way) {
  const double age = static_cast<double>((now - at_).count()) / static_cast<double>(config_.smoothing.count());
  const double kept = meshtwin::exp(-age);
  average_ = average_ * kept + static_cast<double>(under_way_) * (1 - kept);
  at_ = now;
  under_way_ = under_way;
  const double load = average_ / static_cast<double>(width_);
  if (load >= config_.high_load) {
    width_ = std::min(width_ + 1, std::max<std::size_t>(order_.size(), config_.min_size));
  } else if (load <= config_.low_load && width_ > config_.min_size) {
    --width_;
  }
}

void ApertureBalancer::on_start(Time now, const EndpointSet& endpoints, EndpointIndex) {
  refresh(endpoints);
  adjust(now, endpoints.total_active() + 1);
}

void ApertureBalancer::on_result(Time now, const EndpointSet& endpoints, const AttemptResult&) {
  refresh(endpoints);
  adjust(now, endpoints.total_active());
}

double ApertureBalancer::score(const EndpointSet& endpoints, EndpointIndex endpoint, Time) const {
  const double cost = endpoints.active(endpoint) + 1.0;
  return endpoints.equal_weights() ? cost : cost / std::max(endpoints.weight(endpoint), 1u);
}

ScoreMeaning ApertureBalancer::score_meaning(const EndpointSet& endpoints) const {
  return {endpoints.equal_weights() ? "active + 1" : "(active + 1) / weight", ScoreOrder::lower_wins};
}

Pick ApertureBalancer::pick(const PickContext& context) {
  refresh(context.endpoints);
  const bool restricted = !context.excluded.empty() && allowed_count(context) > 0;
  const auto allowed = [&](EndpointIndex e) { return !restricted || !context.excludes(e); };
  // As many of the front as are allowed; further ones where the aperture is all excluded.
  std::size_t end = std::min(width_, order_.size() - weightless_);
  std::size_t count = end;
  if (restricted) {
    const auto front = order_.begin() + static_cast<std::ptrdiff_t>(end);
    count = static_cast<std::size_t>(std::count_if(order_.begin(), front, allowed));
    while (count == 0) count += allowed(order_[end++]) ? 1 : 0;
  }
  std::array<EndpointIndex, 2> drawn{};
  std::size_t taken = 0;
  while (taken < std::min<std::size_t>(2, count)) {
    const EndpointIndex e = order_[context.random.below(end)];
    if (allowed(e) && (taken == 0 || drawn[0] != e)) drawn[taken++] = e;
  }
  const auto cost = [&](EndpointIndex e) { return score(context.endpoints, e, context.now); };
  const EndpointIndex best = taken == 2 && cost(drawn[1]) < cost(drawn[0]) ? drawn[1] : drawn[0];
  if (context.trace != nullptr) [[unlikely]] {
    PickTrace& out = *context.trace;
    out.begin("aperture: fewest active requests of two drawn in the aperture", score_meaning(context.endpoints));
    for (std::size_t i = 0; i < taken; ++i) out.consider(drawn[i], cost(drawn[i]));
    trace_excluded(context, out, cost);
    out.pick(best, cost(best));
  }
  return Pick::picked(best);
}

void ApertureBalancer::archive(StateArchive& archive, const EndpointSet&) {
  archive.value(width_);
  const std::size_t widest = std::max<std::size_t>(kArchivedEndpointsMax, config_.min_size);
  archive.require(width_ >= config_.min_size && width_ <= widest);
  archive.value(average_);
  archive.require(average_ >= 0 && average_ < 1e18);
  archive.value(under_way_);
  archive.value(at_);
  if (archive.loading()) version_ = ~std::uint64_t{0};
}

}  // namespace meshtwin
