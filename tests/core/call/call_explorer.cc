#include "tests/core/call/call_explorer.h"

#include <algorithm>

namespace meshtwin::test {
namespace {

// One thing that may happen next.
struct Event {
  enum class Kind {
    start,
    connected,
    good,
    good_head,
    bad,
    bad_head,
    end,
    connect_failed,
    reset,
    cancel,
    forbid,
    pass,
    fire
  };
  Kind kind = Kind::start;
  std::size_t call = 0;
  std::uint8_t attempt = 0;
};

void add_attempt_events(const Model& model, const AttemptView& attempt, Event event,
                        std::vector<Event>& out) {
  const auto add = [&](Event::Kind kind) {
    event.kind = kind;
    out.push_back(event);
  };
  if (attempt.stage == AttemptView::Stage::streaming) {
    add(Event::Kind::end);
    return add(Event::Kind::reset);
  }
  if (attempt.stage == AttemptView::Stage::connecting) {
    if (model.connections) add(Event::Kind::connected);
    add(Event::Kind::connect_failed);
    if (model.connections) return;
  }
  for (const auto kind : {Event::Kind::good, Event::Kind::good_head, Event::Kind::bad, Event::Kind::bad_head,
                          Event::Kind::reset}) {
    add(kind);
  }
}

// Time passes to the next wake-up alone when none is due, so every order of timers and events of one instant
// is covered as well.
void list_possible_events(const Model& model, const ContractDriver& driver, std::vector<Event>& events) {
  events.clear();
  Time next = kNever;
  for (std::size_t c = 0; c < driver.calls().size(); ++c) {
    const CallView& view = driver.calls()[c];
    if (view.finished) continue;
    next = std::min(next, view.wake);
    if (view.wake <= driver.now()) events.push_back({Event::Kind::fire, c, 0});
    if (model.cancels) events.push_back({Event::Kind::cancel, c, 0});
    if (model.forbids && !view.forbidden) events.push_back({Event::Kind::forbid, c, 0});
    for (std::size_t n = 0; n < view.attempts.size(); ++n) {
      if (!view.attempts[n].live()) continue;
      add_attempt_events(model, view.attempts[n], {Event::Kind::end, c, static_cast<std::uint8_t>(n)},
                         events);
    }
  }
  if (driver.calls().size() < model.calls) events.push_back({Event::Kind::start, 0, 0});
  if (next > driver.now() && next != kNever) events.push_back({Event::Kind::pass, 0, 0});
}

void pass_time(ContractDriver& driver) {
  Time next = kNever;
  for (const CallView& view : driver.calls()) {
    if (!view.finished) next = std::min(next, view.wake);
  }
  driver.advance_to(next);
}

void apply(const Model& model, const Event& event, ContractDriver& driver) {
  switch (event.kind) {
    case Event::Kind::start:
      return driver.start({.idempotent = model.idempotent});
    case Event::Kind::connected:
      return driver.connected(event.call, event.attempt);
    case Event::Kind::good:
      return driver.head(event.call, event.attempt, 200, true);
    case Event::Kind::good_head:
      return driver.head(event.call, event.attempt, 200, false);
    case Event::Kind::bad:
      return driver.head(event.call, event.attempt, 503, true);
    case Event::Kind::bad_head:
      return driver.head(event.call, event.attempt, 503, false);
    case Event::Kind::end:
      return driver.end(event.call, event.attempt);
    case Event::Kind::connect_failed:
      return driver.fail(event.call, event.attempt, FailureKind::connect);
    case Event::Kind::reset:
      return driver.fail(event.call, event.attempt, FailureKind::reset);
    case Event::Kind::cancel:
      return driver.cancel(event.call);
    case Event::Kind::forbid:
      return driver.forbid_retries(event.call);
    case Event::Kind::pass:
      return pass_time(driver);
    case Event::Kind::fire:
      return driver.fire(event.call);
  }
}

// A decision on the path: which of how many possible events.
struct Decision {
  std::size_t chosen = 0;
  std::size_t count = 0;
};

class Explorer {
 public:
  explicit Explorer(const Model& model) : model_(model) {}

