// What a driver calls the endpoints of a service. Consistent hashing goes by it, so that clients agree.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/call/events.h"

namespace meshtwin {

// Shared by all who know the service. An endpoint keeps its name for its life.
class EndpointNames {
 public:
  void add(EndpointIndex endpoint, std::string name) {
    if (endpoint >= names_.size()) names_.resize(endpoint + std::size_t{1});
    names_[endpoint] = std::move(name);
  }
  // The number of the endpoint, for one that has no name.
  std::string of(EndpointIndex endpoint) const {
    const bool named = endpoint < names_.size() && !names_[endpoint].empty();
    return named ? names_[endpoint] : std::to_string(endpoint);
  }

 private:
  std::vector<std::string> names_;
};

using EndpointNamesPtr = std::shared_ptr<const EndpointNames>;

}  // namespace meshtwin
