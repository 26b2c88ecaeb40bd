// Least request: the endpoint with the fewest active requests, of a few drawn at random or of all.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "core/config/policy.h"
#include "core/upstream/policy_interfaces.h"
#include "policies/balancers/candidates.h"
#include "policies/balancers/edf_schedule.h"
#include "policies/balancers/load_board.h"

namespace meshtwin {

// "Active" counts attempts started and not finished by this client alone, those without a connection
// included.
// Equal weights, `choices` = d: d distinct endpoints uniformly at random, the fewest active requests win, the
// one drawn first on a tie (Mitzenmacher 2001). Constant time.
// The same with `replacement`: d draws, each of all endpoints, as Envoy does; a single one may be all that they bring.
// Equal weights, all: a scan; ties uniformly at random. Linear in the number of endpoints.
// Unequal weights, `choices`: earliest deadline first with weight / (active + 1)^bias, as Envoy does.
// Logarithmic.
// Unequal weights, all: the highest weight / (active + 1)^bias; ties uniformly at random. Linear.
// Replicas of a key: those, by weight / (active + 1)^bias; ties uniformly at random. Constant time.
// With `load_update_interval` all of this goes by a LoadBoard instead.
class LeastRequestBalancer final : public Balancer {
 public:
  explicit LeastRequestBalancer(const LeastRequestConfig& config)
      : config_(config),
        plain_pair_(config.choices == 2 && !config.replacement && !config.load_update_interval),
        candidates_(config.replicas_of.has_value()) {
    if (config.load_update_interval) board_.emplace(*config.load_update_interval);
  }
  Pick pick(const PickContext& context) override;
  Pick pick_uniformly(const PickContext& context) override {
    return candidates_.by_key() ? candidates_.pick_uniformly(context, *config_.choices)
                                : Balancer::pick_uniformly(context);
  }
  double score(const EndpointSet& endpoints, EndpointIndex endpoint, Time now) const override;
  ScoreMeaning score_meaning(const EndpointSet& endpoints) const override;
  void archive(StateArchive& archive, const EndpointSet& endpoints) override;

 private:
  struct Pair {
    std::array<EndpointIndex, 2> drawn;
    EndpointIndex winner;
  };
  using Endpoints = std::span<const EndpointIndex>;
  Pair pick_of_two(const PickContext& context, Endpoints eligible) const;
  EndpointIndex pick_of_two_traced(const PickContext& context, Endpoints eligible) const;
  EndpointIndex pick_of_few(const PickContext& context, std::uint32_t choices) const;
  EndpointIndex pick_of_replicas(const PickContext& context);
  EndpointIndex pick_of_all(const PickContext& context) const;
  EndpointIndex pick_by_schedule(const PickContext& context);
  std::uint32_t load(const EndpointSet& endpoints, EndpointIndex endpoint) const {
    return board_ ? board_->load(endpoint) : endpoints.active(endpoint);
  }
  double rank(const EndpointSet& endpoints, EndpointIndex endpoint) const;
  void trace(const PickContext& context, std::span<const EndpointIndex> drawn, EndpointIndex winner) const;

  LeastRequestConfig config_;
  bool plain_pair_;  // the usual case: two distinct choices by the load of now
  std::optional<LoadBoard> board_;
  EdfSchedule schedule_;  // for unequal weights alone
  Candidates candidates_;  // by key alone
};

}  // namespace meshtwin
