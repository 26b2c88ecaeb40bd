// What `meshtwin validate` checks: references from theory and from publications, and how the simulator measures them.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/config/scenario.h"
#include "core/results/call_log.h"
#include "core/results/replication.h"

namespace meshtwin {

enum class ReferenceKind : std::uint8_t {
  exact,      // a closed form or a solved Markov chain
  simulated,  // somebody's simulation, `tolerance` is the half width of its interval
  published,  // a measurement or a figure in a paper, `tolerance` is what "about" is taken to mean
  reasoned,   // a bound that a calculation by hand gives, for what is published without figures
};

// What the interval of the measured number has to do with the reference.
enum class Relation : std::uint8_t {
  equals,       // it holds the reference, give or take the tolerance
  each_equals,  // each replication by itself has the reference, give or take the tolerance: where none may differ
  below,        // it lies below the reference as a whole
  above,        // it lies above
};

// One number of an experiment.
struct Check {
  std::string what;    // "mean response time"
  std::string source;  // "exact: 1 / (mu - lambda)"
  ReferenceKind kind = ReferenceKind::exact;
  double reference = 0;
  double tolerance = 0;  // the reference may lie so far outside the interval, or a replication off; not of bounds
  // From all replications, and from each of them alone for the interval.
  std::function<double(std::span<const Replication>)> measure;
  Relation relation = Relation::equals;
  // Instead of `measure`: which of the experiment's numbers from calls, averaged over the replications.
  std::optional<std::size_t> number_from_calls = std::nullopt;
};

// Every call of one replication, for what totals don't say.
struct CallsOfRun {
  const Scenario& scenario;
  std::uint64_t seed;
  const CallLog& calls;
};

// One scenario, whose replications give the numbers of all its checks.
struct Experiment {
  std::string section;  // "1 one station"
  std::string name;     // "M/M/1, load .8"
  Scenario scenario;
  std::uint32_t replications = 20;
  bool scales = true;  // runs longer for narrower intervals; else its length is part of what is checked
  std::vector<Check> checks;
  std::function<std::vector<double>(const CallsOfRun&)> numbers_from_calls{};
};

// A published figure that no experiment stands for.
struct Unchecked {
  std::string section;   // as an experiment's
  std::string what;      // the figure
  std::string reason;    // why it isn't checked
  std::string scenario;  // the file that comes nearest to it; empty: none does
};

// By section, in the order of the report.
std::vector<Experiment> station_experiments();     // 1 one station
std::vector<Experiment> limit_experiments();       // 2 limits
std::vector<Experiment> balancer_experiments();    // 3 round robin, 5 shortest queue
std::vector<Experiment> choice_experiments();      // 4 power of d choices
std::vector<Experiment> redundancy_experiments();  // 6 redundancy
std::vector<Experiment> network_experiments();     // 7 networks of queues
std::vector<Experiment> fan_out_experiments();     // 7 fork and join, 8 the tail at scale
std::vector<Experiment> retry_experiments();       // 9 retries
std::vector<Experiment> metastable_experiments();  // 10 metastable failure
std::vector<Experiment> published_experiments();   // 11 experiments of others: one service each
std::vector<Experiment> adaptive_experiments();    // 11: stale load, Prequal, C3
std::vector<Experiment> brpc_experiments();        // 11: brpc's matrix
std::vector<Experiment> all_experiments();

std::vector<Unchecked> unchecked_figures();

}  // namespace meshtwin
