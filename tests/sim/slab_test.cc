#include "sim/engine/slab.h"

#include <catch2/catch.hpp>
#include <set>
#include <vector>

#include "core/random/stream.h"

namespace meshtwin {
namespace {

TEST_CASE("A slab finds what is in use and nothing that was released") {
  struct Held {
    std::uint32_t slot;
    std::uint32_t generation;
    int value;
  };
  RandomStream random(3);
  Slab<int> slab;
  std::vector<Held> held;
  std::vector<Held> gone;
  for (int step = 0; step < 20'000; ++step) {
    if (held.empty() || random.bernoulli(step / 1000 % 2 == 0 ? .6 : .4)) {
      const std::uint32_t slot = slab.acquire();
      slab[slot] = step;
      held.push_back({slot, slab.generation(slot), step});
    } else {
      std::swap(held[random.below(held.size())], held.back());
      gone.push_back(held.back());
      slab.release(held.back().slot);
      held.pop_back();
    }
    REQUIRE(slab.in_use() == held.size());
    if (!held.empty()) {
      const Held& any = held[random.below(held.size())];
      REQUIRE(slab.find(any.slot, any.generation) != nullptr);
      REQUIRE(*slab.find(any.slot, any.generation) == any.value);
    }
    if (!gone.empty()) {
      const Held& any = gone[random.below(gone.size())];
      REQUIRE(slab.find(any.slot, any.generation) == nullptr);
    }
  }
}

TEST_CASE("A slab gives no slot to two at once and takes released ones before new ones") {
  Slab<int> slab;
  std::set<std::uint32_t> slots;
  for (int i = 0; i < 100; ++i) REQUIRE(slots.insert(slab.acquire()).second);
  for (const std::uint32_t slot : slots) slab.release(slot);
  std::set<std::uint32_t> again;
  for (int i = 0; i < 100; ++i) REQUIRE(again.insert(slab.acquire()).second);
  REQUIRE(again == slots);
}

TEST_CASE("What a slot holds is used again as it was left") {
  Slab<std::vector<int>> slab;
  const std::uint32_t slot = slab.acquire();
  slab[slot] = {1, 2, 3};
  slab.release(slot);
  REQUIRE(slab.acquire() == slot);
  REQUIRE(slab[slot] == std::vector<int>{1, 2, 3});
}

}  // namespace
}  // namespace meshtwin
