// Which host each sidecar and each instance of a scenario runs on.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "core/config/scenario.h"
#include "core/result.h"
#include "sim/network/simgrid/platform.h"

namespace meshtwin {

// A party's sidecars or instances go round its hosts: those that `placement` names (a zone stands for its
// hosts in order), or else all hosts of the platform. Parties with the same hosts go round them together,
// clients first, then services, in the scenario's order, so that a client and a service share a host only
// where hosts are too few. Instances that join later go on from their service's last one.
class HostAssignment {
 public:
  // Errors: a placement that names neither a host nor a zone, or no party of the scenario.
  static Result<HostAssignment> make(const Scenario& scenario, const Platform& platform);

  simgrid::s4u::Host* host(const std::string& party, std::uint32_t ordinal) const {
    const Round& round = parties_.at(party);
    return round.hosts[(round.first + std::size_t{ordinal}) % round.hosts.size()];
  }
  // The hosts that `count` of a party's sidecars or instances use, each once.
  std::vector<simgrid::s4u::Host*> hosts_of(const std::string& party, std::size_t count) const;

 private:
  struct Round {
    std::vector<simgrid::s4u::Host*> hosts;
    std::size_t first = 0;
  };
  std::map<std::string, Round> parties_;
};

}  // namespace meshtwin
