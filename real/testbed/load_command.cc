// `meshtwin-testbed load`: calls on schedule to one address, and a report.
#include <pthread.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include <fmt/format.h>

#include "core/config/units.h"
#include "real/net/signals.h"
#include "real/testbed/bottlenecks.h"
#include "real/testbed/commands.h"
#include "real/testbed/cpu_time.h"
#include "real/testbed/load_generator.h"
#include "real/testbed/plain_scenario.h"
#include "real/testbed/playable.h"

namespace meshtwin {
namespace {

constexpr Duration kPatience = std::chrono::seconds(10);  // with calls that are open after the last arrival

struct LoadFlags {
  std::string to;
  PlainLoad load;
  std::uint64_t request_bytes = 0;
  std::uint64_t seed = 1;
  bool even = false;
};

std::string milliseconds(Duration d) { return fmt::format("{:.3f} ms", to_milliseconds(d)); }

void print_quantiles(const char* what, const Histogram& histogram) {
  if (histogram.count() == 0) return;
  fmt::print("{:<10} mean {}", what, milliseconds(histogram.mean()));
  for (const auto& [label, q] :
       {std::pair("p50", .5), std::pair("p90", .9), std::pair("p99", .99), std::pair("p99.9", .999)}) {
    fmt::print("  {} {}", label, milliseconds(histogram.quantile(q)));
  }
  fmt::print("  max {}\n", milliseconds(histogram.max()));
}

void report(const PlayedRun& run, Duration duration) {
  Histogram latency;
  std::map<std::string, std::uint64_t> ends;
  for (const SentCall& call : run.generator.calls) {
    if (!call.finished()) {
      ++ends["unfinished"];
      continue;
    }
    latency.record(call.done - call.due);
    const bool answered =
        call.report.outcome == FailureKind::none || call.report.outcome == FailureKind::error_5xx;
    ++ends[answered ? std::to_string(call.status) : std::string(name(call.report.outcome))];
  }
  const double seconds = std::min(to_seconds(duration), to_seconds(run.ended_at.time_since_epoch()));
  fmt::print("calls      {} in {:.2f} s, {:.1f}/s over {} connections\n", run.generator.calls.size(), seconds,
             static_cast<double>(run.generator.calls.size()) / seconds, run.generator.connections);
  fmt::print("ends       ");
  for (const auto& [end, count] : ends) fmt::print(" {}: {} ", end, count);
  fmt::print("\n");
  print_quantiles("latency", latency);
  print_quantiles("late by", run.generator.send_lateness);
  for (const std::string& warning : bottlenecks(run, latency.quantile(.5))) fmt::print("{}\n", warning);
}

int load(const LoadFlags& flags) {
  const Result<Address> to = Address::parse(flags.to);
  if (!to) return bad_input(fmt::format("--to {}: {}", flags.to, to.error().message));
  if (!to.value().is_loopback()) {
    return bad_input(
        fmt::format("--to {}: load is for loopback addresses alone, such as 127.0.0.1:8080", flags.to));
  }
  PlainLoad plan = flags.load;
  plan.poisson = !flags.even;
  Result<Scenario> scenario = plain_scenario({}, plan);
  if (!scenario) return bad_input(scenario.error().message);
  scenario.value().services.front().request_bytes = flags.request_bytes;
  if (const auto playable = check_playable(scenario.value(), "options"); !playable) {
    return bad_input(playable.error().message);
  }
  const Duration duration = scenario.value().duration;
  EventLoop loop(monotonic_ns() + Duration(std::chrono::milliseconds(50)).count());
  PlayedRun run;
  const Signals signals(loop, {SIGINT, SIGTERM}, [&](int) {
    run.interrupted = true;
    loop.stop();
  });
  LoadGenerator generator(loop, scenario.value(), {flags.seed, {{to.value()}}});
  generator.when_over([&] { loop.stop(); });
  const Duration cpu_before = thread_cpu_time(pthread_self());
  struct Limit final : Timer {
    explicit Limit(EventLoop& of) : loop(of) {}
    void on_timer(Time) override { loop.stop(); }
    EventLoop& loop;
  } limit(loop);
  loop.timers().arm(limit, Time(duration + kPatience));
  generator.start();
  loop.run();
  run.ended_at = loop.clock_now();
  run.observed = run.ended_at.time_since_epoch();
  run.cpu = {{"the generator", thread_cpu_time(pthread_self()) - cpu_before, false}};
  run.generator = generator.take();
  report(run, duration);
  return run.interrupted ? kInterrupted : 0;
}

}  // namespace

void add_load_command(CLI::App& app, int& exit_code) {
  auto flags = std::make_shared<LoadFlags>();
  CLI::App* command =
      app.add_subcommand("load", "Call an address on schedule, whatever becomes of earlier calls");
  command->add_option("--to", flags->to, "Who is called")->required()->option_text("IP:PORT");
  command->add_option("--rate", flags->load.rate, "Calls a second (default: 100)")->option_text("N");
  command->add_option("--duration", flags->load.duration, "How long (default: 10s)")->option_text("DURATION");
  command->add_flag("--even", flags->even, "Evenly spaced calls in place of a Poisson process");
  command->add_option("--request-bytes", flags->request_bytes, "Of a request's body (default: 0)")
      ->option_text("N");
  command->add_option("--seed", flags->seed, "Of the arrivals (default: 1)")->option_text("N");
  command->footer("Example: meshtwin-testbed load --to 127.0.0.1:8080 --rate 500 --duration 10s");
  command->callback([flags, &exit_code] { exit_code = load(*flags); });
}

}  // namespace meshtwin
