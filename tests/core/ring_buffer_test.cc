#include "core/ring_buffer.h"

#include <catch2/catch.hpp>
#include <deque>
#include <memory>

#include "core/random/stream.h"

namespace meshtwin {
namespace {

void require_same(const RingBuffer<int>& buffer, const std::deque<int>& model) {
  REQUIRE(buffer.size() == model.size());
  REQUIRE(buffer.empty() == model.empty());
  for (std::size_t i = 0; i < model.size(); ++i) REQUIRE(buffer[i] == model[i]);
  if (model.empty()) return;
  REQUIRE(buffer.front() == model.front());
  REQUIRE(buffer.back() == model.back());
}

TEST_CASE("A ring buffer does what a deque does, whatever happens in which order") {
  RandomStream random(11);
  RingBuffer<int> buffer;
  std::deque<int> model;
  for (int step = 0; step < 20'000; ++step) {
    // In turns it rather grows and rather shrinks, so that it wraps round at many sizes.
    const std::uint64_t pushes = step / 500 % 2 == 0 ? 60 : 40;
    const std::uint64_t what = random.below(1000);
    if (what == 0) {
      buffer.clear();
      model.clear();
    } else if (what < 10) {
      const std::size_t kept = random.below(model.size() + 1);
      buffer.truncate(kept);
      model.resize(kept);
    } else if (what < 20) {
      buffer.push_front(step);
      model.push_front(step);
    } else if (what < 30 && !model.empty()) {
      const std::size_t at = random.below(model.size());
      buffer[at] = model[at] = -step;
    } else if (what < 10 * pushes) {
      buffer.push_back(step);
      model.push_back(step);
    } else if (!model.empty()) {
      buffer.pop_front();
      model.pop_front();
    }
    require_same(buffer, model);
  }
}

TEST_CASE("A value of the buffer's own may be pushed while it grows") {
  RingBuffer<int> buffer;
  for (int i = 0; i < 100; ++i) buffer.push_back(i == 0 ? 7 : buffer.front());
  for (std::size_t i = 0; i < buffer.size(); ++i) REQUIRE(buffer[i] == 7);
}

TEST_CASE("Growing moves the values and keeps their order") {
  RingBuffer<std::shared_ptr<int>> buffer;
  const auto value = std::make_shared<int>(1);
  for (int i = 0; i < 10; ++i) buffer.push_back(value);
  for (int i = 0; i < 8; ++i) buffer.pop_front();
  for (int i = 0; i < 100; ++i) buffer.push_back(std::make_shared<int>(i));
  REQUIRE(buffer[0] == value);
  REQUIRE(buffer[1] == value);
  for (int i = 0; i < 100; ++i) REQUIRE(*buffer[static_cast<std::size_t>(i) + 2] == i);
}

TEST_CASE("Copies of a ring buffer are independent") {
  RingBuffer<int> one;
  for (int i = 0; i < 20; ++i) one.push_back(i);
  RingBuffer<int> other = one;
  one.pop_front();
  other.push_back(99);
  REQUIRE(one.front() == 1);
  REQUIRE(one.back() == 19);
  REQUIRE(other.front() == 0);
  REQUIRE(other.back() == 99);
}

}  // namespace
}  // namespace meshtwin
