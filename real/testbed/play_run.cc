#include "real/testbed/play_run.h"

#include <pthread.h>

#include <algorithm>
#include <csignal>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "real/net/signals.h"
#include "real/net/socket.h"
#include "real/testbed/backend.h"
#include "real/testbed/cpu_time.h"
#include "real/testbed/load_generator.h"
#include "real/testbed/proxies.h"

namespace meshtwin {
namespace {

constexpr Duration kStartTime = std::chrono::seconds(15);   // of all proxies
constexpr Duration kLook = std::chrono::milliseconds(10);   // between looks at what they say
constexpr Duration kLead = std::chrono::milliseconds(200);  // from readiness to time zero
constexpr Duration kTick = std::chrono::milliseconds(250);
// After the last arrival calls are played out for as long as any of them ends now and then.
constexpr Duration kSilence = std::chrono::seconds(10);
constexpr Duration kLongestEnd = std::chrono::seconds(60);

// The generator's loop, and when it ends.
class Performance {
 public:
  Performance(const Scenario& scenario, const PlayOptions& options, Backend& backend, Proxies& proxies,
              std::int64_t origin_ns)
      : scenario_(scenario),
        options_(options),
        backend_(backend),
        proxies_(proxies),
        loop_(origin_ns),
        signals_(loop_, {SIGINT, SIGTERM}, [this](int) { interrupt(); }),
        generator_(loop_, scenario, {options.seed, proxies.addresses()}) {}

  Result<PlayedRun> run() {
    generator_.when_over([this] { loop_.stop(); });
    loop_.timers().arm(begin_, Time{});
    loop_.timers().arm(tick_, Time(kTick));
    generator_.start();
    loop_.run();
    stop_watch();
    run_.ended_at = loop_.clock_now();
    run_.seed = options_.seed;
    run_.generator = generator_.take();
    run_.backend = backend_.stop();
    if (problem_) return *problem_;
    return std::move(run_);
  }

 private:
  std::vector<CpuUse> cpu_now() const {
    std::vector<CpuUse> all = {{"the generator", thread_cpu_time(pthread_self()), false},
                               {"the backend", backend_.cpu_time(), false}};
    for (const ProxyProcess& proxy : proxies_.all()) {
      all.push_back({fmt::format("the proxy {}", proxy.name()), proxy.cpu_time(), true});
    }
    return all;
  }

  void begin(Time now) {
    begun_at_ = now;
    cpu_before_ = cpu_now();
  }
  void stop_watch() {
    if (!run_.cpu.empty() || cpu_before_.empty()) return;
    run_.cpu = cpu_now();
    for (std::size_t i = 0; i < run_.cpu.size(); ++i) run_.cpu[i].used -= cpu_before_[i].used;
    run_.observed = loop_.clock_now() - begun_at_;
  }

  void interrupt() {
    run_.interrupted = true;
    loop_.stop();
  }

  void tick(Time now) {
    const Time end(scenario_.duration);
    options_.on_progress(
        std::clamp(to_seconds(now.time_since_epoch()) / to_seconds(scenario_.duration), 0., 1.));
    problem_ = proxies_.problem();
    if (generator_.finished_calls() != finished_) {
      finished_ = generator_.finished_calls();
      finished_at_ = now;
    }
    if (now >= end) stop_watch();
    const bool quiet = now >= std::max(end, finished_at_) + kSilence;
    if (problem_ || quiet || now >= end + kLongestEnd) return loop_.stop();
    loop_.timers().arm(tick_, now + kTick);
  }

  const Scenario& scenario_;
  const PlayOptions& options_;
  Backend& backend_;
  Proxies& proxies_;
  EventLoop loop_;
  Signals signals_;
  LoadGenerator generator_;
  PlayedRun run_;
  std::optional<Error> problem_;
  std::vector<CpuUse> cpu_before_;
  Time begun_at_{};
  std::uint64_t finished_ = 0;
  Time finished_at_{};
  MemberTimer<Performance, &Performance::begin> begin_{*this};
  MemberTimer<Performance, &Performance::tick> tick_{*this};
};

// For those that have been started. False: interrupted.
Result<bool> wait_for(Proxies& proxies) {
  EventLoop loop;
  bool interrupted = false;
  const Signals signals(loop, {SIGINT, SIGTERM}, [&](int) { interrupted = true; });
  const Time limit = loop.now() + kStartTime;
  while (!interrupted && !proxies.are_ready()) {
    if (const auto problem = proxies.problem()) return *problem;
    if (loop.now() >= limit) return Error{"the proxies don't get ready"};
    loop.run_once(loop.now() + kLook);
  }
  return !interrupted;
}

}  // namespace

Result<PlayedRun> play_for_real(const Scenario& scenario, const PlayOptions& options) {
  allow_many_files();
  const Result<ScratchFolder> folder = ScratchFolder::make();
  if (!folder) return folder.error();
  Result<std::unique_ptr<Backend>> backend = Backend::open(scenario, {options.seed, true, 0});
  if (!backend) return backend.error();
  PlayedRun nothing;
  nothing.interrupted = true;
  Proxies proxies(scenario, options.seed, options.proxy, folder.value());
  // Those of the instances first: the clients' send to them.
  const Result<bool> inbound = proxies.start_inbound(backend.value()->addresses());
  if (!inbound) return inbound.error();
  const Result<bool> inbound_ready = wait_for(proxies);
  if (!inbound_ready) return inbound_ready.error();
  if (!inbound_ready.value()) return nothing;
  const Result<bool> outbound = proxies.start_outbound();
  if (!outbound) return outbound.error();
  const Result<bool> ready = wait_for(proxies);
  if (!ready) return ready.error();
  if (!ready.value()) return nothing;
  const std::int64_t origin_ns = monotonic_ns() + kLead.count();
  if (const auto serves = backend.value()->start(origin_ns); !serves) return serves.error();
  Result<PlayedRun> run = Performance(scenario, options, *backend.value(), proxies, origin_ns).run();
  if (!run) return run;
  Result<std::vector<ShadowCounts>> shadows = proxies.shadow_counts();
  if (shadows) {
    run.value().shadows = std::move(shadows).value();
  } else {
    run.value().warnings.push_back("what the shadow would have done is missing: " + shadows.error().message);
  }
  return run;
}

}  // namespace meshtwin
