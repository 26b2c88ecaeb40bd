#include "core/upstream/virtual_places.h"

namespace meshtwin {

std::uint64_t VirtualPlaces::wait(Waiting waiting) {
  waiting.turn = next_turn_++;
  waiting_.push_back(waiting);
  ++living_;
  return waiting.turn;
}

// Those that have ended are taken out once they are many: their number is bound, and each is moved a few times at most.
void VirtualPlaces::end_wait(std::uint64_t turn) {
  std::size_t low = 0;
  for (std::size_t high = waiting_.size(); low + 1 < high;) {
    const std::size_t middle = low + (high - low) / 2;
    (waiting_[middle].turn <= turn ? low : high) = middle;
  }
  assert(waiting_[low].turn == turn && !waiting_[low].ended);
  waiting_[low].ended = true;
  --living_;
  while (!waiting_.empty() && waiting_.front().ended) waiting_.pop_front();
  constexpr std::size_t kFew = 16;
  if (waiting_.size() <= 2 * living_ + kFew) return;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < waiting_.size(); ++i) {
    if (!waiting_[i].ended) waiting_[kept++] = waiting_[i];
  }
  waiting_.truncate(kept);
}

}  // namespace meshtwin
