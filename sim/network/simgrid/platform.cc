#include "sim/network/simgrid/platform.h"

#include <algorithm>
#include <cmath>
#include <exception>

#include <fmt/format.h>

#include "sim/network/simgrid/engine_setup.h"

namespace meshtwin {
namespace {

Result<bool> check_factor(const char* name, double value) {
  if (std::isfinite(value) && value > 0) return true;
  return Error{fmt::format("$.network.{}: {} isn't a factor; give a number above 0", name, value)};
}

}  // namespace

Result<Platform> make_platform(const SimgridNetwork& network) {
  for (const auto& checked : {check_factor("latency_factor", network.latency_factor),
                              check_factor("bandwidth_factor", network.bandwidth_factor)}) {
    if (!checked) return checked.error();
  }
  Platform platform;
  platform.file = network.platform_file;
  try {
    platform.engine = make_engine(network.latency_factor, network.bandwidth_factor);
    const Result<bool> made = network.platform_file.empty()
                                  ? build_zones(network, platform)
                                  : load_platform_file(network.platform_file, platform);
    if (!made) return made.error();
    platform.engine->seal_platform();
  } catch (const std::exception& problem) {
    std::string words = problem.what();
    std::replace(words.begin(), words.end(), '\n', ' ');
    return Error{
        fmt::format("$.network.platform: {}{}{}", platform.file, platform.file.empty() ? "" : ": ", words)};
  }
  return platform;
}

}  // namespace meshtwin
