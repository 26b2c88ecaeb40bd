#include "sim/server/processor_share.h"

#include <algorithm>
#include <cmath>
#include <functional>

namespace meshtwin {
namespace {

// Events happen at whole nanoseconds, the first at or after the exact time; the virtual clock is good to far
// less.
constexpr double kTolerance = 0.01;

}  // namespace

double ProcessorShare::rate() const {
  return jobs_.size() <= processors_ ? 1.0
                                     : static_cast<double>(processors_) / static_cast<double>(jobs_.size());
}

void ProcessorShare::advance(Time now) {
  if (jobs_.empty()) {
    virtual_now_ = 0;  // keeps the clock small, and so exact, over long runs
  } else {
    virtual_now_ += static_cast<double>((now - updated_).count()) * rate();
  }
  updated_ = now;
}

void ProcessorShare::add(Time now, std::uint32_t request, Duration demand) {
  advance(now);
  jobs_.push_back({virtual_now_ + static_cast<double>(demand.count()), order_++, request});
  std::push_heap(jobs_.begin(), jobs_.end(), std::greater<>());
  ++version_;
}

void ProcessorShare::remove(Time now, std::uint32_t request) {
  advance(now);
  std::erase_if(jobs_, [&](const Job& job) { return job.request == request; });
  std::make_heap(jobs_.begin(), jobs_.end(), std::greater<>());
  ++version_;
}

Time ProcessorShare::next_done(Time now) const {
  if (jobs_.empty()) return kNever;
  const double virtual_now = virtual_now_ + static_cast<double>((now - updated_).count()) * rate();
  const double wait = std::max(0.0, jobs_.front().end - virtual_now) / rate();
  return wait < 9e18 ? saturating_add(now, Duration(static_cast<Duration::rep>(std::ceil(wait - kTolerance))))
                     : kNever;
}

bool ProcessorShare::take_done(Time now, std::uint32_t& request) {
  advance(now);
  if (jobs_.empty() || jobs_.front().end > virtual_now_ + kTolerance) return false;
  request = jobs_.front().request;
  std::pop_heap(jobs_.begin(), jobs_.end(), std::greater<>());
  jobs_.pop_back();
  ++version_;
  return true;
}

void ProcessorShare::clear() {
  jobs_.clear();
  ++version_;
}

}  // namespace meshtwin
