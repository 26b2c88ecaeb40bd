// Who would hold a place of the shadow's limit of connections, and who would wait for one.
#include "core/upstream/shadow.h"

namespace meshtwin {

void Shadow::call_waits(Time now, std::uint32_t number) {
  CallTicket& call = calls_[number];
  if (!has_part(call) || call.came) return;
  call.came = true;
  if (places_->has_place()) return place_call(now, number, Duration::zero());
  call.place = wait({now, number, true});
  call.left_out = call.place == VirtualPlace::none;
}

// Of all admission controls, each of which hears of it.
void Shadow::place_call(Time now, std::uint32_t number, Duration waited) {
  CallTicket& call = calls_[number];
  bool keep = true;
  for (const auto& admission : parts_.admission) keep = admission->keeps(now, waited) && keep;
  call.was_placed = keep;
  call.was_shed = call.left_out = !keep;
  call.place = keep ? VirtualPlace::placed : VirtualPlace::none;
  if (keep) places_->take();
}

void Shadow::place_attempt(Time now, std::uint32_t number) {
  AttemptTicket& attempt = attempts_[number];
  CallTicket& call = calls_[attempt.call];
  attempt.is_first = !call.started;
  call.started = true;
  if (attempt.is_first) return call_waits(now, attempt.call);
  if (places_->has_place()) {
    places_->take();
    attempt.place = VirtualPlace::placed;
  } else {
    attempt.place = wait({now, number, false});
  }
}

VirtualPlace Shadow::wait(const VirtualPlaces::Waiting& waiting) {
  ++counters_[ShadowCounters::attempts_pending];
  if (!places_->has_room_to_wait()) {
    ++counters_[ShadowCounters::attempts_overflow];
    return VirtualPlace::none;
  }
  places_->wait(waiting);
  return VirtualPlace::waiting;
}

// The places that it leaves go to those that wait.
void Shadow::leave(Time now, std::uint32_t holder, bool is_call, VirtualPlace& place) {
  if (place == VirtualPlace::waiting) places_->end_wait(holder, is_call);
  if (place == VirtualPlace::placed) places_->give_back();
  place = VirtualPlace::none;
  while (places_ && places_->has_place() && places_->anybody_waits()) {
    const VirtualPlaces::Waiting next = places_->next();
    places_->end_first_wait();
    if (next.is_call) {
      place_call(now, next.holder, now - next.since);
    } else {
      places_->take();
      attempts_[next.holder].place = VirtualPlace::placed;
    }
  }
}

}  // namespace meshtwin
