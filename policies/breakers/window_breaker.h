// The document's time window: in a window only so many failures; past that the breaker opens.
#pragma once

#include <cstdint>
#include <vector>

#include "core/config/policy.h"
#include "core/upstream/policy_interfaces.h"

namespace meshtwin {

// closed: everything passes. More than `max_failures` failures within the last `window` open it.
// open: nothing passes for `open`; then half_open.
// half_open: `probes` attempts pass. When that many succeeded it closes with a clean record; the first
// failure opens it again; a cancelled probe makes room for another one. The window slides exactly: the times
// of the last max_failures + 1 failures are kept.
class WindowBreaker final : public Breaker {
 public:
  explicit WindowBreaker(const WindowBreakerConfig& config);

  State state(Time now) const override {
    return state_ == State::open && now >= open_until_ ? State::half_open : state_;
  }
  bool admits(Time now) override;
  Time opens_until() const override { return state_ == State::open ? open_until_ : kNever; }
  std::uint32_t on_start(Time now) override;
  void on_finish(Time now, std::uint32_t ticket, Verdict verdict) override;
  void archive(StateArchive& archive) override;

 private:
  State advance(Time now);
  void enter(State state);
  void open(Time now);
  void count_failure(Time now);

  WindowBreakerConfig config_;
  State state_ = State::closed;
  std::uint32_t epoch_ = 0;  // counts changes of state; tickets of another epoch are void
  Time open_until_ = kNever;
  std::uint32_t probes_started_ = 0;
  std::uint32_t probes_succeeded_ = 0;
  std::vector<Time> failures_;  // a ring, empty until the first failure
  std::size_t oldest_ = 0;
  std::size_t failure_count_ = 0;
};

}  // namespace meshtwin
