#include "policies/placement/localities.h"

#include <algorithm>
#include <map>

namespace meshtwin {
namespace {

struct Place {
  PartMembers part;
  std::size_t eligible = 0;
  double weight = 0;

  double health(double overprovisioning) const {
    const double part_eligible = static_cast<double>(eligible) / static_cast<double>(part.members.size());
    return std::min(1.0, overprovisioning * part_eligible);
  }
};

}  // namespace

std::vector<PartMembers> Localities::divide(const EndpointSet& endpoints) const {
  const Membership& membership = *endpoints.membership();
  std::map<LocalityIndex, Place> places;
  for (const EndpointIndex e : membership.endpoints()) {
    Place& place = places[membership.locality(e)];
    place.part.members.push_back(e);
    place.eligible += endpoints.is_eligible(e) ? 1 : 0;
    place.weight += membership.weight(e);
  }
  double total = 0;
  for (auto& [locality, place] : places) {
    if (place.weight == 0) place.weight = 1e-9;  // used where the others have nobody
    place.part.load = place.weight * place.health(config_.overprovisioning);
    total += place.part.load;
  }
  const auto own = places.find(endpoints.own_locality());
  const bool prefers_own = config_.prefer == LocalityConfig::Prefer::local && own != places.end();
  const double others = total - (prefers_own ? own->second.part.load : 0);
  const double own_health = prefers_own ? own->second.health(config_.overprovisioning) : 0;
  const double own_load = prefers_own && others <= 0 && own_health > 0 ? 1 : own_health;
  std::vector<PartMembers> parts;
  for (auto& [locality, place] : places) {
    const bool is_own = prefers_own && locality == own->first;
    place.part.load = is_own ? own_load : others > 0 ? (1 - own_load) * place.part.load / others : 0;
    parts.push_back(std::move(place.part));
  }
  return parts;
}

}  // namespace meshtwin
