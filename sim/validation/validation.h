// Runs the experiments of the validation and judges what comes out.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/result.h"
#include "core/stats/confidence.h"
#include "sim/validation/check.h"

namespace meshtwin {

struct ValidationOptions {
  double effort = 1;  // times the number of requests, where that may be; above 0
  std::uint64_t seed = 1;
  unsigned threads = 1;
  std::function<bool(double share)> on_progress;  // of the work; false ends it. From the calling thread
};

struct CheckResult {
  double value = 0;
  Interval interval{};  // 99.9 %: of some two hundred references that hold, hardly one is outside by chance
  bool holds = false;   // as the check's relation wants it
};

struct ExperimentResult {
  Experiment experiment;
  std::vector<CheckResult> checks;  // in the experiment's order
  std::uint64_t requests = 0;       // simulated, all replications together
};

struct Validation {
  std::vector<ExperimentResult> experiments;  // without those that an early end left out
  std::vector<Unchecked> unchecked;  // as it was given
  bool complete = true;
  std::size_t checks() const;
  std::size_t missed() const;
};

// One number of replications that have been run: from their totals, or `from_calls`, one for each.
CheckResult judge(const Check& check, const std::vector<Replication>& runs,
                  const std::vector<double>& from_calls = {});

// The same result for the same effort and seed, whatever the number of threads. Errors are the runner's.
Result<Validation> validate(std::vector<Experiment> experiments, const ValidationOptions& options);

}  // namespace meshtwin
