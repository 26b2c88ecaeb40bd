#include "real/proxy/prometheus_text.h"

#include <array>
#include <cassert>
#include <cmath>
#include <iterator>

#include <fmt/format.h>

namespace meshtwin {
namespace {

// In milliseconds, from what a loopback call takes to what a client waits for.
constexpr std::array<double, 16> kBoundsMs{0.25, 0.5, 1,   2.5,  5,    10,   25,    50,
                                           100,  250, 500, 1000, 2500, 5000, 10000, 30000};

void append_escaped(std::string& out, std::string_view text, bool quotes) {
  for (const char c : text) {
    if (c == '\\') {
      out += "\\\\";
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '"' && quotes) {
      out += "\\\"";
    } else {
      out += c;
    }
  }
}

double sum_in_seconds(const Histogram& durations) {
  const HistogramData data = durations.data();
  return (std::ldexp(static_cast<double>(data.sum_high), 64) + static_cast<double>(data.sum_low)) / 1e9;
}

}  // namespace

void PrometheusText::family(std::string_view name, Type type, std::string_view help) {
  constexpr std::array<std::string_view, 3> kTypes{"counter", "gauge", "histogram"};
  assert(type != Type::counter || name.ends_with("_total"));
  name_ = name;
  fmt::format_to(std::back_inserter(text_), "# HELP {} ", name);
  append_escaped(text_, help, false);
  fmt::format_to(std::back_inserter(text_), "\n# TYPE {} {}\n", name, kTypes[static_cast<std::size_t>(type)]);
}

void PrometheusText::name_and_labels(std::string_view suffix, const Labels& labels, std::string_view bound) {
  text_ += name_;
  text_ += suffix;
  char separator = '{';
  const auto add = [&](std::string_view key, std::string_view value) {
    text_ += std::exchange(separator, ',');
    text_ += key;
    text_ += "=\"";
    append_escaped(text_, value, true);
    text_ += '"';
  };
  for (const Label& label : labels) add(label.first, label.second);
  if (!bound.empty()) add("le", bound);
  text_ += separator == ',' ? "} " : " ";
}

void PrometheusText::sample(const Labels& labels, std::uint64_t value) {
  name_and_labels("", labels, "");
  fmt::format_to(std::back_inserter(text_), "{}\n", value);
}

void PrometheusText::sample(const Labels& labels, double value) {
  name_and_labels("", labels, "");
  fmt::format_to(std::back_inserter(text_), "{}\n", value);
}

void PrometheusText::histogram(const Labels& labels, const Histogram& durations) {
  const std::vector<Histogram::Bucket> buckets = durations.buckets();
  auto bucket = buckets.begin();
  std::uint64_t count = 0;
  for (const double bound : kBoundsMs) {
    const double bound_ns = bound * 1e6;
    while (bucket != buckets.end() &&
           static_cast<double>(bucket->lower.count() + bucket->upper.count()) / 2 <= bound_ns) {
      count += bucket->count;
      ++bucket;
    }
    name_and_labels("_bucket", labels, fmt::format("{}", bound / 1000));
    fmt::format_to(std::back_inserter(text_), "{}\n", count);
  }
  name_and_labels("_bucket", labels, "+Inf");
  fmt::format_to(std::back_inserter(text_), "{}\n", durations.count());
  name_and_labels("_sum", labels, "");
  fmt::format_to(std::back_inserter(text_), "{}\n", sum_in_seconds(durations));
  name_and_labels("_count", labels, "");
  fmt::format_to(std::back_inserter(text_), "{}\n", durations.count());
}

}  // namespace meshtwin
