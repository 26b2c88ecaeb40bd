// Two variants of a system under the same random numbers: differences, their intervals, and a verdict in
// words.
#pragma once

#include <string>
#include <vector>

#include "core/config/scenario.h"
#include "core/results/replication.h"
#include "core/stats/confidence.h"

namespace meshtwin {

// One variant's replications, of which the i-th has the same seed as the other variant's i-th.
struct VariantRuns {
  std::string name;
  const Scenario& scenario;
  const std::vector<Replication>& replications;
  std::size_t service = 0;  // the one that is compared, by its index in `scenario`
};

enum class Better { neither, first, second };

struct MetricDifference {
  std::string metric;            // by its path in the result document, e.g. latency.p99
  bool is_latency = false;       // in milliseconds
  double first = 0, second = 0;  // means over the replications
  double difference = 0;         // second - first
  Interval ci95{};               // of the difference; pairs share their random numbers
  // Whose value is better, where that shows in spite of several metrics being judged: by an interval at the
  // level 1 - 0.05/m for m metrics, wider than ci95 (Bonferroni). Percentiles have to differ by more than the
  // histograms' resolution besides.
  Better better = Better::neither;
};

struct PairedComparison {
  std::string first, second;
  std::size_t pairs = 0;
  std::vector<MetricDifference> differences;
  std::string verdict;  // a sentence or two, with the most telling differences
};

// Compares success rate, latencies and attempts of the two. A metric that a variant has no samples of is left
// out.
PairedComparison compare(const VariantRuns& first, const VariantRuns& second);

}  // namespace meshtwin
