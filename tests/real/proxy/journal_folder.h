// What tests do with a journal's folder.
#pragma once

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdint>
#include <future>
#include <string>

#include "real/proxy/journal_files.h"
#include "tests/support/program.h"

namespace meshtwin {

inline JournalConfig journal_in(const TemporaryFolder& folder, std::uint64_t bytes_max) {
  JournalConfig out;
  out.folder = folder / "";
  out.bytes_max = bytes_max;
  return out;
}

// Hands a chunk with `text` over.
inline void put(JournalFileSink& sink, const std::string& text, std::uint64_t segment) {
  const std::span<std::byte> chunk = sink.take();
  REQUIRE(chunk.size() >= text.size());
  std::copy(text.begin(), text.end(), reinterpret_cast<char*>(chunk.data()));
  sink.put(text.size(), segment);
}

// Until the writer has done what it was given.
inline void wait_for(BackgroundWriter& writer) {
  std::promise<void> done;
  writer.run([&] { done.set_value(); });
  done.get_future().wait();
}

}  // namespace meshtwin
