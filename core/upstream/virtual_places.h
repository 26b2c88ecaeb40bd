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

// Nobody waits while a place is free, as long as who is next in line gets each place that is given back. Constant time,
// but for the end of a wait, which is logarithmic in those that wait.
class VirtualPlaces {
 public:
  struct Waiting {
    Time since{};
    std::uint32_t holder = 0;
    bool is_call = false;  // its first place; else that of a later attempt
    bool ended = false;
    std::uint64_t turn = 0;  // grows from each to the next; what its holder ends the wait with
  };

  VirtualPlaces(std::uint32_t places, std::uint32_t waiting_max) : places_(places), waiting_max_(waiting_max) {}

  bool has_place() const { return placed_ < places_; }
  bool has_room_to_wait() const { return living_ < waiting_max_; }
  bool anybody_waits() const { return living_ > 0; }
  // At least since the earliest of those that wait.
  const Waiting& next() const { return waiting_.front(); }

  void take() { ++placed_; }
  void give_back() {
    assert(placed_ > 0);
    --placed_;
  }
  // Its turn.
  std::uint64_t wait(Waiting waiting);
  void end_first_wait() { end_wait(waiting_.front().turn); }
  void end_wait(std::uint64_t turn);

  // For a state that was loaded, in which no wait has ended yet.
  std::uint32_t placed() const { return placed_; }
  const RingBuffer<Waiting>& waiting() const { return waiting_; }
  void archive(StateArchive& archive);

 private:
  std::uint32_t places_;
  std::uint32_t waiting_max_;
  std::uint32_t placed_ = 0;
  RingBuffer<Waiting> waiting_;  // in order of arrival; the first one has not ended, others may have
  std::size_t living_ = 0;       // of them, those that have not
  std::uint64_t next_turn_ = 0;
};

}  // namespace meshtwin