  Coverage run() {
    do {
      const std::vector<Output> plain = follow(false);
      const std::vector<Output> disturbed = follow(true);
      if (!same(plain, disturbed)) fail("late events and spurious timeouts leave no trace");
      ++coverage_.paths;
    } while (coverage_.failure.empty() && next_path());
    return coverage_;
  }

 private:
  std::vector<Output> follow(bool disturbed) {
    Script script;
    script.backoff = model_.backoff;
    ContractDriver driver(model_.config, model_.endpoints, script);
    trail_.clear();
    driver.start({.idempotent = model_.idempotent});
    std::vector<Event> events;
    for (std::size_t depth = 0;; ++depth) {
      if (disturbed) driver.disturb();
      list_possible_events(model_, driver, events);
      if (events.empty()) break;
      if (depth == path_.size()) path_.push_back({0, events.size()});
      if (path_[depth].count != events.size()) driver.violation = "equal inputs have equal effects";
      const Event& event = events[path_[depth].chosen];
      trail_.push_back(event);
      apply(model_, event, driver);
      if (!driver.violation.empty()) break;
      if (!disturbed) note(driver);
    }
    conclude(driver);
    return driver.log();
  }

  void note(ContractDriver& driver) {
    ++coverage_.events;
    coverage_.most_pending = std::max(coverage_.most_pending, driver.upstream().pending());
    for (const CallView& view : driver.calls())
      coverage_.most_live = std::max(coverage_.most_live, view.live());
  }

  void conclude(ContractDriver& driver) {
    if (!driver.violation.empty()) return fail(driver.violation);
    if (!driver.all_finished()) return fail("a call that nothing can happen to any more is finished");
    Upstream& upstream = driver.upstream();
    const bool zero = upstream.active_attempts() == 0 && upstream.open_calls() == 0 &&
                      upstream.open_retries() == 0 && upstream.pending() == 0;
    if (!zero) return fail("all counters are zero in the end");
    std::int64_t retries = 0;
    for (const CallView& view : driver.calls()) {
      retries += std::max<std::int64_t>(static_cast<std::int64_t>(view.attempts.size()) - 1 - view.beside, 0);
      coverage_.forbidden += view.forbidden ? 1 : 0;
      ++coverage_.outcomes[view.outcome.failure];
      coverage_.most_attempts = std::max(coverage_.most_attempts, view.attempts.size());
    }
    if (driver.spent() != retries) return fail("the budget pays for the retries that were started");
    coverage_.most_outputs = std::max(coverage_.most_outputs, driver.most_outputs());
  }

  static bool same(const std::vector<Output>& a, const std::vector<Output>& b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Output& x, const Output& y) {
      return x.kind == y.kind && x.attempt == y.attempt && x.call == y.call && x.endpoint == y.endpoint &&
             x.at == y.at && x.outcome.failure == y.outcome.failure && x.outcome.status == y.outcome.status;
    });
  }

  bool next_path() {
    while (!path_.empty() && path_.back().chosen + 1 == path_.back().count) path_.pop_back();
    if (path_.empty()) return false;
    ++path_.back().chosen;
    return true;
  }

  void fail(const std::string& rule) {
    if (!coverage_.failure.empty()) return;
    static const char* const kNames[] = {"start",    "connected", "200",           "200 head", "503",
                                         "503 head", "end",       "connect failed", "reset",    "cancel",
                                         "forbid",   "time passes", "timer"};
    std::string text = model_.title + ": " + rule + " after";
    for (const Event& e : trail_) {
      text += std::string(" [") + kNames[static_cast<std::size_t>(e.kind)] + " " + std::to_string(e.call) +
              "." + std::to_string(e.attempt) + "]";
    }
    coverage_.failure = text;
  }

  const Model& model_;
  std::vector<Decision> path_;
  std::vector<Event> trail_;
  Coverage coverage_;
};

}  // namespace

Coverage explore(const Model& model) { return Explorer(model).run(); }

}  // namespace meshtwin::test
