// What of memory comes into the processor at a time.
#pragma once

#include <cstddef>

namespace meshtwin {

// Objects of which many are touched in random order begin on such a boundary, so that they take the fewest
// lines. Fixed, since std::hardware_destructive_interference_size may differ between compilers' settings.
inline constexpr std::size_t kCacheLine = 64;

}  // namespace meshtwin
