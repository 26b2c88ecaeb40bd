// A breaker for each endpoint that ever had an attempt; an endpoint whose breaker rejects isn't eligible.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "core/time.h"
#include "core/upstream/endpoint_set.h"
#include "core/upstream/policy_interfaces.h"

namespace meshtwin {

using BreakerFactory = std::function<std::unique_ptr<Breaker>()>;

class EndpointBreakers {
 public:
  // An empty factory: there are no breakers, enabled() is false and nothing else may be called.
  explicit EndpointBreakers(BreakerFactory factory) : factory_(std::move(factory)) {}

  bool enabled() const { return static_cast<bool>(factory_); }
  // Makes endpoints eligible again whose breakers let probes through by now.
  void readmit_due(Time now, EndpointSet& endpoints);
  // After a change of members: one that left and came back is still kept out while its breaker rejects.
  void apply_to(EndpointSet& endpoints) const;
  std::uint32_t on_start(Time now, EndpointIndex endpoint, EndpointSet& endpoints);
  void on_finish(Time now, EndpointIndex endpoint, std::uint32_t ticket, Verdict verdict,
                 EndpointSet& endpoints);
  // Null for an endpoint that never had an attempt.
  const Breaker* find(EndpointIndex endpoint) const;
  // Whether its breaker let nothing through when it was last asked.
  bool rejects(EndpointIndex endpoint) const { return endpoint < entries_.size() && entries_[endpoint].rejects; }

  // The state of the breakers; the factory makes those that are loaded.
  void archive(StateArchive& archive);

 private:
  struct Entry {
    std::unique_ptr<Breaker> breaker;  // null until the first attempt
    bool rejects = false;              // when last asked
  };
  struct Readmission {
    Time at;
    EndpointIndex endpoint;
  };
  bool ask(Time now, EndpointIndex endpoint, EndpointSet& endpoints);
  void refresh(Time now, EndpointIndex endpoint, EndpointSet& endpoints);

  BreakerFactory factory_;
  std::vector<Entry> entries_;        // by endpoint
  std::vector<Readmission> waiting_;  // open breakers, in ascending order of time, then endpoint
};

}  // namespace meshtwin
