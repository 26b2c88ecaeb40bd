#include "core/results/scenario_result.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <utility>

#include <fmt/format.h>

namespace meshtwin {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// With 20 independent batches the correlation of neighbours stays below this in 39 of 40 cases.
constexpr double kSuspiciousCorrelation = 0.45;

// What one section of the data, a replication or a batch, says.
struct Section {
  double requests = 0, successes = 0, attempts = 0, throughput = 0;
  double ended = 0;  // calls with a latency
  LatencySummary latency{}, success_latency{};
};

double ratio(double part, double whole) { return whole > 0 ? part / whole : 0; }

// Of an interrupted run, the part that happened.
double seconds_measured(const Scenario& scenario, const Replication& run) {
  const Time until = run.partial ? std::min(run.ended_at, Time(scenario.duration)) : Time(scenario.duration);
  return std::max(to_seconds(until - Time(scenario.warmup)), 0.0);
}

Histogram all_outcomes(const ServiceTotals& totals) {
  Histogram all = totals.success_latency;
  all.merge(totals.failure_latency);
  return all;
}

Section section_of(const Scenario& scenario, const Replication& run, const ServiceTotals& t) {
  Section section{double(t.requests), double(t.successes), double(t.attempts)};
  const Histogram all = all_outcomes(t);
  section.throughput = ratio(double(t.succeeded_in_time), seconds_measured(scenario, run));
  section.ended = double(all.count());
  section.latency = summarize(all);
  section.success_latency = summarize(t.success_latency);
  return section;
}

// The batches of a single run; those that an interrupt cut short say nothing.
std::vector<Section> batches_of(const Scenario& scenario, const Replication& run, std::size_t service) {
  std::vector<Section> sections;
  const Duration length = run.slice_length * kSlicesPerBatch;
  Time ends(scenario.warmup);
  for (const BatchTotals& b : run.services[service].batches) {
    const Time begins = std::exchange(ends, ends + length);
    if (run.partial && ends > run.ended_at) break;
    const Duration covered = std::min(ends, Time(scenario.duration)) - begins;
    if (covered <= Duration::zero()) break;
    Section section{double(b.requests), double(b.successes), double(b.attempts)};
    section.throughput = double(b.succeeded_in_time) / to_seconds(covered);
    section.ended = double(b.ended);
    section.latency = b.latency;
    section.success_latency = b.success_latency;
    sections.push_back(section);
  }
  return sections;
}

std::vector<Section> sections_of(const Scenario& scenario, const std::vector<Replication>& runs,
                                 std::size_t service) {
  if (runs.size() == 1) return batches_of(scenario, runs.front(), service);
  const auto whole = std::count_if(runs.begin(), runs.end(), [](const Replication& r) { return !r.partial; });
  std::vector<Section> sections;
  for (const Replication& run : runs) {
    if (run.partial && whole >= 2) continue;
    sections.push_back(section_of(scenario, run, run.services[service]));
  }
  return sections;
}

template <class Value, class Use>
Estimate estimate(double overall, const std::vector<Section>& sections, const Value& value, const Use& use) {
  std::vector<double> values;
  for (const Section& s : sections) {
    if (use(s)) values.push_back(value(s));
  }
  if (values.size() < 2) return {overall, {-kInfinity, kInfinity}};
  return {overall, sectioned_interval95(overall, values)};
}

// Without the part of the interval that can't be.
Estimate within(double low, double high, Estimate estimate) {
  estimate.ci95.low = std::max(estimate.ci95.low, std::min(low, estimate.value));
  estimate.ci95.high = std::min(estimate.ci95.high, std::max(high, estimate.value));
  return estimate;
}

// No interval is narrower than what the histogram can tell apart.
Estimate within_resolution(Estimate quantile) {
  const double error = quantile.value * Histogram::kRelativeError;
  quantile.ci95.low = std::min(quantile.ci95.low, quantile.value - error);
  quantile.ci95.high = std::max(quantile.ci95.high, quantile.value + error);
  return quantile;
}

LatencyEstimates estimate_latency(const Histogram& histogram, const std::vector<Section>& sections,
                                  LatencySummary Section::*part, double Section::*samples) {
  const LatencySummary whole = summarize(histogram);
  const auto one = [&](double LatencySummary::*field) {
    const Estimate found = estimate(
        whole.*field, sections, [&](const Section& s) { return s.*part.*field; },
        [&](const Section& s) { return s.*samples > 0; });
    return std::isfinite(found.ci95.low) ? within(0, kInfinity, found) : found;
  };
  LatencyEstimates result;
  result.samples = histogram.count();
  result.mean = one(&LatencySummary::mean);
  result.p50 = within_resolution(one(&LatencySummary::p50));
  result.p90 = within_resolution(one(&LatencySummary::p90));
  result.p95 = within_resolution(one(&LatencySummary::p95));
  result.p99 = within_resolution(one(&LatencySummary::p99));
  result.p999 = within_resolution(one(&LatencySummary::p999));
  result.max = whole.max;
  return result;
}

void add_totals(ServiceResult& result, const Replication& run, std::size_t service, Histogram& success) {
  const ServiceTotals& totals = run.services[service];
  result.requests += totals.requests;
  result.successes += totals.successes;
  result.attempts += totals.attempts;
  for (std::size_t i = 0; i < totals.failures.size(); ++i) result.failures[i] += totals.failures[i];
  success.merge(totals.success_latency);
  result.latency_histogram.merge(all_outcomes(totals));
  if (result.endpoints.size() < totals.endpoints.size()) result.endpoints.resize(totals.endpoints.size());
  for (std::size_t i = 0; i < totals.endpoints.size(); ++i) {
    result.endpoints[i].attempts += totals.endpoints[i].attempts;
    result.endpoints[i].failures += totals.endpoints[i].failures;
    result.endpoints[i].utilization += to_seconds(totals.endpoints[i].busy);
  }
}

std::uint32_t concurrency_of(const ServiceConfig& config, std::size_t endpoint) {
  for (const InstanceOverride& own : config.overrides) {
    if (own.instance == endpoint && own.concurrency) return *own.concurrency;
  }
  return config.concurrency;
}

ServiceResult combine_service(const Scenario& scenario, const std::vector<Replication>& runs,
                              std::size_t service) {
  const ServiceConfig& config = scenario.services[service];
  ServiceResult result;
  result.name = config.name;
  result.policy_sha256 = scenario.policies[service].sha256;
  Histogram success;
  for (const Replication& run : runs) add_totals(result, run, service, success);
  double measured = 0;
  for (const Replication& run : runs) measured += seconds_measured(scenario, run);
  for (std::size_t i = 0; i < result.endpoints.size(); ++i) {
    result.endpoints[i].id = fmt::format("{}/{}", config.name, i);
    result.endpoints[i].utilization =
        ratio(result.endpoints[i].utilization, measured * concurrency_of(config, i));
  }
  const std::vector<Section> sections = sections_of(scenario, runs, service);
  const auto any = [](const Section& s) { return s.requests > 0; };
  double in_time = 0;
  for (const Replication& run : runs) in_time += static_cast<double>(run.services[service].succeeded_in_time);
  const auto requests = static_cast<double>(result.requests);
  result.success_rate = estimate(
      ratio(static_cast<double>(result.successes), requests), sections,
      [](const Section& s) { return ratio(s.successes, s.requests); }, any);
  result.attempts_per_request = estimate(
      ratio(static_cast<double>(result.attempts), requests), sections,
      [](const Section& s) { return ratio(s.attempts, s.requests); }, any);
  if (std::isfinite(result.success_rate.ci95.low)) result.success_rate = within(0, 1, result.success_rate);
  result.throughput = estimate(
      ratio(in_time, measured), sections, [](const Section& s) { return s.throughput; },
      [](const Section&) { return true; });
  result.latency = estimate_latency(result.latency_histogram, sections, &Section::latency, &Section::ended);
  if (has_connections(scenario, static_cast<std::uint32_t>(service))) {
    std::uint64_t opened = 0;
    for (const Replication& run : runs) opened += run.services[service].connections_opened;
    result.connections_opened = opened;
  }
  if (scenario.policies[service].config.shadow) {
    ShadowCounters shadow;
    for (const Replication& run : runs) {
      shadow += run.services[service].shadow;
      add_shares(run.services[service].shadow_shares, result.shadow_shares);
    }
    // It is asked about each call: where it never was, its counts weren't to be had.
    if (shadow[ShadowCounters::calls] > 0 || result.requests == 0) result.shadow = shadow;
  }
  result.success_latency =
      estimate_latency(success, sections, &Section::success_latency, &Section::successes);
  return result;
}

void warn_about_samples(const ServiceResult& service, std::vector<std::string>& warnings) {
  constexpr std::pair<const char*, double> kPercentiles[] = {
      {"p50", .5}, {"p90", .9}, {"p95", .95}, {"p99", .99}, {"p99.9", .999}};
  std::string too_far;
  std::uint64_t needed = 0;
  for (const auto& [label, q] : kPercentiles) {
    if (service.latency.samples >= samples_needed_for_quantile(q)) continue;
    too_far += (too_far.empty() ? "" : ", ") + std::string(label);
    needed = samples_needed_for_quantile(q);
  }
  if (too_far.empty()) return;
  warnings.push_back(fmt::format(
      "{}: {} calls are too few for {}; about {} are needed: a longer duration or more replications",
      service.name, service.latency.samples, too_far, needed));
}

void warn_about_batches(const ServiceResult& service, const ServiceTotals& totals,
                        std::vector<std::string>& warnings) {
  std::vector<double> means;
  for (const BatchTotals& batch : totals.batches) {
    if (batch.ended > 0) means.push_back(batch.latency.mean);
  }
  if (means.size() < 4) return;
  const double correlation = lag1_autocorrelation(means);
  if (correlation < kSuspiciousCorrelation) return;
  warnings.push_back(
      fmt::format("{}: latency drifts through the run (neighbouring batches correlate by {:.2f}), so its "
                  "intervals are too "
                  "narrow; a longer duration, more warm-up or replications tell more",
                  service.name, correlation));
}

// Whether nothing in the scenario makes one part of the run differ from another.
bool is_stationary(const Scenario& scenario) {
  const auto varies = [](const ClientConfig& client) {
    return std::holds_alternative<VaryingArrivals>(client.arrivals) ||
           std::holds_alternative<TraceArrivals>(client.arrivals);
  };
  return scenario.faults.empty() && scenario.changes.empty() &&
         std::none_of(scenario.clients.begin(), scenario.clients.end(), varies);
}

// Mean latency of the last third of the batches over that of the first third, less 1.
double growth_of(const ServiceTotals& totals) {
  constexpr std::size_t kThird = kBatches / 3;
  if (totals.batches.size() < kBatches) return 0;
  const auto mean_of = [&](std::size_t from) {
    double sum = 0;
    double count = 0;
    for (std::size_t i = from; i < from + kThird; ++i) {
      sum += totals.batches[i].latency.mean * double(totals.batches[i].ended);
      count += double(totals.batches[i].ended);
    }
    return ratio(sum, count);
  };
  const double first = mean_of(0);
  return first > 0 ? mean_of(kBatches - kThird) / first - 1 : 0;
}

// Replications agree on what they drift to as well, so their spread does not show an overload.
void warn_about_growth(std::size_t service, const ScenarioResult& result,
                       const std::vector<Replication>& runs, std::vector<std::string>& warnings) {
  constexpr double kWorthAWord = 0.25;
  std::vector<double> growth;
  for (const Replication& run : runs) {
    if (!run.partial) growth.push_back(growth_of(run.services[service]));
  }
  if (growth.size() < 2) return;
  const Interval interval = mean_interval95(growth);
  const double mean = (interval.low + interval.high) / 2;
  if (std::fabs(mean) < kWorthAWord || interval.contains(0)) return;
  warnings.push_back(
      fmt::format("{}: latency {} by {:.0f} % from the first third of the measured time to the last one: not "
                  "a steady state, so "
                  "the figures depend on the duration{}",
                  result.services[service].name, mean > 0 ? "grows" : "falls", std::fabs(mean) * 100,
                  mean > 0 ? "; is there more load than capacity?" : "; a longer warm-up helps"));
}

// What the runs found themselves; numbered where there are several, since each may have its own reasons.
void warn_of_runs(const std::vector<Replication>& runs, std::vector<std::string>& warnings) {
  for (std::size_t i = 0; i < runs.size(); ++i) {
    for (const std::string& warning : runs[i].warnings) {
      warnings.push_back(runs.size() == 1 ? warning : fmt::format("replication {}: {}", i + 1, warning));
    }
  }
}

std::vector<std::string> warnings_for(const Scenario& scenario, const ScenarioResult& result,
                                      const std::vector<Replication>& runs) {
  std::vector<std::string> warnings;
  if (result.partial) {
    warnings.push_back("interrupted: these results are partial, of what had happened by then");
  }
  warn_of_runs(runs, warnings);
  for (std::size_t i = 0; i < result.services.size(); ++i) {
    const ServiceResult& service = result.services[i];
    if (service.requests == 0) {
      warnings.push_back(fmt::format("{}: no call was measured", service.name));
      continue;
    }
    if (service.failures[kUnfinished] > 0) {
      warnings.push_back(
          fmt::format("{}: {} calls never ended and have no latency; give the policy a timeout", service.name,
                      service.failures[kUnfinished]));
    }
    warn_about_samples(service, warnings);
    if (runs.size() == 1) warn_about_batches(service, runs.front().services[i], warnings);
    if (runs.size() > 1 && is_stationary(scenario)) warn_about_growth(i, result, runs, warnings);
  }
  return warnings;
}

bool holds(double value, Comparison comparison, double bound) {
  switch (comparison) {
    case Comparison::less:
      return value < bound;
    case Comparison::less_equal:
      return value <= bound;
    case Comparison::greater:
      return value > bound;
    case Comparison::greater_equal:
      return value >= bound;
    case Comparison::equal:
      return value == bound;
  }
  return false;
}

}  // namespace

