#include "sim/validation/validation.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "core/random/stream.h"
#include "sim/run/runner.h"

namespace meshtwin {
namespace {

constexpr double kConfidence = 0.999;

Scenario at_effort(const Experiment& experiment, double effort) {
  Scenario scenario = experiment.scenario;
  if (!experiment.scales) return scenario;
  const auto measured = static_cast<double>((scenario.duration - scenario.warmup).count());
  scenario.duration = scenario.warmup + rounded_duration(measured * effort);
  return scenario;
}

// Simulated time stands for work, which is near enough for a progress line.
double work_of(const Scenario& scenario, std::uint32_t replications) {
  double rate = 1;
  if (const auto* poisson = std::get_if<PoissonArrivals>(&scenario.clients[0].arrivals)) rate = poisson->rate;
  return to_seconds(scenario.duration) * replications * std::max(rate, 1000.0);
}

}  // namespace

std::vector<Experiment> all_experiments() {
  std::vector<Experiment> all;
  for (const auto section : {station_experiments, limit_experiments, balancer_experiments, redundancy_experiments,
                             network_experiments, fan_out_experiments, retry_experiments, published_experiments}) {
    std::vector<Experiment> some = section();
    std::move(some.begin(), some.end(), std::back_inserter(all));
  }
  return all;
}

std::size_t Validation::checks() const {
  std::size_t count = 0;
  for (const ExperimentResult& one : experiments) count += one.checks.size();
  return count;
}

std::size_t Validation::missed() const {
  std::size_t count = 0;
  for (const ExperimentResult& one : experiments) {
    for (const CheckResult& check : one.checks) count += check.holds ? 0 : 1;
  }
  return count;
}

CheckResult judge(const Check& check, const std::vector<Replication>& runs) {
  CheckResult result;
  result.value = check.measure(runs);
  std::vector<double> each;
  for (const Replication& run : runs) each.push_back(check.measure(std::span(&run, 1)));
  const Interval at95 = sectioned_interval95(result.value, each);
  const int dof = static_cast<int>(runs.size()) - 1;
  const double half = at95.half_width() * student_t_quantile((1 + kConfidence) / 2, dof) /
                      student_t_quantile(0.975, dof);
  result.interval = {result.value - half, result.value + half};
  result.holds = result.interval.low - check.tolerance <= check.reference &&
                 check.reference <= result.interval.high + check.tolerance;
  return result;
}

Result<Validation> validate(std::vector<Experiment> experiments, const ValidationOptions& options) {
  std::vector<Scenario> scenarios;
  double work = 0;
  for (const Experiment& experiment : experiments) {
    scenarios.push_back(at_effort(experiment, options.effort));
    work += work_of(scenarios.back(), experiment.replications);
  }
  Validation out;
  double done = 0;
  for (std::size_t i = 0; i < experiments.size(); ++i) {
    Experiment& experiment = experiments[i];
    const double own_work = work_of(scenarios[i], experiment.replications);
    RunPlan plan;
    plan.seeds = replication_seeds(stream_seed(options.seed, experiment.name), experiment.replications);
    plan.parallel = options.threads;
    RunMonitor monitor(plan.seeds.size(), [&](RunMonitor& m) {
      const double part = to_seconds(m.simulated()) / to_seconds(scenarios[i].duration) / experiment.replications;
      if (options.on_progress && !options.on_progress((done + own_work * std::min(part, 1.0)) / work)) m.stop_all();
    });
    const Result<std::vector<Replication>> runs = run_in_threads(scenarios[i], plan, monitor);
    if (!runs) return runs.error();
    if (monitor.stopped()) {
      out.complete = false;
      return out;
    }
    done += own_work;
    ExperimentResult result;
    for (const Check& check : experiment.checks) result.checks.push_back(judge(check, runs.value()));
    for (const Replication& run : runs.value()) result.requests += run.services[0].requests;
    result.experiment = std::move(experiment);
    out.experiments.push_back(std::move(result));
  }
  return out;
}

}  // namespace meshtwin
