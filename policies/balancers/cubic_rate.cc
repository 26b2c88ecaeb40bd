#include "policies/balancers/cubic_rate.h"

#include <algorithm>

#include "core/state_archive.h"

namespace meshtwin {
namespace {

constexpr double kLeastRate = 0.01;
constexpr double kMostRate = 1e9;

double ratio(Duration a, Duration b) { return static_cast<double>(a.count()) / static_cast<double>(b.count()); }

}  // namespace

void CubicRate::begin(const C3RateControl& config, Time now) {
  rate_ = before_fall_ = config.initial_rate;
  tokens_ = std::max(rate_, 1.0);
  tokens_at_ = fell_at_ = grew_at_ = now;
  interval_ = now.time_since_epoch() / config.interval;
  received_ = 0;
}

double CubicRate::tokens_at(const C3RateControl& config, Time now) const {
  return std::min(tokens_ + rate_ * ratio(now - tokens_at_, config.interval), std::max(rate_, 1.0));
}

Time CubicRate::room_at(const C3RateControl& config, Time now) const {
  const double lacking = std::max(1 - tokens_at(config, now), 0.0);
  const double wait = lacking / rate_ * static_cast<double>(config.interval.count());
  return saturating_add(now, Duration(static_cast<std::int64_t>(std::min(wait, 1e18)) + 1));
}

void CubicRate::sent(const C3RateControl& config, Time now) {
  tokens_ = std::max(tokens_at(config, now) - 1, 0.0);
  tokens_at_ = now;
}

void CubicRate::received(const C3RateControl& config, Time now) {
  const std::int64_t interval = now.time_since_epoch() / config.interval;
  if (interval == interval_) {
    ++received_;
    return;
  }
  const bool adjacent = interval == interval_ + 1;
  const double receive_rate = received_;
  interval_ = interval;
  received_ = 1;
  tokens_ = tokens_at(config, now);
  tokens_at_ = now;
  if (!adjacent) return;
  if (rate_ > receive_rate && now - grew_at_ > 2 * config.interval) {
    before_fall_ = rate_;
    rate_ = std::max(rate_ * (1 - config.decrease), kLeastRate);
    fell_at_ = now;
  } else if (rate_ < receive_rate) {
    const double x = ratio(now - fell_at_, config.saddle) - 1;
    const double cubic = before_fall_ * (1 + config.decrease * x * x * x);
    rate_ = std::clamp(cubic, rate_, std::min(rate_ + config.step_max, kMostRate));
    grew_at_ = now;
  }
}

void CubicRate::archive(StateArchive& archive) {
  for (double* value : {&rate_, &before_fall_, &tokens_}) archive.value(*value);
  for (Time* time : {&tokens_at_, &fell_at_, &grew_at_}) archive.value(*time);
  archive.value(interval_);
  archive.value(received_);
  archive.require(rate_ >= kLeastRate && rate_ <= kMostRate && before_fall_ >= 0 && before_fall_ <= kMostRate);
  archive.require(tokens_ >= 0 && tokens_ <= kMostRate && interval_ >= 0);
}

}  // namespace meshtwin
