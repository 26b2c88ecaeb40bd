#include "core/config/expectation.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "core/call/events.h"
#include "core/config/units.h"
#include "core/config/wording.h"
#include "core/upstream/shadow_counters.h"

namespace meshtwin {
namespace {

struct Operator {
  std::string_view text;
  Comparison meaning;
};
// The longer ones first, so that they are found before their beginnings.
constexpr std::array<Operator, 5> kOperators{{{"<=", Comparison::less_equal},
                                              {">=", Comparison::greater_equal},
                                              {"==", Comparison::equal},
                                              {"<", Comparison::less},
                                              {">", Comparison::greater}}};
constexpr std::string_view kExample = "write it such as \"checkout.latency.p99 <= 80ms\"";

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(' ');
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(' ') - begin + 1);
}

// "requests, latency.{mean, p50}": those that follow each other and have a group in common are put together.
std::string listed(const std::vector<Metric>& metrics) {
  std::string out;
  std::string_view group;
  for (const Metric& metric : metrics) {
    const std::string_view name = metric.name;
    const auto dot = name.find('.');
    const std::string_view of = dot == std::string_view::npos ? "" : name.substr(0, dot + 1);
    if (of == group) {
      out += fmt::format("{}{}", out.empty() ? "" : ", ", name.substr(of.size()));
      continue;
    }
    out += fmt::format("{}, {}{}{}", group.empty() ? "" : "}", of, of.empty() ? "" : "{", name.substr(of.size()));
    group = of;
  }
  return out + (group.empty() ? "" : "}");
}

Result<double> read_bound(std::string_view text, const Metric& metric) {
  if (metric.unit == MetricUnit::duration) {
    const Result<Duration> bound = parse_duration(text);
    if (!bound) return bound.error();
    return to_milliseconds(bound.value());
  }
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value)) {
    return Error{fmt::format("{} isn't a number, which {} is compared with", in_quotes(text), metric.name)};
  }
  if (value < 0) return Error{fmt::format("{} is negative, which {} never is", in_quotes(text), metric.name)};
  if (metric.unit == MetricUnit::share && value > 1) {
    return Error{fmt::format("{} is out of range; {} is a share from 0 to 1", in_quotes(text), metric.name)};
  }
  return value;
}

}  // namespace

std::vector<Metric> expectation_metrics() {
  std::vector<Metric> out{{"requests", MetricUnit::number},    {"successes", MetricUnit::number},
                          {"success_rate", MetricUnit::share}, {"throughput", MetricUnit::number},
                          {"attempts", MetricUnit::number},    {"attempts_per_request", MetricUnit::number}};
  for (int kind = 1; kind < kFailureKinds; ++kind) {
    out.push_back({fmt::format("failures.{}", name(static_cast<FailureKind>(kind))), MetricUnit::number});
  }
  out.push_back({"failures.unfinished", MetricUnit::number});
  out.push_back({"connections_opened", MetricUnit::number});
  for (const std::string_view count : ShadowCounters::kNames) {
    out.push_back({fmt::format("shadow.{}", count), MetricUnit::number});
  }
  out.push_back({"shadow.pick_distance", MetricUnit::share});
  for (const char* group : {"latency", "success_latency"}) {
    for (const char* which : {"mean", "p50", "p90", "p95", "p99", "p999", "max"}) {
      out.push_back({fmt::format("{}.{}", group, which), MetricUnit::duration});
    }
  }
  return out;
}

Result<Expectation> parse_expectation(std::string_view text, const std::vector<std::string>& services) {
  const auto wrong = [&](const std::string& what) {
    return Error{fmt::format("{}: {}", in_quotes(text), what)};
  };
  const auto at = std::min(text.find_first_of("<>="), text.size());
  const auto* op = std::find_if(kOperators.begin(), kOperators.end(), [&](const Operator& known) {
    return text.substr(at).starts_with(known.text);
  });
  if (op == kOperators.end()) return wrong(fmt::format("there is no <, <=, >, >= or ==; {}", kExample));
  const std::string_view left = trimmed(text.substr(0, at));
  const std::string_view right = trimmed(text.substr(at + op->text.size()));

  const auto dot = left.find('.');
  if (dot == std::string_view::npos)
    return wrong(fmt::format("{} isn't SERVICE.METRIC; {}", in_quotes(left), kExample));
  const std::string_view service = left.substr(0, dot);
  const auto found_service = std::find(services.begin(), services.end(), service);
  if (found_service == services.end()) {
    return wrong(no_such("service", service, services));
  }
  const std::vector<Metric> metrics = expectation_metrics();
  const std::string_view wanted = left.substr(dot + 1);
  const auto metric =
      std::find_if(metrics.begin(), metrics.end(), [&](const Metric& known) { return known.name == wanted; });
  if (metric == metrics.end()) {
    std::vector<std::string> names;
    for (const Metric& known : metrics) names.push_back(known.name);
    return wrong(fmt::format("there is no metric {}{} (known: {})", in_quotes(wanted), did_you_mean(wanted, names),
                             listed(metrics)));
  }
  if (right.empty()) return wrong(fmt::format("the value is missing; {}", kExample));
  const Result<double> bound = read_bound(right, *metric);
  if (!bound) return wrong(bound.error().message);
  return Expectation{std::string(text), static_cast<std::uint32_t>(found_service - services.begin()),
                     metric->name, op->meaning, bound.value()};
}

}  // namespace meshtwin
