// Texts that the program wrote, compared with those that are kept in tests/cli/golden/.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <regex>
#include <string>

#include <catch2/catch.hpp>

#include "tests/support/program.h"

namespace meshtwin {

// What differs between two runs of the same: the wall clock.
inline std::string without_wall_clock(const std::string& text) {
  const std::string report = std::regex_replace(text, std::regex("events in [0-9.]+ s"), "events in # s");
  return std::regex_replace(report, std::regex("\"wall_seconds\": [-+0-9.e]+"), "\"wall_seconds\": 0");
}

// MESHTWIN_UPDATE_GOLDEN=1 in the environment writes the files anew; review what changed in them.
inline void check_golden(const std::string& name, const std::string& text) {
  const std::filesystem::path file = std::filesystem::path("tests/cli/golden") / name;
  const std::string masked = without_wall_clock(text);
  const char* update = std::getenv("MESHTWIN_UPDATE_GOLDEN");
  if (update != nullptr && std::string(update) == "1") std::ofstream(file, std::ios::binary) << masked;
  INFO(file << "; MESHTWIN_UPDATE_GOLDEN=1 writes it anew");
  CHECK(text_of_file(file) == masked);
}

}  // namespace meshtwin
