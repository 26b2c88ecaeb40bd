#include "sim/validation/validation.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <numeric>
#include <utility>

#include "core/random/stream.h"
#include "sim/run/runner.h"

namespace meshtwin {
namespace {

constexpr double kRounding = 1e-12;
constexpr double kConfidence = 0.999;

Scenario at_effort(const Experiment& experiment, double effort) {
  Scenario scenario = experiment.scenario;
  if (!experiment.scales) return scenario;
  const auto measured = static_cast<double>((scenario.duration - scenario.warmup).count());
  scenario.duration = scenario.warmup + rounded_duration(measured * effort);
  return scenario;
}

struct Runs {
  std::vector<Replication> totals;
  std::vector<std::vector<double>> from_calls;  // by replication, where the experiment works them out
  bool stopped = false;
};

// Where calls are kept, there are those of a few replications at a time.
Result<Runs> run(const Experiment& experiment, const Scenario& scenario, const ValidationOptions& options,
                 const std::function<bool(double share)>& on_progress) {
  const std::vector<std::uint64_t> seeds =
      replication_seeds(stream_seed(options.seed, experiment.name), experiment.replications);
  const std::size_t at_once = experiment.numbers_from_calls ? std::max(options.threads, 1u) : seeds.size();
  Runs out;
  for (std::size_t first = 0; first < seeds.size() && !out.stopped; first += at_once) {
    const std::size_t count = std::min(at_once, seeds.size() - first);
    std::vector<CallLog> calls;
    RunPlan plan;
    plan.seeds.assign(seeds.begin() + first, seeds.begin() + first + count);
    plan.parallel = options.threads;
    if (experiment.numbers_from_calls) plan.call_logs = &calls;
    RunMonitor monitor(count, [&](RunMonitor& m) {
      const double part = std::min(to_seconds(m.simulated()) / to_seconds(scenario.duration), static_cast<double>(count));
      if (!on_progress((static_cast<double>(first) + part) / static_cast<double>(seeds.size()))) m.stop_all();
    });
    Result<std::vector<Replication>> runs = run_in_threads(scenario, plan, monitor);
    if (!runs) return runs.error();
    out.stopped = monitor.stopped();
    std::move(runs.value().begin(), runs.value().end(), std::back_inserter(out.totals));
    for (std::size_t i = 0; i < calls.size() && !out.stopped; ++i) {
      out.from_calls.push_back(experiment.numbers_from_calls({scenario, plan.seeds[i], calls[i]}));
    }
  }
  return out;
}

ExperimentResult judged(Experiment experiment, const Runs& runs) {
  ExperimentResult result;
  for (const Check& check : experiment.checks) {
    std::vector<double> numbers;
    if (check.number_from_calls) {
      for (const std::vector<double>& one : runs.from_calls) numbers.push_back(one[*check.number_from_calls]);
    }
    result.checks.push_back(judge(check, runs.totals, numbers));
  }
  for (const Replication& run : runs.totals) {
    for (const ServiceTotals& service : run.services) result.requests += service.requests;
  }
  result.experiment = std::move(experiment);
  return result;
}

// Simulated time stands for work, which is near enough for a progress line.
double work_of(const Scenario& scenario, std::uint32_t replications) {
  double rate = 0;
  for (const ClientConfig& client : scenario.clients) {
    if (const auto* poisson = std::get_if<PoissonArrivals>(&client.arrivals)) rate += poisson->rate;
  }
  return to_seconds(scenario.duration) * replications * std::max(rate, 1000.0);
}

}  // namespace

std::vector<Experiment> all_experiments() {
  std::vector<Experiment> all;
  for (const auto section :
       {station_experiments, limit_experiments, balancer_experiments, choice_experiments, redundancy_experiments,
        network_experiments, fan_out_experiments, retry_experiments, metastable_experiments, published_experiments,
        adaptive_experiments, brpc_experiments}) {
    std::vector<Experiment> some = section();
    std::move(some.begin(), some.end(), std::back_inserter(all));
  }
  std::stable_sort(all.begin(), all.end(), [](const Experiment& a, const Experiment& b) {
    return std::stoi(a.section) < std::stoi(b.section);
  });
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

CheckResult judge(const Check& check, const std::vector<Replication>& runs, const std::vector<double>& from_calls) {
  CheckResult result;
  std::vector<double> each = from_calls;
  if (check.measure) {
    result.value = check.measure(runs);
    for (const Replication& run : runs) each.push_back(check.measure(std::span(&run, 1)));
  } else {
    result.value = std::accumulate(each.begin(), each.end(), 0.0) / static_cast<double>(each.size());
  }
  const Interval at95 = sectioned_interval95(result.value, each);
  const int dof = static_cast<int>(each.size()) - 1;
  const double half = at95.half_width() * student_t_quantile((1 + kConfidence) / 2, dof) /
                      student_t_quantile(0.975, dof);
  result.interval = {result.value - half, result.value + half};
  switch (check.relation) {
    case Relation::equals:
      result.holds = result.interval.low - check.tolerance <= check.reference &&
                     check.reference <= result.interval.high + check.tolerance;
      break;
    case Relation::each_equals:
      result.holds = std::all_of(each.begin(), each.end(), [&](double value) {
        return std::fabs(value - check.reference) <= check.tolerance + kRounding * std::fabs(check.reference);
      });
      break;
    case Relation::below:
      result.holds = result.interval.high < check.reference;
      break;
    case Relation::above:
      result.holds = result.interval.low > check.reference;
      break;
  }
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
    const double own_work = work_of(scenarios[i], experiments[i].replications);
    const Result<Runs> runs = run(experiments[i], scenarios[i], options, [&](double share) {
      return !options.on_progress || options.on_progress((done + own_work * share) / work);
    });
    if (!runs) return runs.error();
    if (runs.value().stopped) {
      out.complete = false;
      return out;
    }
    done += own_work;
    out.experiments.push_back(judged(std::move(experiments[i]), runs.value()));
  }
  return out;
}

}  // namespace meshtwin
