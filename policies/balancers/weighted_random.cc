#include "policies/balancers/weighted_random.h"

#include "core/upstream/uniform_pick.h"

namespace meshtwin {
namespace {

// Weight that is left for a pick once the excluded endpoints are out.
std::uint64_t allowed_weight(const PickContext& context) {
  std::uint64_t sum = 0;
  for (const EndpointIndex e : context.endpoints.eligible()) {
    if (!context.excludes(e)) sum += context.endpoints.weight(e);
  }
  return sum;
}

// Linear, for the rare pick that excludes endpoints.
EndpointIndex draw_allowed(const PickContext& context, std::uint64_t sum) {
  std::uint64_t left = context.random.below(sum);
  for (const EndpointIndex e : context.endpoints.eligible()) {
    if (context.excludes(e)) continue;
    const std::uint64_t weight = context.endpoints.weight(e);
    if (left < weight) return e;
    left -= weight;
  }
  return context.endpoints.eligible().back();
}

constexpr std::string_view kUniformRule = "weighted_random: uniformly, since no weight is left";

void trace_draw(const PickContext& context, EndpointIndex picked, double weight_sum) {
  PickTrace& trace = *context.trace;
  if (weight_sum == 0) return trace_uniform(context, picked, kUniformRule, trace);
  trace.begin("weighted_random: in proportion to weights", {"chance", ScoreOrder::drawn});
  trace.pick(picked, context.endpoints.weight(picked) / weight_sum);
  trace_excluded(context, trace, [](EndpointIndex) { return 0.0; });
}

double weight_of_all(const EndpointSet& endpoints) {
  double sum = 0;
  for (const EndpointIndex e : endpoints.eligible()) sum += endpoints.weight(e);
  return sum;
}

}  // namespace

Pick WeightedRandomBalancer::pick(const PickContext& context) {
  if (!context.excluded.empty() && allowed_count(context) > 0) {
    const std::uint64_t sum = allowed_weight(context);
    const EndpointIndex picked = sum > 0 ? draw_allowed(context, sum) : pick_uniform(context);
    if (context.trace != nullptr) trace_draw(context, picked, static_cast<double>(sum));
    return Pick::picked(picked);
  }
  if (version_ != context.endpoints.version()) rebuild(context.endpoints);
  const EndpointIndex picked = draw(context.random);
  if (context.trace != nullptr) trace_draw(context, picked, weight_sum_);
  return Pick::picked(picked);
}

double WeightedRandomBalancer::score(const EndpointSet& endpoints, EndpointIndex endpoint, Time) const {
  if (!endpoints.is_eligible(endpoint)) return 0;
  const double sum = version_ == endpoints.version() ? weight_sum_ : weight_of_all(endpoints);
  return sum > 0 ? endpoints.weight(endpoint) / sum : 1.0 / static_cast<double>(endpoints.eligible().size());
}

EndpointIndex WeightedRandomBalancer::draw(RandomStream& random) const {
  const Column& column = columns_[random.below(columns_.size())];
  return random.unit() < column.share ? column.own : column.alias;
}

void WeightedRandomBalancer::rebuild(const EndpointSet& endpoints) {
  version_ = endpoints.version();
  const auto eligible = endpoints.eligible();
  const double sum = weight_sum_ = weight_of_all(endpoints);
  columns_.assign(eligible.size(), Column{});
  std::vector<std::size_t> small;
  std::vector<std::size_t> large;
  for (std::size_t i = 0; i < eligible.size(); ++i) {
    const double scaled =
        sum > 0 ? endpoints.weight(eligible[i]) * static_cast<double>(eligible.size()) / sum : 1;
    columns_[i] = Column{scaled, eligible[i], eligible[i]};
    (scaled < 1 ? small : large).push_back(i);
  }
  while (!small.empty() && !large.empty()) {
    const std::size_t low = small.back();
    const std::size_t high = large.back();
    small.pop_back();
    columns_[low].alias = eligible[high];
    columns_[high].share -= 1 - columns_[low].share;
    if (columns_[high].share < 1) {
      large.pop_back();
      small.push_back(high);
    }
  }
  // What rounding left over stands for itself alone, unless it has no weight to be picked by.
  for (const std::size_t i : small) {
    if (columns_[i].share > 0.5) columns_[i].share = 1;
  }
}

}  // namespace meshtwin
