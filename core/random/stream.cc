#include "core/random/stream.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace meshtwin {

std::uint64_t stream_seed(std::uint64_t run_seed, std::string_view name) {
  return XXH64(name.data(), name.size(), run_seed);
}

}  // namespace meshtwin
