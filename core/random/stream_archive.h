// The state of a random stream as bytes.
#pragma once

#include <algorithm>
#include <cstdint>

#include "core/random/stream.h"
#include "core/state_archive.h"

namespace meshtwin {

inline void archive_stream(StateArchive& archive, RandomStream& stream) {
  RandomStream::State state = stream.state();
  for (std::uint64_t& word : state) archive.word(word);
  archive.require(std::any_of(state.begin(), state.end(), [](std::uint64_t word) { return word != 0; }));
  if (archive.loading() && !archive.failed()) stream = RandomStream::from_state(state);
}

}  // namespace meshtwin
