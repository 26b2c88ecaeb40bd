// What a replay found, for people and as JSON.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/config/scenario.h"
#include "core/journal/replay.h"
#include "sim/cli/journal_files.h"
#include "sim/cli/terminal.h"

namespace meshtwin {

struct ReplaySummary {
  std::vector<ReplayReport> workers;
  std::vector<std::string> unfinished;  // files that end before their header does
  std::vector<DamagedFile> damaged;
  std::string first_file;               // of the first divergence
  double wall_seconds = 0;
  std::optional<ServicePolicy> other;  // that was asked as well
  std::string other_file;

  std::uint64_t segments() const;  // replayed up to their end
  std::uint64_t divergences() const;
  // Whether all is there that was recorded, from the first segment on.
  bool whole() const;
};

// On one screen: what there was, what came out otherwise, and the first case of it.
std::string report(const ReplaySummary& summary, const Paint& paint, std::size_t width);
nlohmann::ordered_json replay_document(const ReplaySummary& summary);

}  // namespace meshtwin
