// Formulas against the simulator: the document's latency formula, M/M/c and Allen-Cunneen over a range of
// loads.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/config/scenario.h"
#include "core/models/document_formula.h"
#include "core/result.h"
#include "core/results/scenario_result.h"
#include "core/stats/confidence.h"

namespace meshtwin {

// What is known of the modelled service without simulating it. Milliseconds.
struct ModelInput {
  std::string service;
  std::uint32_t instances = 1;
  std::uint32_t workers = 1;  // of each instance
  double mean_service = 0;
  double service_cv2 = 1;          // 1 for processor sharing, whose mean does not depend on the shape
  double communication = 0;        // both ways
  double capacity_per_second = 0;  // of all instances
  std::uint32_t sidecars = 1;      // each with a balancer of its own
  bool looks_at_load = false;      // the balancer does
  bool shared_queue = false;       // it sees all of the load: nearer to one queue for all than to one each
  double arrivals_cv2 = 1;         // of the times between arrivals at the queue that Allen-Cunneen is about
};

struct ModelPoint {
  double load = 0;                   // of each worker
  double rate = 0;                   // calls a second
  Estimate simulated;                // mean latency
  double requests_per_instance = 0;  // in the system at a time, by Little's law from the simulated latency
  double document_formula = 0;
  double fitted_formula = 0;
  double mmc_split = 0;   // each instance its own queue
  double mmc_shared = 0;  // one queue for all
  double allen_cunneen = 0;
};

struct ModelStudy {
  ModelInput input;
  std::vector<ModelPoint> points;
  DocumentFormulaFit fit;
  std::vector<std::string> findings;  // a sentence each
};

// What the formulas need of the scenario's first client and the service that it calls. An error where they
// don't apply: other arrivals than poisson or deterministic, another network than the native one, calls to
// further services, instances that differ.
Result<ModelInput> model_input(const Scenario& scenario);

// What of the scenario the study goes without, a sentence each.
std::vector<std::string> left_out(const Scenario& scenario);

// The warnings of the simulations at `loads` about the modelled service. Those that differ in their numbers
// alone are given once, as the first load has them.
std::vector<std::string> load_warnings(const ModelInput& input, const std::vector<double>& loads,
                                       const std::vector<std::vector<std::string>>& warnings);

// The scenario at one load, without its faults, changes and expectations, and with nothing of the policy but
// the balancer.
Scenario at_load(const Scenario& scenario, const ModelInput& input, double load);

// `latencies` are the simulated mean latencies of the loads, in order; at least two.
Result<ModelStudy> study_model(const ModelInput& input, const std::vector<double>& loads,
                               const std::vector<Estimate>& latencies);

}  // namespace meshtwin
