#include "policies/placement/divided_balancer.h"

#include <algorithm>
#include <utility>

#include "core/state_archive.h"
#include "core/upstream/uniform_pick.h"

namespace meshtwin {
namespace {

constexpr std::size_t kArchivedPartsMax = std::size_t{1} << 16;

}  // namespace

DividedBalancer::DividedBalancer(std::unique_ptr<Division> division, BalancerFactory make)
    : division_(std::move(division)), make_(std::move(make)), sample_(make_()) {}

Part* DividedBalancer::part_of(EndpointIndex endpoint) const {
  const std::uint32_t place = endpoint < places_.size() ? places_[endpoint] : 0;
  return place == 0 ? nullptr : parts_[place - 1].get();
}

void DividedBalancer::on_start(Time now, const EndpointSet& endpoints, EndpointIndex endpoint) {
  refresh(endpoints);
  if (Part* part = part_of(endpoint)) part->on_start(now, endpoint);
}

void DividedBalancer::on_release(const EndpointSet&, EndpointIndex endpoint) {
  if (Part* part = part_of(endpoint)) part->on_release(endpoint);
}

void DividedBalancer::on_result(Time now, const EndpointSet&, const AttemptResult& result) {
  Part* part = part_of(result.endpoint);
  if (part != nullptr && part->balancer().learns()) part->balancer().on_result(now, part->endpoints(), result);
}

void DividedBalancer::on_report(Time now, const EndpointSet&, EndpointIndex endpoint, const LoadReport& report) {
  if (Part* part = part_of(endpoint)) part->balancer().on_report(now, part->endpoints(), endpoint, report);
}

// Parts keep their balancers, and what those have learnt, as far as their numbers go.
void DividedBalancer::refresh(const EndpointSet& endpoints) {
  if (version_ == endpoints.version()) return;
  version_ = endpoints.version();
  const std::vector<PartMembers> plan = division_->divide(endpoints);
  while (parts_.size() < plan.size()) parts_.push_back(std::make_unique<Part>(make_()));
  parts_.resize(plan.size());
  loads_.clear();
  places_.assign(endpoints.index_bound(), 0);
  for (std::size_t i = 0; i < plan.size(); ++i) {
    parts_[i]->assign(endpoints, plan[i].members, plan[i].all_eligible);
    loads_.push_back(plan[i].load);
    for (const EndpointIndex e : plan[i].members) places_[e] = static_cast<std::uint32_t>(i + 1);
  }
}

Part* DividedBalancer::draw(const PickContext& context) {
  refresh(context.endpoints);
  const auto loaded = std::count_if(loads_.begin(), loads_.end(), [](double load) { return load > 0; });
  if (loaded == 0) return nullptr;
  double point = loaded > 1 ? context.random.unit() : 0;
  std::size_t drawn = 0;
  for (std::size_t i = 0; i < loads_.size(); ++i) {
    if (loads_[i] <= 0) continue;
    drawn = i;
    if (point < loads_[i]) break;
    point -= loads_[i];
  }
  if (context.excluded.empty()) return parts_[drawn].get();
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    Part& part = *parts_[(drawn + i) % parts_.size()];
    if (!part.endpoints().eligible().empty() && allowed_count(part.within(context)) > 0) return &part;
  }
  return parts_[drawn].get();
}

Pick DividedBalancer::pick(const PickContext& context) {
  Part* part = draw(context);
  return part != nullptr && part->can_pick() ? part->balancer().pick(part->within(context)) : Pick::fail();
}

Pick DividedBalancer::pick_uniformly(const PickContext& context) {
  Part* part = draw(context);
  return part != nullptr && part->can_pick() ? part->balancer().pick_uniformly(part->within(context)) : Pick::fail();
}

// To its own part, a request that went to another one went nowhere.
void DividedBalancer::went_elsewhere(const EndpointSet&, const Pick& own, const Pick& real) {
  const auto part_for = [&](const Pick& pick) {
    return pick.kind == Pick::Kind::picked ? part_of(pick.endpoint) : nullptr;
  };
  Part* const meant = part_for(own);
  Part* const taken = part_for(real);
  if (meant != nullptr) {
    meant->balancer().went_elsewhere(meant->endpoints(), own, meant == taken ? real : Pick::fail());
  }
  if (taken != nullptr && taken != meant) taken->balancer().went_elsewhere(taken->endpoints(), Pick::fail(), real);
}

void DividedBalancer::choose_probes(const PickContext& context, std::vector<EndpointIndex>& targets) {
  Part* part = draw(context);
  if (part == nullptr || part->endpoints().eligible().empty()) return;
  part->balancer().choose_probes(part->within(context), targets);
}

double DividedBalancer::score(const EndpointSet&, EndpointIndex endpoint, Time now) const {
  const Part* part = part_of(endpoint);
  return part != nullptr ? part->balancer().score(part->endpoints(), endpoint, now) : 0;
}

ScoreMeaning DividedBalancer::score_meaning(const EndpointSet& endpoints) const {
  if (parts_.empty()) return sample_->score_meaning(endpoints);
  return parts_[0]->balancer().score_meaning(parts_[0]->endpoints());
}

void DividedBalancer::archive(StateArchive& archive, const EndpointSet& endpoints) {
  archive.value(version_);
  archive.list(loads_, kArchivedPartsMax, [&](double& load) {
    archive.value(load);
    archive.require(load >= 0 && load <= 2);
  });
  archive.list(places_, kArchivedEndpointsMax, [&](std::uint32_t& place) { archive.value(place); });
  if (archive.loading()) {
    parts_.clear();
    while (parts_.size() < loads_.size()) parts_.push_back(std::make_unique<Part>(make_()));
  }
  for (const auto& part : parts_) {
    part->archive(archive);
    if (archive.failed()) return;
    archive.require(part->endpoints().known() && part->endpoints().index_bound() <= endpoints.index_bound());
  }
  if (!archive.loading()) return;
  for (EndpointIndex e = 0; e < places_.size() && !archive.failed(); ++e) {
    archive.require(places_[e] <= parts_.size());
    if (archive.failed() || places_[e] == 0) continue;
    const EndpointSet& part = parts_[places_[e] - 1]->endpoints();
    archive.require(part.membership()->contains(e) && e < endpoints.index_bound());
    const bool current = version_ == endpoints.version();
    if (!archive.failed() && current) archive.require(part.active(e) == endpoints.active(e));
  }
}

}  // namespace meshtwin
