#include "policies/breakers/window_breaker.h"

namespace meshtwin {

WindowBreaker::WindowBreaker(const WindowBreakerConfig& config) : config_(config) {}

Breaker::State WindowBreaker::advance(Time now) {
  if (state(now) != state_) enter(State::half_open);
  return state_;
}

bool WindowBreaker::admits(Time now) {
  switch (advance(now)) {
    case State::closed:
      return true;
    case State::open:
      return false;
    case State::half_open:
      return probes_started_ < config_.probes;
  }
  return true;
}

std::uint32_t WindowBreaker::on_start(Time now) {
  if (advance(now) == State::half_open) ++probes_started_;
  return epoch_;
}

void WindowBreaker::on_finish(Time now, std::uint32_t ticket, Verdict verdict) {
  if (ticket != epoch_) return;
  if (state_ == State::closed) {
    if (verdict == Verdict::failure) count_failure(now);
    return;
  }
  if (state_ != State::half_open) return;
  switch (verdict) {
    case Verdict::cancelled:
      --probes_started_;
      return;
    case Verdict::failure:
      return open(now);
    case Verdict::success:
      if (++probes_succeeded_ >= config_.probes) enter(State::closed);
      return;
  }
}

void WindowBreaker::count_failure(Time now) {
  if (failures_.empty()) failures_.resize(config_.max_failures + std::size_t{1});
  while (failure_count_ > 0 && now - failures_[oldest_] >= config_.window) {
    oldest_ = (oldest_ + 1) % failures_.size();
    --failure_count_;
  }
  failures_[(oldest_ + failure_count_) % failures_.size()] = now;
  ++failure_count_;
  if (failure_count_ > config_.max_failures) open(now);
}

void WindowBreaker::open(Time now) {
  enter(State::open);
  open_until_ = saturating_add(now, config_.open);
}

void WindowBreaker::enter(State state) {
  state_ = state;
  ++epoch_;
  open_until_ = kNever;
  probes_started_ = probes_succeeded_ = 0;
  oldest_ = failure_count_ = 0;
}

}  // namespace meshtwin
