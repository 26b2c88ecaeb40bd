#include "sim/engine/event_queue.h"

#include <catch2/catch.hpp>
#include <map>
#include <utility>
#include <vector>

#include "core/random/stream.h"

namespace meshtwin {
namespace {

// What the queue promises, by a sorted map: order of time, then of scheduling; cancelled timers never come.
TEST_CASE("the event queue delivers as a sorted map does") {
  RandomStream random(1);
  EventQueue queue;
  std::map<std::pair<Time, std::uint32_t>, bool> expected;  // whether it is a timer
  std::map<std::uint32_t, std::pair<Time, EventQueue::TimerId>> timers;
  std::uint32_t number = 0;
  Time now{};
  const auto schedule = [&] {
    // Few distinct times, so that many events fall on the same one; some lanes ascend, some don't.
    const Time at = now + Duration(static_cast<Duration::rep>(random.below(50)));
    const Event event{EventKind::request_arrived, number, 7, 9};
    expected[{at, number}] = false;
    switch (random.below(5)) {
      case 0:
        queue.schedule(at, event);
        break;
      case 1:
        queue.schedule(at, event, EventQueue::Lane::messages);
        break;
      case 2:
        queue.schedule(at, event, EventQueue::Lane::arrivals);
        break;
      default:
        expected[{at, number}] = true;
        timers[number] = {at, queue.arm(at, event)};
    }
    ++number;
  };
  const auto cancel_some = [&] {
    if (timers.empty()) return;
    auto chosen = timers.lower_bound(static_cast<std::uint32_t>(random.below(number)));
    if (chosen == timers.end()) chosen = timers.begin();
    auto& [id, timer] = *chosen;
    expected.erase({timer.first, id});
    queue.cancel(timer.second);
    CHECK_FALSE(timer.second.armed());
    queue.cancel(timer.second);  // once more does nothing
    timers.erase(chosen);
  };
  for (int step = 0; step < 200'000; ++step) {
    // Growing to thousands of events, and back to none, several times.
    const bool grows = step / 20'000 % 2 == 0;
    const std::uint64_t choice = random.below(10);
    if (choice < (grows ? 5u : 2u)) {
      schedule();
    } else if (choice < (grows ? 7u : 4u)) {
      cancel_some();
    } else {
      Event event;
      REQUIRE(queue.next_time() == (expected.empty() ? kNever : expected.begin()->first.first));
      REQUIRE(queue.pop(now, event) == !expected.empty());
      if (expected.empty()) continue;
      REQUIRE(now == expected.begin()->first.first);
      REQUIRE(event.a == expected.begin()->first.second);
      REQUIRE(event.kind == EventKind::request_arrived);
      REQUIRE((event.b == 7 && event.c == 9));
      timers.erase(event.a);
      expected.erase(expected.begin());
    }
    REQUIRE(queue.size() == expected.size());
  }
}

}  // namespace
}  // namespace meshtwin
