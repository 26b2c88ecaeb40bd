// A scenario for real, once: backends, a proxy for each sidecar, and a generator, on free loopback ports.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>

#include "core/config/scenario.h"
#include "core/result.h"
#include "real/testbed/records.h"

namespace meshtwin {

struct PlayOptions {
  std::uint64_t seed = 1;
  std::filesystem::path proxy;  // the program
  std::function<void(double share)> on_progress = [](double) {};
};

// Takes the scenario's duration and what calls under way then need. Ends early at SIGINT and SIGTERM, which
// are blocked from then on, with `interrupted` and what had happened. Everything that it starts has ended
// when it returns. The scenario is one that check_playable lets pass.
Result<PlayedRun> play_for_real(const Scenario& scenario, const PlayOptions& options);

}  // namespace meshtwin
