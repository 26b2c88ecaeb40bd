// Load information that is told from time to time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/time.h"
#include "core/upstream/endpoint_set.h"

namespace meshtwin {

// The active requests of each endpoint as they were at the last update: Mitzenmacher's bulletin board with periodic
// updates ("How useful is old information?", IEEE TPDS 2000). Updates are due at the multiples of the interval, and
// come with the first pick after.
class LoadBoard {
 public:
  // Above 0.
  explicit LoadBoard(Duration interval) : interval_(interval) {}
  void update(Time now, const EndpointSet& endpoints);
  // 0 for an endpoint that was unknown then.
  std::uint32_t load(EndpointIndex endpoint) const { return endpoint < loads_.size() ? loads_[endpoint] : 0; }
  void archive(StateArchive& archive, std::size_t endpoints_max);

 private:
  Duration interval_;
  Time due_{};
  std::vector<std::uint32_t> loads_;  // by endpoint
};

}  // namespace meshtwin
