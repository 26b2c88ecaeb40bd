// Consistent hashing: requests with the same key go to the same endpoint for as long as it can take them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "core/upstream/policy_interfaces.h"
#include "core/upstream/uniform_pick.h"
#include "policies/balancers/hash_ring.h"
#include "policies/balancers/maglev_table.h"

namespace meshtwin {

// The search begins at the key's place in the table and goes on until an endpoint is eligible, not excluded, and not
// full. Those who aren't eligible are passed over, so that only their keys move, and move back when they return; a
// change of members or weights, and of those alone, lays the table out anew. A request without a key goes to a random
// place. With `hash_balance_factor` f, in percent, an endpoint is full when it has f/100 times its part, by weight
// among the eligible, of all requests under way, the new one included (consistent hashing with bounded loads: Mirrokni,
// Thorup, Zadimoghaddam, 2018; `hash-balance-factor` of HAProxy).
// After kSearchMax places, as where most endpoints are ejected, the rest of the eligible are looked at one by one,
// from a place that follows from the key.
class HashSearch {
 public:
  HashSearch(std::optional<std::uint32_t> balance_factor, std::string_view rule)
      : balance_factor_(balance_factor), rule_(rule) {}

  template <class Table>
  EndpointIndex pick(const PickContext& context, const Table& table) {
    const std::uint64_t key = context.key ? *context.key : context.random.next();
    const std::size_t place = table.place(key);
    const EndpointIndex own = table.endpoint(place);
    const bool plain = context.endpoints.all_eligible() && context.excluded.empty() && !balance_factor_ &&
                       context.trace == nullptr;
    if (plain) [[likely]] return own;
    return search(context, key, [&](std::size_t step) { return table.endpoint((place + step) % table.size()); });
  }

  static constexpr std::size_t kSearchMax = 256;

 private:
  // The endpoint of each step from the key's place on.
  template <class At>
  EndpointIndex search(const PickContext& context, std::uint64_t key, const At& at) {
    measure(context.endpoints);
    const bool restricted = !context.excluded.empty() && allowed_count(context) > 0;
    if (context.trace != nullptr) begin_trace(*context.trace);
    for (std::size_t step = 0; step < kSearchMax; ++step) {
      const EndpointIndex e = at(step);
      if (!context.endpoints.is_eligible(e)) continue;
      const bool fits = !(restricted && context.excludes(e)) && !is_full(context.endpoints, e);
      if (context.trace != nullptr) trace(*context.trace, e, step, fits);
      if (fits) return e;
    }
    return search_all(context, key);
  }
  EndpointIndex search_all(const PickContext& context, std::uint64_t key) const;
  void measure(const EndpointSet& endpoints);
  bool is_full(const EndpointSet& endpoints, EndpointIndex endpoint) const;
  void begin_trace(PickTrace& trace) const;
  static void trace(PickTrace& trace, EndpointIndex endpoint, std::size_t step, bool fits);

  std::optional<std::uint32_t> balance_factor_;
  std::string_view rule_;
  std::uint64_t weight_sum_ = 0;  // of the eligible, for the balance factor alone
  std::uint64_t version_ = ~std::uint64_t{0};
};

template <class Table, class Config>
class HashBalancer final : public Balancer {
 public:
  HashBalancer(const Config& config, std::string_view rule)
      : table_(config), search_(config.hash_balance_factor, rule) {}

  Pick pick(const PickContext& context) override {
    refresh(context.endpoints);
    return Pick::picked(search_.pick(context, table_));
  }
  double score(const EndpointSet& endpoints, EndpointIndex endpoint, Time) const override {
    return members_ == endpoints.membership() ? table_.share(endpoint) : 0;
  }
  ScoreMeaning score_meaning(const EndpointSet&) const override {
    return {"share of keys, 0 before the first pick", ScoreOrder::drawn};
  }
  // The table follows from the members, and is made anew at the next pick.
  void archive(StateArchive&, const EndpointSet&) override {}

 private:
  void refresh(const EndpointSet& endpoints) {
    if (members_ == endpoints.membership()) [[likely]] return;
    const bool same = members_ != nullptr && members_->same_weights(*endpoints.membership());
    members_ = endpoints.membership();
    if (!same) table_.build(endpoints);
  }

  Table table_;
  HashSearch search_;
  MembershipPtr members_;  // of the table
};

using RingHashBalancer = HashBalancer<HashRing, RingHashConfig>;
using MaglevBalancer = HashBalancer<MaglevTable, MaglevConfig>;

}  // namespace meshtwin
