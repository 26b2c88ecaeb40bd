#include "real/testbed/bottlenecks.h"

#include <algorithm>
#include <thread>

#include <fmt/format.h>

namespace meshtwin {
namespace {

constexpr double kBusy = 0.85;  // of a processor, and of all of them
constexpr Duration kLate = std::chrono::milliseconds(1);
constexpr double kLateOfLatency = 0.05;  // the same as a share of the median latency

std::string milliseconds(Duration d) { return fmt::format("{:.2g} ms", to_milliseconds(d)); }

void look_at_lateness(const char* what, const Histogram& lateness, Duration p50,
                      std::vector<std::string>& out) {
  const Duration p99 = lateness.quantile(.99);
  if (p99 <= std::max(kLate, rounded_duration(static_cast<double>(p50.count()) * kLateOfLatency))) return;
  out.push_back(
      fmt::format("The machine was late: {} (p99 {}, median latency {}); give a lower load, or a quieter "
                  "or larger machine.",
                  what, milliseconds(p99), milliseconds(p50)));
}

void look_at_processors(const PlayedRun& run, std::vector<std::string>& out) {
  if (run.observed <= Duration::zero()) return;
  const double processors = std::max(1U, std::thread::hardware_concurrency());
  double all = 0;
  for (const CpuUse& use : run.cpu) {
    const double share = to_seconds(use.used) / to_seconds(run.observed);
    all += share;
    if (share <= kBusy) continue;
    out.push_back(
        fmt::format("The machine was the bottleneck: {} took {:.0f} % of a processor; give a lower load.",
                    use.who, share * 100));
  }
  if (all <= kBusy * processors) return;
  out.push_back(
      fmt::format("The machine was the bottleneck: the run took {:.0f} % of its {:.0f} processors; give a "
                  "lower load, or a larger machine.",
                  all / processors * 100, processors));
}

}  // namespace

std::vector<std::string> bottlenecks(const PlayedRun& run, Duration p50) {
  std::vector<std::string> out;
  look_at_lateness("calls were sent after they were due", run.generator.send_lateness, p50, out);
  look_at_lateness("timers of service times went off late", run.backend.timer_lateness, p50, out);
  look_at_processors(run, out);
  if (run.generator.refused_here > 0) {
    out.push_back(
        fmt::format("The machine was the bottleneck: {} calls found no free socket; raise the limit of open "
                    "files (ulimit -n).",
                    run.generator.refused_here));
  }
  return out;
}

}  // namespace meshtwin
