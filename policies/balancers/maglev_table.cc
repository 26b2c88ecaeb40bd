#include "policies/balancers/maglev_table.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <string>

#include "core/random/stream.h"
#include "policies/balancers/weighted_members.h"

namespace meshtwin {
namespace {

constexpr EndpointIndex kFree = std::numeric_limits<EndpointIndex>::max();

struct Permutation {
  std::uint64_t next;  // the entry that it is at
  std::uint64_t skip;
};

// The rounds in which an endpoint has a turn: those whose number, times its weight, has reached a target that
// each turn moves on by the greatest weight.
struct Turns {
  std::uint64_t round = 1;  // of the next one
  std::uint32_t number = 0;
  std::uint32_t weight = 1;
  std::uint64_t target = 0;
  bool operator>(const Turns& other) const {
    return round != other.round ? round > other.round : number > other.number;
  }
  void go_on(std::uint32_t greatest) {
    target += greatest;
    round = std::max(round + 1, (target + weight - 1) / weight);
  }
};

}  // namespace

void MaglevTable::build(const EndpointSet& endpoints) {
  const WeightedMembers members(endpoints);
  const std::uint64_t size = table_.size();
  std::vector<EndpointIndex> numbered;
  std::vector<Permutation> permutations;
  std::vector<Turns> turns;  // a heap, the next turn first; numbers ascend, so that it is one from the start
  for (const auto& [endpoint, weight] : members) {
    const std::string name = endpoints.name(endpoint);
    turns.push_back({1, static_cast<std::uint32_t>(numbered.size()), weight, 0});
    permutations.push_back({xxh64(name) % size, xxh64(name, 1) % (size - 1) + 1});
    numbered.push_back(endpoint);
  }
  std::fill(table_.begin(), table_.end(), kFree);
  counts_.assign(endpoints.index_bound(), 0);
  for (std::uint64_t taken = 0; taken < size; ++taken) {
    std::pop_heap(turns.begin(), turns.end(), std::greater<>());
    Turns& turn = turns.back();
    Permutation& permutation = permutations[turn.number];
    while (table_[permutation.next] != kFree) {
      permutation.next += permutation.skip;
      if (permutation.next >= size) permutation.next -= size;
    }
    table_[permutation.next] = numbered[turn.number];
    ++counts_[numbered[turn.number]];
    turn.go_on(members.greatest());
    std::push_heap(turns.begin(), turns.end(), std::greater<>());
  }
}

}  // namespace meshtwin
