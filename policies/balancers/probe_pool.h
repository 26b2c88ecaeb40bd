// The answers to probes that Prequal has in hand.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/state_archive.h"
#include "core/time.h"
#include "core/upstream/endpoint_set.h"

namespace meshtwin {

// What an endpoint said of its load, and for how many picks it is good.
struct ProbeAnswer {
  EndpointIndex endpoint = 0;
  std::uint32_t in_flight = 0;
  std::uint32_t uses_left = 1;
  Duration latency{};  // at least 0
  Time at{};
};

// The oldest one first. Adding and dropping the oldest cost the same whatever there is; taking out another one moves
// those after it.
class ProbePool {
 public:
  explicit ProbePool(std::size_t size_max) { answers_.reserve(kSpare * (size_max + 1)); }

  std::size_t size() const { return answers_.size() - first_; }
  bool empty() const { return size() == 0; }
  std::span<ProbeAnswer> answers() { return std::span(answers_).subspan(first_); }
  std::span<const ProbeAnswer> answers() const { return std::span(answers_).subspan(first_); }

  void add(const ProbeAnswer& answer) {
    if (answers_.size() == answers_.capacity()) close_gap();
    answers_.push_back(answer);
  }
  void drop_oldest() { ++first_; }
  // `place` of answers().
  void take_out(std::size_t place) {
    if (place == 0) return drop_oldest();
    answers_.erase(answers_.begin() + static_cast<std::ptrdiff_t>(first_ + place));
  }
  template <class Useless>
  void take_out_if(const Useless& useless) {
    close_gap();
    std::erase_if(answers_, useless);
  }
  template <class Each>
  void archive(StateArchive& archive, std::size_t size_max, const Each& each) {
    close_gap();
    archive.list(answers_, size_max, each);
  }

 private:
  // So many times the room, so that the gap that the oldest ones leave is closed once in as many answers.
  static constexpr std::size_t kSpare = 4;

  void close_gap() {
    answers_.erase(answers_.begin(), answers_.begin() + static_cast<std::ptrdiff_t>(first_));
    first_ = 0;
  }

  std::vector<ProbeAnswer> answers_;
  std::size_t first_ = 0;
};

}  // namespace meshtwin
