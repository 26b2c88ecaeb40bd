// Processor sharing: all requests inside progress at once, at an equal share of the processors.
#pragma once

#include <cstdint>
#include <vector>

#include "core/time.h"

namespace meshtwin {

// With n requests on c processors each runs at the rate min(1, c/n). Virtual time advances at that rate, and
// a request is done when it has advanced by the request's demand (Nagle's processor-sharing clock). Adding
// and finishing are logarithmic.
class ProcessorShare {
 public:
  explicit ProcessorShare(std::uint32_t processors) : processors_(processors) {}

  std::size_t size() const { return jobs_.size(); }
  void add(Time now, std::uint32_t request, Duration demand);
  // Linear in the number of requests inside.
  void remove(Time now, std::uint32_t request);
  // When the next request is done if none comes or goes before; kNever when there is none.
  Time next_done(Time now) const;
  // Takes out the request that is done by `now`, in order of their ends; false when there is none.
  bool take_done(Time now, std::uint32_t& request);
  void clear();

  // Changes with each add, remove and take; what was planned for another version is void.
  std::uint32_t version() const { return version_; }

 private:
  struct Job {
    double end = 0;  // in virtual nanoseconds
    std::uint64_t order = 0;
    std::uint32_t request = 0;
    bool operator>(const Job& other) const {
      return end != other.end ? end > other.end : order > other.order;
    }
  };
  double rate() const;
  void advance(Time now);

  std::uint32_t processors_;
  std::vector<Job> jobs_;  // a heap, the earliest end first
  double virtual_now_ = 0;
  Time updated_{};
  std::uint64_t order_ = 0;
  std::uint32_t version_ = 0;
};

}  // namespace meshtwin
