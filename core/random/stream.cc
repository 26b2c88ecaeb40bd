#include "core/random/stream.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace meshtwin {

std::uint64_t xxh64(std::string_view text, std::uint64_t seed) { return XXH64(text.data(), text.size(), seed); }

std::uint64_t stream_seed(std::uint64_t run_seed, std::string_view name) {
  return xxh64(name, run_seed);
}

}  // namespace meshtwin
