#include "core/results/model_study.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <optional>
#include <variant>

#include <fmt/format.h>

#include "core/models/queueing.h"

namespace meshtwin {
namespace {

constexpr double kGoodEnough = 0.10;

// The squared variation of a renewal process of which a random one of `n` arrivals is kept, and as an
// approximation that of `n` such processes together (Whitt, "The queueing network analyzer", 1983).
double thinned(double cv2, std::uint32_t n) { return 1 + (cv2 - 1) / n; }

// How the arrivals at one queue vary, when the instances have a queue each.
double split_arrivals_cv2(const BalancerConfig& balancer, double cv2, std::uint32_t sidecars,
                          std::uint32_t instances) {
  const bool in_turn = std::holds_alternative<RoundRobinConfig>(balancer) ||
                       std::holds_alternative<WeightedRoundRobinConfig>(balancer);
  if (!in_turn) return thinned(cv2, instances);
  // Every n-th arrival at each sidecar, and those of all sidecars together.
  return thinned(thinned(cv2, sidecars) / instances, sidecars);
}

const PolicyConfig& modelled_policy(const Scenario& scenario) {
  return scenario.policies[scenario.clients.front().service].config;
}

// The parts of the policy that change latencies in ways that the formulas know nothing of.
std::string parts_left_out(const PolicyConfig& policy) {
  std::string parts;
  const auto add = [&](bool there, const char* name) {
    if (there) parts += (parts.empty() ? "" : ", ") + std::string(name);
  };
  const LimitsConfig& limits = policy.limits;
  add(policy.timeout.has_value(), "timeout");
  add(policy.retry.max_attempts > 1 || policy.retry.per_try_timeout, "retry");
  add(policy.hedge.has_value(), "hedge");
  add(policy.breaker.has_value(), "breaker");
  add(limits.connections || limits.pending || limits.requests || limits.retries, "limits");
  return parts;
}

// Instances that differ have queues other than the formulas'.
std::optional<Error> unlike_the_formulas(const ServiceConfig& service) {
  if (service.overrides.empty()) return std::nullopt;
  return Error{
      fmt::format("$.services.{0}.overrides: the model needs instances that are all alike; leave them out "
                  "with --set services.{0}.overrides=null",
                  service.name)};
}

double relative_error(double formula, double simulated) { return formula / simulated - 1; }

std::string percent(double share) { return fmt::format("{:+.0f} %", share * 100); }

std::vector<std::string> findings_of(const ModelStudy& study) {
  std::vector<std::string> findings;
  std::string holds;
  const ModelPoint* worst = nullptr;
  for (const ModelPoint& p : study.points) {
    const double error = relative_error(p.document_formula, p.simulated.value);
    if (std::fabs(error) <= kGoodEnough) holds += fmt::format("{}{:g}", holds.empty() ? "" : ", ", p.load);
    if (worst == nullptr ||
        std::fabs(error) > std::fabs(relative_error(worst->document_formula, worst->simulated.value))) {
      worst = &p;
    }
  }
  findings.push_back(holds.empty() ? "T = n/c·s + t is more than 10 % off at every load of this range."
                                   : fmt::format("T = n/c·s + t holds to within 10 % at load {}.", holds));
  findings.push_back(
      fmt::format("It breaks most at load {:g}: {:.3g} ms against {:.3g} ms simulated ({}). It leaves out "
                  "the request's own "
                  "service, so that an empty system would take no time but communication, and whatever the "
                  "balancer saves by "
                  "looking at load.",
                  worst->load, worst->document_formula, worst->simulated.value,
                  percent(relative_error(worst->document_formula, worst->simulated.value))));
  const DocumentFormulaFit& fit = study.fit;
  findings.push_back(fmt::format(
      "Fitted to the simulation (least squares): single-request latency {:.3g} ms (its mean is {:.3g} ms), "
      "communication latency {:.3g} ms (it is {:.3g} ms); R² {:.4f}, largest error {:.0f} %.",
      fit.formula.single_latency, study.input.mean_service, fit.formula.communication_latency,
      study.input.communication, fit.r_squared, fit.largest_relative_residual * 100));
  double largest = 0;
  for (const ModelPoint& p : study.points) {
    largest = std::max(largest, std::fabs(relative_error(p.allen_cunneen, p.simulated.value)));
  }
  findings.push_back(fmt::format(
      "Allen-Cunneen, with {}, is at most {:.0f} % off.",
      study.input.shared_queue ? "one queue for all instances" : "a queue for each instance", largest * 100));
  if (study.input.looks_at_load && !study.input.shared_queue) {
    findings.push_back(
        fmt::format("Each of the {} sidecars sees only its own calls, so that its balancer knows 1/{} of the "
                    "load: the system lies between a queue for each instance and one for all.",
                    study.input.sidecars, study.input.sidecars));
  }
  return findings;
}

}  // namespace

Result<ModelInput> model_input(const Scenario& scenario) {
  if (scenario.clients.empty()) return Error{"the model needs a client"};
  const ClientConfig& client = scenario.clients.front();
  const ServiceConfig& service = scenario.services[client.service];
  const bool poisson = std::holds_alternative<PoissonArrivals>(client.arrivals);
  if (!poisson && !std::holds_alternative<DeterministicArrivals>(client.arrivals)) {
    return Error{
        fmt::format("$.clients.{}.arrivals: the model needs poisson or deterministic arrivals", client.name)};
  }
  if (!std::holds_alternative<NativeNetwork>(scenario.network)) {
    return Error{"$.network.model: the model needs the native network, whose latency the formulas add"};
  }
  if (!service.calls.empty()) {
    return Error{
        fmt::format("$.services.{}.calls: the model is about one service that calls no other", service.name)};
  }
  if (std::optional<Error> error = unlike_the_formulas(service)) return *error;
  if (service.service_time.mean() <= Duration::zero()) {
    return Error{
        fmt::format("$.services.{}.service_time: the model needs a service time above zero", service.name)};
  }
  ModelInput input;
  input.service = service.name;
  input.instances = service.instances;
  input.workers = service.concurrency;
  input.mean_service = to_milliseconds(service.service_time.mean());
  const bool sharing = service.discipline == Discipline::processor_sharing;
  input.service_cv2 = sharing ? 1 : service.service_time.cv2();
  input.communication = 2 * to_milliseconds(std::get<NativeNetwork>(scenario.network).latency.mean());
  input.capacity_per_second = service.instances * service.concurrency / input.mean_service * 1e3;
  const BalancerConfig& balancer = modelled_policy(scenario).balancer;
  input.sidecars = client.sidecars;
  input.looks_at_load = std::holds_alternative<LeastRequestConfig>(balancer) ||
                        std::holds_alternative<PeakEwmaConfig>(balancer) ||
                        std::holds_alternative<JoinIdleQueueConfig>(balancer) ||
                        std::holds_alternative<PrequalConfig>(balancer) || std::holds_alternative<C3Config>(balancer);
  input.shared_queue = input.looks_at_load && client.sidecars == 1;
  const double cv2 = poisson ? 1 : 0;
  input.arrivals_cv2 =
      input.shared_queue ? cv2 : split_arrivals_cv2(balancer, cv2, client.sidecars, service.instances);
  return input;
}

std::vector<std::string> left_out(const Scenario& scenario) {
  std::vector<std::string> notes;
  if (!scenario.faults.empty() || !scenario.changes.empty()) {
    notes.push_back("the scenario's faults and changes are left out: the formulas are about a steady state");
  }
  const std::string parts = parts_left_out(modelled_policy(scenario));
  if (!parts.empty()) {
    notes.push_back(
        fmt::format("the policy's {} left out, of the simulation too: the formulas know only its balancer",
                    parts + (parts.find(',') == std::string::npos && parts != "limits" ? " is" : " are")));
  }
  if (scenario.services[scenario.clients.front().service].queue) {
    notes.push_back(
        "the bound of the service's queue is left out, of the simulation too: in the formulas all calls "
        "wait");
  }
  if (scenario.clients.size() > 1) {
    notes.push_back(fmt::format("only the first client, {}, is modelled", scenario.clients[0].name));
  }
  return notes;
}

std::vector<std::string> load_warnings(const ModelInput& input, const std::vector<double>& loads,
                                       const std::vector<std::vector<std::string>>& warnings) {
  assert(loads.size() == warnings.size());
  struct Alike {
    std::string wording, first, loads;
  };
  std::vector<Alike> kinds;
  for (std::size_t i = 0; i < loads.size(); ++i) {
    for (const std::string& warning : warnings[i]) {
      // The other services have no client here.
      if (!warning.starts_with(input.service + ": ")) continue;
      std::string wording = warning;
      std::erase_if(wording, [](char c) { return c >= '0' && c <= '9'; });
      const auto known =
          std::find_if(kinds.begin(), kinds.end(), [&](const Alike& k) { return k.wording == wording; });
      if (known == kinds.end()) {
        kinds.push_back({wording, fmt::format("load {:g}: {}", loads[i], warning), ""});
      } else {
        known->loads += fmt::format("{}{:g}", known->loads.empty() ? "" : ", ", loads[i]);
      }
    }
  }
  std::vector<std::string> texts;
  for (const Alike& kind : kinds) {
    texts.push_back(kind.loads.empty() ? kind.first
                                       : fmt::format("{} (likewise at load {})", kind.first, kind.loads));
  }
  return texts;
}

Scenario at_load(const Scenario& scenario, const ModelInput& input, double load) {
  Scenario result = scenario;
  result.faults.clear();
  result.changes.clear();
  result.expect.clear();
  result.clients.resize(1);
  result.services[result.clients.front().service].queue.reset();
  PolicyConfig& policy = result.policies[result.clients.front().service].config;
  PolicyConfig balancer_alone;
  balancer_alone.balancer = policy.balancer;
  policy = balancer_alone;
  const double rate = load * input.capacity_per_second;
  auto& arrivals = result.clients.front().arrivals;
  if (auto* poisson = std::get_if<PoissonArrivals>(&arrivals)) poisson->rate = rate;
  if (auto* deterministic = std::get_if<DeterministicArrivals>(&arrivals)) deterministic->rate = rate;
  return result;
}

Result<ModelStudy> study_model(const ModelInput& input, const std::vector<double>& loads,
                               const std::vector<Estimate>& latencies) {
  assert(loads.size() == latencies.size());
  ModelStudy study;
  study.input = input;
  const DocumentFormula literal{input.mean_service, input.communication};
  std::vector<DocumentObservation> observations;
  for (std::size_t i = 0; i < loads.size(); ++i) {
    ModelPoint p;
    p.load = loads[i];
    p.rate = p.load * input.capacity_per_second;
    p.simulated = latencies[i];
    p.requests_per_instance =
        p.rate / 1e3 * std::max(p.simulated.value - input.communication, 0.0) / input.instances;
    p.document_formula = literal.response_time(p.requests_per_instance, 1);
    p.mmc_split = mmc_response_time(input.workers, p.load, input.mean_service) + input.communication;
    p.mmc_shared =
        mmc_response_time(input.workers * input.instances, p.load, input.mean_service) + input.communication;
    const std::uint32_t servers = input.shared_queue ? input.workers * input.instances : input.workers;
    p.allen_cunneen =
        allen_cunneen_wait(servers, p.load, input.mean_service, input.arrivals_cv2, input.service_cv2) +
        input.mean_service + input.communication;
    observations.push_back({p.requests_per_instance, p.simulated.value});
    study.points.push_back(p);
  }
  Result<DocumentFormulaFit> fit = fit_document_formula(observations);
  if (!fit) return fit.error();
  study.fit = fit.value();
  for (ModelPoint& p : study.points) {
    p.fitted_formula = study.fit.formula.response_time(p.requests_per_instance, 1);
  }
  study.findings = findings_of(study);
  return study;
}

}  // namespace meshtwin
