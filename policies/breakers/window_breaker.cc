#include "policies/breakers/window_breaker.h"

#include "core/state_archive.h"

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

// The ring is saved from its oldest failure on; where it begins makes no difference.
void WindowBreaker::archive(StateArchive& archive) {
  archive.value(state_, State::half_open);
  archive.value(epoch_);
  archive.value(open_until_);
  archive.value(probes_started_);
  archive.value(probes_succeeded_);
  std::vector<Time> recent;
  for (std::size_t i = 0; i < failure_count_; ++i) {
    recent.push_back(failures_[(oldest_ + i) % failures_.size()]);
  }
  archive.list(recent, config_.max_failures, [&](Time& time) {
    archive.value(time);
    archive.require(time != kNever);
  });
  if (!archive.loading() || archive.failed()) return;
  oldest_ = 0;
  failure_count_ = recent.size();
  failures_ = std::move(recent);
  if (failure_count_ > 0) failures_.resize(config_.max_failures + std::size_t{1});
}

}  // namespace meshtwin
