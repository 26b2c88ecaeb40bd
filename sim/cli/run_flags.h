// Options that the commands which simulate have in common.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "core/config/scenario.h"
#include "core/result.h"

namespace meshtwin {

struct RunFlags {
  std::optional<std::uint64_t> seed;
  std::optional<std::uint32_t> replications;
  std::vector<std::string> set;
  unsigned threads = 0;
  bool json = false;
};

void add_run_flags(CLI::App& command, RunFlags& flags);

// The scenario in `path` with what the flags change.
Result<Scenario> load_with_flags(const std::string& path, const RunFlags& flags);

}  // namespace meshtwin