bool ScenarioResult::expectations_met() const {
  return std::all_of(expectations.begin(), expectations.end(), [](const auto& e) { return e.ok; });
}

std::string_view failure_name(std::size_t index) {
  return index == kUnfinished ? "unfinished" : name(static_cast<FailureKind>(index));
}

ScenarioResult combine(const Scenario& scenario, const std::vector<Replication>& replications) {
  assert(!replications.empty());
  ScenarioResult result;
  result.scenario = scenario.name;
  result.on = replications.front().on;
  result.seed = scenario.seed;
  result.replications = static_cast<std::uint32_t>(replications.size());
  for (const Replication& run : replications) {
    const Time until =
        run.partial ? std::min(run.ended_at, Time(scenario.duration)) : Time(scenario.duration);
    result.simulated_seconds = std::max(result.simulated_seconds, to_seconds(until.time_since_epoch()));
    result.events += run.events;
    result.partial = result.partial || run.partial;
  }
  for (std::size_t i = 0; i < scenario.services.size(); ++i) {
    result.services.push_back(combine_service(scenario, replications, i));
  }
  for (const Expectation& expectation : scenario.expect) {
    const auto value = metric(result.services[expectation.service], expectation.metric);
    assert(value.has_value());
    result.expectations.push_back(
        {expectation.text, *value, holds(*value, expectation.comparison, expectation.value)});
  }
  result.warnings = warnings_for(scenario, result, replications);
  return result;
}

}  // namespace meshtwin
