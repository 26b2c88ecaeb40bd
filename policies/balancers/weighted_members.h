// The members that a hashing balancer lays out, with their weights.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "core/upstream/endpoint_set.h"

namespace meshtwin {

// Those of a weight above 0; all members, each of weight 1, where none has one. In ascending order, eligible or
// not: who isn't eligible is passed over at the pick, so that others' keys stay where they are.
class WeightedMembers {
 public:
  struct Entry {
    EndpointIndex endpoint;
    std::uint32_t weight;
  };

  explicit WeightedMembers(const EndpointSet& endpoints) {
    for (const EndpointIndex e : endpoints.membership()->endpoints()) {
      if (endpoints.weight(e) > 0) entries_.push_back({e, endpoints.weight(e)});
    }
    if (entries_.empty()) {
      for (const EndpointIndex e : endpoints.membership()->endpoints()) entries_.push_back({e, 1});
    }
    least_ = greatest_ = entries_.front().weight;
    for (const Entry& entry : entries_) {
      sum_ += entry.weight;
      least_ = std::min(least_, entry.weight);
      greatest_ = std::max(greatest_, entry.weight);
    }
  }

  auto begin() const { return entries_.begin(); }
  auto end() const { return entries_.end(); }
  std::size_t size() const { return entries_.size(); }
  double sum() const { return static_cast<double>(sum_); }
  std::uint32_t least() const { return least_; }
  std::uint32_t greatest() const { return greatest_; }

 private:
  std::vector<Entry> entries_;
  std::uint64_t sum_ = 0;
  std::uint32_t least_ = 0;
  std::uint32_t greatest_ = 0;
};

}  // namespace meshtwin
