// How fast one client sends to one endpoint: a rate that yields when answers lag behind, and grows back as CUBIC does.
#pragma once

#include <cstdint>

#include "core/config/balancer.h"
#include "core/time.h"

namespace meshtwin {

class StateArchive;

// The rate control of C3 (Suresh et al., NSDI 2015, algorithm 2), judged at the first response of each interval, by the
// interval before it, if that had responses: who is hardly sent to is not slow. Where
// more may be sent than was received in the last interval, and the rate hasn't grown for two intervals, it falls by
// `decrease`, from R0; where less may be sent, it becomes R0 * (1 + decrease * (time since the fall / saddle - 1)^3),
// at most `step_max` more than it was. In requests an interval.
class CubicRate {
 public:
  void begin(const C3RateControl& config, Time now);
  // Whether one more request may be sent now.
  bool has_room(const C3RateControl& config, Time now) const { return tokens_at(config, now) >= 1; }
  // When it may; after `now`.
  Time room_at(const C3RateControl& config, Time now) const;
  void sent(const C3RateControl& config, Time now);
  void received(const C3RateControl& config, Time now);
  double rate() const { return rate_; }

  void archive(StateArchive& archive);

 private:
  double tokens_at(const C3RateControl& config, Time now) const;

  double rate_ = 0;
  double before_fall_ = 0;
  double tokens_ = 0;
  Time tokens_at_{};
  Time fell_at_{};
  Time grew_at_{};
  std::int64_t interval_ = 0;  // of the responses counted
  std::uint32_t received_ = 0;
};

}  // namespace meshtwin
