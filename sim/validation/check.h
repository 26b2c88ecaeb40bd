// What `meshtwin validate` checks: references from theory and from publications, and how the simulator measures them.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "core/config/scenario.h"
#include "core/results/replication.h"

namespace meshtwin {

enum class ReferenceKind : std::uint8_t {
  exact,      // a closed form or a solved Markov chain
  simulated,  // somebody's simulation, `tolerance` is the half width of its interval
  published,  // a measurement or a figure in a paper, `tolerance` is what "about" is taken to mean
};

// One number of an experiment.
struct Check {
  std::string what;    // "mean response time"
  std::string source;  // "exact: 1 / (mu - lambda)"
  ReferenceKind kind = ReferenceKind::exact;
  double reference = 0;
  double tolerance = 0;  // the reference may lie so far outside the interval
  // From all replications, and from each of them alone for the interval.
  std::function<double(std::span<const Replication>)> measure;
};

// One scenario, whose replications give the numbers of all its checks.
struct Experiment {
  std::string section;  // "1 one station"
  std::string name;     // "M/M/1, load .8"
  Scenario scenario;
  std::uint32_t replications = 20;
  bool scales = true;  // runs longer for narrower intervals; else its length is part of what is checked
  std::vector<Check> checks;
};

// By section, in the order of the report.
std::vector<Experiment> station_experiments();     // 1 one station
std::vector<Experiment> limit_experiments();       // 2 limits
std::vector<Experiment> balancer_experiments();    // 3 round robin, 4 power of d choices, 5 shortest queue
std::vector<Experiment> redundancy_experiments();  // 6 redundancy
std::vector<Experiment> network_experiments();     // 7 networks of queues
std::vector<Experiment> fan_out_experiments();     // 7 fork and join, 8 the tail at scale
std::vector<Experiment> retry_experiments();       // 9 retries, 10 metastable failure
std::vector<Experiment> published_experiments();   // 11 experiments of others
std::vector<Experiment> all_experiments();

}  // namespace meshtwin
