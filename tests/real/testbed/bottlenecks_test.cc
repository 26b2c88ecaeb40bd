#include "real/testbed/bottlenecks.h"

#include <catch2/catch.hpp>
#include <thread>

#include "tests/support/scenario_parts.h"

namespace meshtwin {
namespace {

PlayedRun quiet_run() {
  PlayedRun run;
  run.observed = std::chrono::seconds(10);
  run.generator.send_lateness.record(kMillisecond / 10, 100);
  run.backend.timer_lateness.record(kMillisecond / 10, 100);
  run.cpu = {{"the generator", std::chrono::seconds(1), false},
             {"the proxy web/0", std::chrono::seconds(1), true}};
  return run;
}

bool mentions(const std::vector<std::string>& warnings, const std::string& words) {
  return warnings.size() == 1 && warnings[0].find(words) != std::string::npos;
}

TEST_CASE("a machine with time to spare is not mentioned") {
  CHECK(bottlenecks(quiet_run(), 10 * kMillisecond).empty());
}

TEST_CASE("late sends and timers count against the latency that they are part of") {
  PlayedRun run = quiet_run();
  run.generator.send_lateness.record(3 * kMillisecond, 3);
  CHECK(mentions(bottlenecks(run, 10 * kMillisecond), "calls were sent after they were due (p99 3 ms"));
  CHECK(bottlenecks(run, 100 * kMillisecond).empty());
  run = quiet_run();
  run.backend.timer_lateness.record(3 * kMillisecond, 3);
  CHECK(mentions(bottlenecks(run, 10 * kMillisecond), "timers of service times went off late"));
}

TEST_CASE("whoever used up a processor is named") {
  PlayedRun run = quiet_run();
  run.cpu[1].used = std::chrono::seconds(9);
  const auto warnings = bottlenecks(run, kMillisecond);
  REQUIRE_FALSE(warnings.empty());
  CHECK(warnings[0].find("the proxy web/0 took 90 % of a processor") != std::string::npos);
}

TEST_CASE("so is a machine that was busy in all of its processors") {
  PlayedRun run = quiet_run();
  const unsigned processors = std::max(1U, std::thread::hardware_concurrency());
  run.cpu.clear();
  for (unsigned i = 0; i < 2 * processors; ++i)
    run.cpu.push_back({"it", std::chrono::milliseconds(4500), false});
  CHECK(mentions(bottlenecks(run, kMillisecond), "the run took 90 % of its"));
}

TEST_CASE("calls without a socket are mentioned with the limit that they met") {
  PlayedRun run = quiet_run();
  run.generator.refused_here = 2;
  CHECK(mentions(bottlenecks(run, kMillisecond),
                 "2 calls found no free socket; raise the limit of open files"));
}

}  // namespace
}  // namespace meshtwin
