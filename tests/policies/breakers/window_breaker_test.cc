#include "policies/breakers/window_breaker.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "core/random/stream.h"

namespace meshtwin {
namespace {

using std::chrono::milliseconds;

constexpr Time at(std::int64_t ms) { return Time(milliseconds(ms)); }

// Two failures within 100 ms are allowed, the third opens for 50 ms; then two probes.
WindowBreakerConfig config() {
  return {milliseconds(100), 2, milliseconds(50), 2, WindowBreakerConfig::Scope::service};
}

const char* word(Breaker::State state) {
  switch (state) {
    case Breaker::State::closed:
      return "closed";
    case Breaker::State::open:
      return "open";
    case Breaker::State::half_open:
      return "half_open";
  }
  return "?";
}

std::string describe(WindowBreaker& breaker, Time now) {
  return std::string(word(breaker.state(now))) + (breaker.admits(now) ? " admits" : " rejects");
}

void fail(WindowBreaker& breaker, Time now, int times) {
  for (int i = 0; i < times; ++i) breaker.on_finish(now, breaker.on_start(now), Verdict::failure);
}

// The states of the table, each with what distinguishes it, and the tickets that are out in it.
struct Situation {
  std::string title;
  WindowBreaker breaker{config()};
  Time now = at(10);
  std::uint32_t current = 0;  // of an attempt started in this state
  std::uint32_t stale = 0;    // of an attempt started in an earlier one
};

std::vector<Situation> situations() {
  std::vector<Situation> all;
  const auto add = [&](const char* title, auto&& prepare) {
    Situation s{title};
    s.stale = s.breaker.on_start(at(0));
    prepare(s);
    all.push_back(s);
  };
  const auto open = [](Situation& s) { fail(s.breaker, at(10), 3); };
  const auto half_open = [open](Situation& s) {
    open(s);
    s.now = at(60);
    s.breaker.admits(s.now);
  };
  // A closed breaker that was open before, so that a stale ticket exists there too.
  const auto reclosed = [half_open](Situation& s, int failures) {
    half_open(s);
    for (int i = 0; i < 2; ++i) s.breaker.on_finish(s.now, s.breaker.on_start(s.now), Verdict::success);
    fail(s.breaker, s.now, failures);
    s.current = s.breaker.on_start(s.now);
  };
  add("closed, no failure", [&](Situation& s) { reclosed(s, 0); });
  add("closed, one short of the limit", [&](Situation& s) { reclosed(s, 1); });
  add("closed, at the limit", [&](Situation& s) { reclosed(s, 2); });
  add("open", [&](Situation& s) {
    open(s);
    s.current = s.breaker.on_start(s.now);
  });
  add("half_open, a probe out", [&](Situation& s) {
    half_open(s);
    s.current = s.breaker.on_start(s.now);
  });
  add("half_open, all probes out", [&](Situation& s) {
    half_open(s);
    s.breaker.on_start(s.now);
    s.current = s.breaker.on_start(s.now);
  });
  add("half_open, the last probe out", [&](Situation& s) {
    half_open(s);
    s.breaker.on_finish(s.now, s.breaker.on_start(s.now), Verdict::success);
    s.current = s.breaker.on_start(s.now);
  });
  return all;
}

TEST_CASE("The window breaker's transition table") {
  std::ostringstream table;
  for (const Situation& start : situations()) {
    Situation quiet = start;
    table << start.title << " -> " << describe(quiet.breaker, quiet.now) << '\n';
    const auto row = [&](const char* event, auto&& apply) {
      Situation s = start;
      apply(s);
      table << "  " << event << " -> " << describe(s.breaker, s.now) << '\n';
    };
    const auto finish = [](Verdict verdict, bool stale) {
      return [=](Situation& s) { s.breaker.on_finish(s.now, stale ? s.stale : s.current, verdict); };
    };
    row("success", finish(Verdict::success, false));
    row("failure", finish(Verdict::failure, false));
    row("cancelled", finish(Verdict::cancelled, false));
    row("stale success", finish(Verdict::success, true));
    row("stale failure", finish(Verdict::failure, true));
    row("stale cancelled", finish(Verdict::cancelled, true));
    row("start", [](Situation& s) { s.breaker.on_start(s.now); });
    row("49.999999 ms", [](Situation& s) { s.now += milliseconds(50) - Duration(1); });
    row("50 ms", [](Situation& s) { s.now += milliseconds(50); });
  }
  CHECK(table.str() ==
        R"(closed, no failure -> closed admits
  success -> closed admits
  failure -> closed admits
  cancelled -> closed admits
  stale success -> closed admits
  stale failure -> closed admits
  stale cancelled -> closed admits
  start -> closed admits
  49.999999 ms -> closed admits
  50 ms -> closed admits
closed, one short of the limit -> closed admits
  success -> closed admits
  failure -> closed admits
  cancelled -> closed admits
  stale success -> closed admits
  stale failure -> closed admits
  stale cancelled -> closed admits
  start -> closed admits
  49.999999 ms -> closed admits
  50 ms -> closed admits
closed, at the limit -> closed admits
  success -> closed admits
  failure -> open rejects
  cancelled -> closed admits
  stale success -> closed admits
  stale failure -> closed admits
  stale cancelled -> closed admits
  start -> closed admits
  49.999999 ms -> closed admits
  50 ms -> closed admits
open -> open rejects
  success -> open rejects
  failure -> open rejects
  cancelled -> open rejects
  stale success -> open rejects
  stale failure -> open rejects
  stale cancelled -> open rejects
  start -> open rejects
  49.999999 ms -> open rejects
  50 ms -> half_open admits
half_open, a probe out -> half_open admits
  success -> half_open admits
  failure -> open rejects
  cancelled -> half_open admits
  stale success -> half_open admits
  stale failure -> half_open admits
  stale cancelled -> half_open admits
  start -> half_open rejects
  49.999999 ms -> half_open admits
  50 ms -> half_open admits
half_open, all probes out -> half_open rejects
  success -> half_open rejects
  failure -> open rejects
  cancelled -> half_open admits
  stale success -> half_open rejects
  stale failure -> half_open rejects
  stale cancelled -> half_open rejects
  start -> half_open rejects
  49.999999 ms -> half_open rejects
  50 ms -> half_open rejects
half_open, the last probe out -> half_open rejects
  success -> closed admits
  failure -> open rejects
  cancelled -> half_open admits
  stale success -> half_open rejects
  stale failure -> half_open rejects
  stale cancelled -> half_open rejects
  start -> half_open rejects
  49.999999 ms -> half_open rejects
  50 ms -> half_open rejects
)");
}

TEST_CASE("A failure counts until its age is the window, and not at it") {
  for (const auto& [third, state] : {std::pair{milliseconds(100) - Duration(1), Breaker::State::open},
                                     std::pair{Duration(milliseconds(100)), Breaker::State::closed}}) {
    WindowBreaker breaker(config());
    fail(breaker, at(0), 1);
    fail(breaker, at(50), 1);
    fail(breaker, at(0) + third, 1);
    CHECK(breaker.state(at(0) + third) == state);
  }
}

TEST_CASE("The window slides: against a list of all failures") {
  for (const std::uint32_t max_failures : {0u, 1u, 3u, 7u}) {
    WindowBreakerConfig sliding = config();
    sliding.max_failures = max_failures;
    std::uint64_t state = max_failures;
    for (int run = 0; run < 200; ++run) {
      WindowBreaker breaker(sliding);
      std::vector<Time> failures;
      Time now{};
      for (int i = 0; i < 60; ++i) {
        now += milliseconds(split_mix(state) % 60);
        fail(breaker, now, 1);
        failures.push_back(now);
        const auto recent =
            std::count_if(failures.begin(), failures.end(), [&](Time t) { return now - t < sliding.window; });
        const bool opened = recent > static_cast<std::ptrdiff_t>(max_failures);
        REQUIRE((breaker.state(now) == Breaker::State::open) == opened);
        if (opened) break;
      }
    }
  }
}

TEST_CASE("A breaker says until when it is open, and starts its record afresh when it closes") {
  WindowBreaker breaker(config());
  CHECK(breaker.opens_until() == kNever);
  fail(breaker, at(5), 3);
  CHECK(breaker.opens_until() == at(55));
  CHECK(breaker.admits(at(55)));
  CHECK(breaker.opens_until() == kNever);
  for (int i = 0; i < 2; ++i) breaker.on_finish(at(56), breaker.on_start(at(56)), Verdict::success);
  CHECK(describe(breaker, at(56)) == "closed admits");
  fail(breaker, at(57), 2);
  CHECK(describe(breaker, at(57)) == "closed admits");
  fail(breaker, at(58), 1);
  CHECK(breaker.opens_until() == at(108));
}

TEST_CASE("A cancelled probe makes room for one, not for more") {
  WindowBreaker breaker(config());
  fail(breaker, at(0), 3);
  REQUIRE(breaker.admits(at(50)));
  const std::uint32_t first = breaker.on_start(at(50));
  const std::uint32_t second = breaker.on_start(at(50));
  breaker.on_finish(at(51), first, Verdict::success);
  breaker.on_finish(at(51), second, Verdict::cancelled);
  CHECK(breaker.admits(at(51)));
  const std::uint32_t third = breaker.on_start(at(51));
  CHECK_FALSE(breaker.admits(at(51)));
  breaker.on_finish(at(52), third, Verdict::success);
  CHECK(describe(breaker, at(52)) == "closed admits");
}

TEST_CASE("A breaker that stays open for ever never lets a probe through") {
  WindowBreakerConfig forever = config();
  forever.open = Duration::max();
  WindowBreaker breaker(forever);
  fail(breaker, at(1), 3);
  CHECK(breaker.state(kNever - Duration(1)) == Breaker::State::open);
}

}  // namespace
}  // namespace meshtwin
