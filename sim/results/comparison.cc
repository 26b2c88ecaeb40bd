#include "sim/results/comparison.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <optional>

#include <fmt/format.h>

#include "sim/results/scenario_result.h"

namespace meshtwin {
namespace {

struct ComparedMetric {
  const char* path;
  const char* words;
  bool is_latency;
  bool higher_is_better;
  bool is_quantile;
  int importance;  // the verdict names the metrics of the lowest numbers
};

constexpr ComparedMetric kMetrics[] = {
    {"success_rate", "success rate", false, true, false, 0},
    {"latency.mean", "mean", true, false, false, 2},
    {"latency.p50", "p50", true, false, true, 4},
    {"latency.p90", "p90", true, false, true, 6},
    {"latency.p99", "p99", true, false, true, 1},
    {"latency.p999", "p99.9", true, false, true, 5},
    {"success_latency.p99", "p99 of successes", true, false, true, 7},
    {"attempts_per_request", "attempts per call", false, false, false, 3},
};

constexpr std::size_t kMostNamed = 3;  // in the verdict, of gains and of losses

// The metric in each replication by itself; nothing where one of them has no sample.
std::optional<std::vector<double>> values_of(const VariantRuns& runs, const char* path, std::size_t count) {
  std::vector<double> values;
  for (std::size_t i = 0; i < count; ++i) {
    const ScenarioResult one = combine(runs.scenario, {runs.replications[i]});
    const auto value = metric(one.services[runs.service], path);
    if (!value || std::isnan(*value)) return std::nullopt;
    values.push_back(*value);
  }
  return values;
}

double mean_of(const std::vector<double>& values) {
  RunningMoments moments;
  for (const double v : values) moments.add(v);
  return moments.mean();
}

std::string in_words(const MetricDifference& d, const char* words) {
  const double size = std::fabs(d.difference);
  const char* direction = d.difference < 0 ? "lower" : "higher";
  if (d.metric == "success_rate") {
    return fmt::format("{} {:.3g} percentage points {}", words, size * 100, direction);
  }
  const std::string relative =
      d.first > 0 ? fmt::format(" ({:+.1f} %)", d.difference / d.first * 100) : std::string();
  return d.is_latency ? fmt::format("{} {:.3g} ms {}{}", words, size, direction, relative)
                      : fmt::format("{} {:.3g} {}{}", words, size, direction, relative);
}

struct Named {
  int importance = 0;
  std::string words;
};

std::string join(std::vector<Named> parts) {
  std::stable_sort(parts.begin(), parts.end(),
                   [](const Named& a, const Named& b) { return a.importance < b.importance; });
  std::string text;
  for (std::size_t i = 0; i < std::min(parts.size(), kMostNamed); ++i) {
    text += (i == 0 ? "" : ", ") + parts[i].words;
  }
  if (parts.size() > kMostNamed) text += fmt::format(", and {} more", parts.size() - kMostNamed);
  return text;
}

std::string verdict_of(const PairedComparison& comparison) {
  std::vector<Named> gains;
  std::vector<Named> losses;
  std::size_t at = 0;
  for (const ComparedMetric& m : kMetrics) {
    if (at == comparison.differences.size() || comparison.differences[at].metric != m.path) continue;
    const MetricDifference& d = comparison.differences[at++];
    if (d.better == Better::second) gains.push_back({m.importance, in_words(d, m.words)});
    if (d.better == Better::first) losses.push_back({m.importance, in_words(d, m.words)});
  }
  const std::string& second = comparison.second;
  if (comparison.pairs < 2) return "One replication each shows no interval, and so no verdict.";
  if (gains.empty() && losses.empty()) {
    return fmt::format(
        "No difference that {} pairs of replications can show; more of them, or longer ones, may.",
        comparison.pairs);
  }
  if (losses.empty()) return fmt::format("{} is better than {}: {}.", second, comparison.first, join(gains));
  if (gains.empty()) return fmt::format("{} is worse than {}: {}.", second, comparison.first, join(losses));
  return fmt::format("A trade-off between {} and {}. In favour of {}: {}. Against it: {}.", second,
                     comparison.first, second, join(gains), join(losses));
}

}  // namespace

PairedComparison compare(const VariantRuns& first, const VariantRuns& second) {
  PairedComparison result;
  result.first = first.name;
  result.second = second.name;
  result.pairs = std::min(first.replications.size(), second.replications.size());
  assert(result.pairs > 0);
  for (const ComparedMetric& m : kMetrics) {
    const auto a = values_of(first, m.path, result.pairs);
    const auto b = values_of(second, m.path, result.pairs);
    if (!a || !b) continue;
    MetricDifference d;
    d.metric = m.path;
    d.is_latency = m.is_latency;
    d.first = mean_of(*a);
    d.second = mean_of(*b);
    d.difference = d.second - d.first;
    d.ci95 = paired_difference_interval95(*b, *a);
    const double resolution = m.is_quantile ? std::max(d.first, d.second) * Histogram::kRelativeError : 0;
    const bool tells = (d.ci95.low > 0 || d.ci95.high < 0) && std::fabs(d.difference) > resolution;
    if (tells) d.better = (d.difference > 0) == m.higher_is_better ? Better::second : Better::first;
    result.differences.push_back(d);
  }
  result.verdict = verdict_of(result);
  return result;
}

}  // namespace meshtwin
