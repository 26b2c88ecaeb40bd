// Section 10: a system that can't leave its overload by itself.
#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "sim/validation/parts.h"

namespace meshtwin {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr const char* kSource = "Bronson et al., HotOS 2021";
constexpr double kOffered = 280;  // requests a second, of 300 that can be served

// What happens to it before the last 200 s, which are measured.
struct Story {
  std::string name;
  bool outage = true;                       // of ten seconds, from second 20 on
  double lowered_to = kOffered;             // requests a second from second 32 on
  std::optional<double> retries = std::nullopt;  // at most so many a second; none: one for each failure
  Duration warmup = seconds(400);
};

// Servers serve to the end what their callers have given up; callers give up after a second, and try once more.
Experiment metastable(const Story& story) {
  Experiment out;
  out.section = "10 metastable failure";
  out.name = fmt::format("{:g} requests/s at 300, one retry after 1 s, {}", kOffered, story.name);
  ServiceConfig service = servers(1, 3, Distribution::exponential(milliseconds(10)));
  service.on_cancel = OnCancel::finish;
  out.scenario.services = {service};
  out.scenario.policies.resize(1);
  PolicyConfig& policy = policy_of(out.scenario);
  policy.balancer = RandomConfig{};
  policy.retry.max_attempts = 2;
  policy.retry.on = RetryOn::timeout;
  policy.retry.per_try_timeout = seconds(1);
  if (story.retries) policy.retry.budget = WindowRetryBudget{0, *story.retries};
  out.scenario.clients.resize(1);
  out.scenario.clients[0].name = "client";
  out.scenario.clients[0].arrivals =
      VaryingArrivals{false, {{Time{}, kOffered}, {Time(seconds(32)), story.lowered_to}}};
  out.scenario.warmup = story.warmup;
  out.scenario.duration = story.warmup + seconds(200);
  if (story.outage) out.scenario.faults.push_back({Time(seconds(20)), seconds(10), 0, {}, SlowFault{1000}});
  out.replications = 4;
  out.scales = false;
  return out;
}

// Stuck, nothing is answered in time; out of it everything is. A hundredth is room for chance: a call that meets a
// queue of a second is rare at the load of 280, not impossible.
Experiment ends(const Story& story, bool stuck, double attempts) {
  Experiment out = metastable(story);
  const double rate = story.lowered_to;
  out.checks = {{"share of requests that succeed", kSource, ReferenceKind::published, stuck ? 0.0 : 1.0, .01,
                 share_succeeded, Relation::each_equals},
                {"attempts a second", kSource, ReferenceKind::published, attempts, attempts * .02,
                 [rate](std::span<const Replication> runs) { return rate * attempts_per_request(runs); },
                 Relation::each_equals}};
  return out;
}

}  // namespace

std::vector<Experiment> metastable_experiments() {
  // Held to r retries a second, 280 + r places a second are asked for where there are 300: it is stuck above 20, and
  // below it the queue goes down by 20 - r a second. Close to 20 that takes hours, hence 10.
  return {ends({.name = "no outage", .outage = false, .warmup = seconds(100)}, false, kOffered),
          ends({.name = "long after an outage of 10 s"}, true, 2 * kOffered),
          ends({.name = "lowered to 160 after an outage of 10 s", .lowered_to = 160}, true, 320),
          ends({.name = "lowered to 140 after an outage of 10 s", .lowered_to = 140, .warmup = seconds(800)}, false, 140),
          ends({.name = "retries held to 25/s, long after an outage of 10 s", .retries = 25}, true, kOffered + 25),
          ends({.name = "retries held to 10/s, long after an outage of 10 s", .retries = 10, .warmup = seconds(1200)},
               false, kOffered)};
}

}  // namespace meshtwin
