#include "policies/placement/priority_levels.h"

#include <algorithm>
#include <array>

namespace meshtwin {
namespace {

struct Level {
  PartMembers part;
  std::size_t eligible = 0;
  std::size_t usable = 0;  // in panic
  double health = 0;

  double eligible_part() const { return static_cast<double>(eligible) / static_cast<double>(part.members.size()); }
};

std::vector<Level> levels_of(const EndpointSet& endpoints, double overprovisioning) {
  std::array<Level, 256> by_priority;
  const Membership& membership = *endpoints.membership();
  for (const EndpointIndex e : membership.endpoints()) {
    Level& level = by_priority[membership.priority(e)];
    level.part.members.push_back(e);
    level.eligible += endpoints.is_eligible(e) ? 1 : 0;
    level.usable += membership.draining(e) ? 0 : 1;
  }
  std::vector<Level> levels;
  for (Level& level : by_priority) {
    if (level.part.members.empty()) continue;
    level.health = std::min(1.0, overprovisioning * level.eligible_part());
    levels.push_back(std::move(level));
  }
  return levels;
}

}  // namespace

std::vector<PartMembers> PriorityLevels::divide(const EndpointSet& endpoints) const {
  std::vector<Level> levels = levels_of(endpoints, config_.overprovisioning);
  double total = 0;
  for (const Level& level : levels) total += level.health;
  const double scale = total > 0 && total < 1 ? 1 / total : 1;
  double left = 1;
  for (Level& level : levels) {
    level.part.load = std::min(left, level.health * scale);
    left -= level.part.load;
    const bool panics = total < 1 && level.eligible_part() < config_.panic_threshold && level.usable > 0;
    level.part.all_eligible = panics && level.part.load > 0;
  }
  if (total <= 0 && panics()) {
    const auto first = std::find_if(levels.begin(), levels.end(), [](const Level& level) { return level.usable > 0; });
    if (first != levels.end()) {
      first->part.load = 1;
      first->part.all_eligible = true;
    }
  }
  std::vector<PartMembers> parts;
  for (Level& level : levels) parts.push_back(std::move(level.part));
  return parts;
}

}  // namespace meshtwin
