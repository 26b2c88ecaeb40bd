#include "core/results/comparison.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <optional>

#include <fmt/format.h>

#include "core/results/scenario_result.h"

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

// What each of the first `count` replications shows by itself.
std::vector<ServiceResult> single_results(const VariantRuns& runs, std::size_t count) {
  std::vector<ServiceResult> results;
  for (std::size_t i = 0; i < count; ++i) {
    results.push_back(combine(runs.scenario, {runs.replications[i]}).services[runs.service]);
  }
  return results;
}

// The metric in each result; nothing where one of them has no sample.
std::optional<std::vector<double>> values_of(const std::vector<ServiceResult>& results, const char* path) {
  std::vector<double> values;
  for (const ServiceResult& one : results) {
    const auto value = metric(one, path);
    if (!value || std::isnan(*value)) return std::nullopt;
    values.push_back(*value);
  }
  return values;
}

// What a metric's difference is judged by besides its interval.
struct Resolution {
  double of_difference = 0;  // the largest error that the histograms can put into it
  bool higher_is_better = false;
};

double mean_of(const std::vector<double>& values) {
  RunningMoments moments;
  for (const double v : values) moments.add(v);
  return moments.mean();
}

// Judges each difference at a level that leaves all of them together a chance of at most 5 % to show one
// where there is none (Bonferroni's correction).
void judge(std::vector<MetricDifference>& differences, const std::vector<Resolution>& resolutions,
           std::size_t pairs) {
  if (pairs < 2 || differences.empty()) return;
  const int dof = static_cast<int>(pairs) - 1;
  const double level = 0.05 / static_cast<double>(differences.size());
  const double widening = student_t_quantile(1 - level / 2, dof) / student_t_quantile(0.975, dof);
  for (std::size_t i = 0; i < differences.size(); ++i) {
    MetricDifference& d = differences[i];
    const double threshold = std::max(d.ci95.half_width() * widening, resolutions[i].of_difference);
    if (std::fabs(d.difference) <= threshold) continue;
    d.better = (d.difference > 0) == resolutions[i].higher_is_better ? Better::second : Better::first;
  }
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
  const std::vector<ServiceResult> of_first = single_results(first, result.pairs);
  const std::vector<ServiceResult> of_second = single_results(second, result.pairs);
  std::vector<Resolution> resolutions;
  for (const ComparedMetric& m : kMetrics) {
    const auto a = values_of(of_first, m.path);
    const auto b = values_of(of_second, m.path);
    if (!a || !b) continue;
    MetricDifference d;
    d.metric = m.path;
    d.is_latency = m.is_latency;
    d.first = mean_of(*a);
    d.second = mean_of(*b);
    d.difference = d.second - d.first;
    d.ci95 = paired_difference_interval95(*b, *a);
    // Both quantiles may be off, in opposite directions.
    const double resolution = m.is_quantile ? (d.first + d.second) * Histogram::kRelativeError : 0;
    resolutions.push_back({resolution, m.higher_is_better});
    result.differences.push_back(d);
  }
  judge(result.differences, resolutions, result.pairs);
  result.verdict = verdict_of(result);
  return result;
}

}  // namespace meshtwin
