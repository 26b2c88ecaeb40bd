// The places of a limit that isn't in charge: who would hold one, and who would wait for one.
#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/ring_buffer.h"
#include "core/state_archive.h"
#include "core/time.h"

namespace meshtwin {

// What one holder has of the places; whoever keeps the places keeps it with the holder.
enum class VirtualPlace : std::uint8_t { none, waiting, placed };

// Nobody waits while a place is free, as long as who is next in line gets each place that is given back.
class VirtualPlaces {
 public:
  struct Waiting {
    Time since{};
    std::uint32_t holder = 0;
    bool is_call = false;  // its first place; else that of a later attempt
    friend bool operator==(const Waiting&, const Waiting&) = default;
  };

  VirtualPlaces(std::uint32_t places, std::uint32_t waiting_max) : places_(places), waiting_max_(waiting_max) {}

  bool has_place() const { return placed_ < places_; }
  bool has_room_to_wait() const { return waiting_.size() < waiting_max_; }
  bool anybody_waits() const { return !waiting_.empty(); }
  // At least since the earliest of those that wait.
  const Waiting& next() const { return waiting_.front(); }

  void take() { ++placed_; }
  void give_back() {
    assert(placed_ > 0);
    --placed_;
  }
  void wait(const Waiting& waiting) { waiting_.push_back(waiting); }
  void end_first_wait() { waiting_.pop_front(); }
  // Of one that waits. Linear in those before it.
  void end_wait(std::uint32_t holder, bool is_call) {
    std::size_t at = 0;
    while (waiting_[at].holder != holder || waiting_[at].is_call != is_call) ++at;
    for (; at > 0; --at) waiting_[at] = waiting_[at - 1];
    waiting_.pop_front();
  }

  // For a state that was loaded.
  std::uint32_t placed() const { return placed_; }
  const RingBuffer<Waiting>& waiting() const { return waiting_; }
  void archive(StateArchive& archive);

 private:
  std::uint32_t places_;
  std::uint32_t waiting_max_;
  std::uint32_t placed_ = 0;
  RingBuffer<Waiting> waiting_;  // in order of arrival
};

}  // namespace meshtwin
