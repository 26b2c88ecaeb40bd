// What fuzz targets share: demands that end the program, and bytes that steer how the rest is used.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace meshtwin {

inline void demand(bool fine, const char* what, std::string_view detail = "") {
  if (fine) return;
  std::fprintf(stderr, "demanded: %s %.*s\n", what, static_cast<int>(detail.size()), detail.data());
  std::abort();
}

inline void demand_equal(const std::string& a, const std::string& b, const char* what) {
  demand(a == b, what, "\n" + a + "\nand\n" + b);
}

// The first byte says how, the rest is the message.
struct FuzzInput {
  std::uint8_t steering = 0;
  std::string_view bytes;

  FuzzInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return;
    steering = data[0];
    bytes = {reinterpret_cast<const char*>(data) + 1, size - 1};
  }
};

// Cuts in rising order: at every byte of short ones, else after steps that `steering` gives.
inline std::vector<std::size_t> cuts_of(std::string_view bytes, std::uint8_t steering) {
  std::vector<std::size_t> cuts;
  std::uint32_t step =
      steering % 16u == 0 && bytes.size() < 300 ? 1 : steering / 16u * 9u + steering % 16u + 1;
  if (steering % 16u != 0) step += static_cast<std::uint32_t>(bytes.size() / 16);
  for (std::size_t at = step; at < bytes.size(); at += step) cuts.push_back(at);
  return cuts;
}

}  // namespace meshtwin
