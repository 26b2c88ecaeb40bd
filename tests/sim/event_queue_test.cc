#include "sim/engine/event_queue.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <utility>
#include <vector>

#include "core/random/stream.h"

namespace meshtwin {
namespace {

using Lane = EventQueue::Lane;

constexpr Time at(std::int64_t nanoseconds) { return Time(Duration(nanoseconds)); }

Event numbered(std::uint32_t number) { return {EventKind::arrival, number, ~number, number * 3}; }

// The queue beside a multimap, whose equal keys keep the order of their insertion.
class Comparison {
 public:
  explicit Comparison(std::uint64_t seed, std::int64_t spread) : random_(seed), spread_(spread) {}

  void schedule() {
    const Time due = some_time();
    queue_.schedule(due, next_event(due));
  }
  void schedule(Lane lane) {
    // Most often the same delay, as for messages and timeouts, and now and then any.
    const Time due = random_.bernoulli(.9) ? now_ + Duration(spread_ / 2) : some_time();
    queue_.schedule(due, next_event(due), lane);
  }
  void arm() {
    const Time due = random_.bernoulli(.9) ? now_ + Duration(spread_) : some_time();
    timers_.emplace(count_, queue_.arm(due, next_event(due)));
  }
  void cancel() {
    if (timers_.empty()) return;
    const auto timer = std::next(timers_.begin(), static_cast<std::ptrdiff_t>(random_.below(timers_.size())));
    queue_.cancel(timer->second);
    REQUIRE_FALSE(timer->second.armed());
    queue_.cancel(timer->second);  // once more changes nothing
    const auto number = timer->first;
    timers_.erase(timer);
    for (auto entry = model_.begin(); entry != model_.end(); ++entry) {
      if (entry->second != number) continue;
      model_.erase(entry);
      return;
    }
    FAIL("a timer that the model doesn't have");
  }
  void pop() {
    Event event;
    const bool some = queue_.pop(now_, event);
    REQUIRE(some == !model_.empty());
    if (!some) return;
    REQUIRE(now_ == model_.begin()->first);
    const std::uint32_t number = model_.begin()->second;
    REQUIRE(event.a == number);
    REQUIRE(event.b == ~number);
    REQUIRE(event.c == number * 3);
    timers_.erase(number);
    model_.erase(model_.begin());
  }
  void look() {
    REQUIRE(queue_.size() == model_.size());
    REQUIRE(queue_.next_time() == (model_.empty() ? kNever : model_.begin()->first));
  }
  bool empty() const { return model_.empty(); }

  // A random step; pops are as frequent as the other three kinds that add, or less frequent.
  void step(bool grows) {
    const std::uint64_t what = random_.below(grows ? 8 : 12);
    if (what < 2) return schedule();
    if (what == 2) return schedule(static_cast<Lane>(random_.below(3)));
    if (what == 3) return schedule(Lane::messages);
    if (what == 4) return arm();
    if (what == 5) return cancel();
    pop();
  }

 private:
  Time some_time() { return now_ + Duration(static_cast<std::int64_t>(random_.below(spread_ + 1))); }
  Event next_event(Time due) {
    model_.emplace(due, ++count_);
    return numbered(count_);
  }

  RandomStream random_;
  std::int64_t spread_;
  EventQueue queue_;
  std::multimap<Time, std::uint32_t> model_;
  std::map<std::uint32_t, EventQueue::TimerId> timers_;
  Time now_{};
  std::uint32_t count_ = 0;
};

TEST_CASE("Events come in order of time, and of scheduling at equal times") {
  // Spreads of few nanoseconds make most times equal.
  for (const std::int64_t spread : {0, 3, 50, 1'000'000}) {
    Comparison comparison(static_cast<std::uint64_t>(spread) + 1, spread);
    for (int step = 0; step < 20'000; ++step) {
      comparison.step(step / 2000 % 2 == 0);
      if (step % 7 == 0) comparison.look();
    }
    while (!comparison.empty()) comparison.pop();
    comparison.pop();
    comparison.look();
  }
}

TEST_CASE("An empty queue has no next event and leaves the time as it is") {
  EventQueue queue;
  Time now = at(5);
  Event event;
  REQUIRE_FALSE(queue.pop(now, event));
  REQUIRE(now == at(5));
  REQUIRE(queue.next_time() == kNever);
  REQUIRE(queue.size() == 0);
}

TEST_CASE("Scheduling and popping in turn keeps one event in the queue") {
  EventQueue queue;
  Time now{};
  Event event;
  queue.schedule(at(1), numbered(0));
  for (std::uint32_t i = 1; i < 100; ++i) {
    REQUIRE(queue.pop(now, event));
    REQUIRE(event.a == i - 1);
    REQUIRE(queue.size() == 0);
    queue.schedule(now + Duration(i % 3), numbered(i));
    REQUIRE(queue.size() == 1);
    REQUIRE(queue.next_time() == now + Duration(i % 3));
  }
}

TEST_CASE("An event for the end of time is delivered") {
  EventQueue queue;
  Time now{};
  Event event;
  queue.schedule(kNever, numbered(1));
  REQUIRE(queue.pop(now, event));
  REQUIRE(now == kNever);
}

TEST_CASE("Cancelled timers neither accumulate nor move the time") {
  EventQueue queue;
  Time now{};
  Event event;
  std::size_t most = 0;
  // Each call arms a timeout of a second and cancels it after a microsecond: a million would wait at once.
  for (std::int64_t i = 0; i < 200'000; ++i) {
    queue.schedule(at(i * 1000), numbered(static_cast<std::uint32_t>(i)));
    REQUIRE(queue.pop(now, event));
    EventQueue::TimerId timer = queue.arm(now + std::chrono::seconds(1), numbered(1));
    queue.cancel(timer);
    most = std::max(most, queue.entries());
  }
  REQUIRE(most < 3000);
  const Time last = now;
  REQUIRE(queue.size() == 0);
  REQUIRE(queue.next_time() == kNever);
  REQUIRE_FALSE(queue.pop(now, event));
  REQUIRE(now == last);
  REQUIRE(queue.entries() == 0);
}

TEST_CASE("Sweeping cancelled timers keeps the others in order") {
  EventQueue queue;
  std::vector<EventQueue::TimerId> timers;
  RandomStream random(5);
  std::multimap<Time, std::uint32_t> kept;
  for (std::uint32_t i = 0; i < 10'000; ++i) {
    const Time due = at(static_cast<std::int64_t>(random.below(1000)));
    timers.push_back(queue.arm(due, numbered(i)));
    if (i % 10 == 0) kept.emplace(due, i);
  }
  for (std::uint32_t i = 0; i < timers.size(); ++i) {
    if (i % 10 != 0) queue.cancel(timers[i]);
  }
  REQUIRE(queue.size() == kept.size());
  REQUIRE(queue.entries() <= 2 * kept.size() + 1025);
  Time now{};
  Event event;
  for (const auto& [due, number] : kept) {
    REQUIRE(queue.pop(now, event));
    REQUIRE(now == due);
    REQUIRE(event.a == number);
  }
  REQUIRE_FALSE(queue.pop(now, event));
}

}  // namespace
}  // namespace meshtwin
