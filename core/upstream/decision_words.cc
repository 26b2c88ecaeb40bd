#include "core/upstream/decision_words.h"

#include <array>
#include <cstddef>

namespace meshtwin {

std::string_view name(Pick::Kind kind) {
  constexpr std::array<std::string_view, 4> kNames{"picked", "queue", "fail", "drop"};
  return kNames[static_cast<std::size_t>(kind)];
}

std::string_view name(ScoreOrder order) {
  constexpr std::array<std::string_view, 3> kNames{"lower_wins", "higher_wins", "drawn"};
  return kNames[static_cast<std::size_t>(order)];
}

}  // namespace meshtwin
