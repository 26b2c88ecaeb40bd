// Prometheus' text format, version 0.0.4.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/stats/histogram.h"

namespace meshtwin {

using Label = std::pair<std::string_view, std::string_view>;
using Labels = std::vector<Label>;

// Families one after the other, each with its samples.
class PrometheusText {
 public:
  enum class Type : std::uint8_t { counter, gauge, histogram };

  // A counter's name has to end in _total.
  void family(std::string_view name, Type type, std::string_view help);
  void sample(const Labels& labels, std::uint64_t value);
  void sample(const Labels& labels, double value);
  // Durations in seconds, by cumulative buckets with fixed bounds; what a bucket of ours straddles counts
  // where its middle is, 0.4% away at most.
  void histogram(const Labels& labels, const Histogram& durations);

  std::string take() { return std::move(text_); }

 private:
  void name_and_labels(std::string_view suffix, const Labels& labels, std::string_view bound);

  std::string name_;
  std::string text_;
};

}  // namespace meshtwin
