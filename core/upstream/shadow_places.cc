// Who would hold a place of the shadow's limit of connections, and who would wait for one.
#include <utility>

#include "core/upstream/shadow.h"

namespace meshtwin {

void Shadow::call_waits(Time now, std::uint32_t number) {
  CallTicket& call = calls_[number];
  if (!has_part(call) || call.came) return;
  call.came = true;
  if (places_->has_place()) return place_call(now, number, Duration::zero());
  wait({now, number, true}, call);
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
    wait({now, number, false}, attempt);
  }
}

template <class Ticket>
void Shadow::wait(const VirtualPlaces::Waiting& waiting, Ticket& ticket) {
  ++counters_[ShadowCounters::attempts_pending];
  const bool has_room = places_->has_room_to_wait();
  ticket.place = has_room ? VirtualPlace::waiting : VirtualPlace::none;
  if (has_room) {
    ticket.turn = places_->wait(waiting);
  } else {
    ++counters_[ShadowCounters::attempts_overflow];
  }
}

void Shadow::leave_of_call(Time now, std::uint32_t number) { leave(now, calls_[number]); }
void Shadow::leave_of_attempt(Time now, std::uint32_t number) { leave(now, attempts_[number]); }

template <class Ticket>
void Shadow::leave(Time now, Ticket& ticket) {
  const VirtualPlace place = std::exchange(ticket.place, VirtualPlace::none);
  if (place == VirtualPlace::waiting) places_->end_wait(ticket.turn);
  if (place != VirtualPlace::placed) return;
  places_->give_back();
  fill_places(now);
}

// The places that are free go to those that wait.
void Shadow::fill_places(Time now) {
  while (places_->has_place() && places_->anybody_waits()) {
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
