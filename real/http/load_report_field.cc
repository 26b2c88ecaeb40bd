#include "real/http/load_report_field.h"

#include <charconv>
#include <cmath>
#include <cstdint>
#include <iterator>

#include <fmt/format.h>

#include "real/http/lines.h"

namespace meshtwin {
namespace {

constexpr std::string_view kText = "TEXT";
constexpr double kCountMax = 4e9;
constexpr double kSecondsMax = 1e9;

constexpr std::string_view kApplicationUtilization = "application_utilization";
constexpr std::string_view kCpuUtilization = "cpu_utilization";
constexpr std::string_view kRequests = "rps_fractional";
constexpr std::string_view kErrors = "eps";
constexpr std::string_view kInFlight = "named_metrics.requests_in_flight";
constexpr std::string_view kLatency = "named_metrics.latency_seconds";
constexpr std::string_view kServiceTime = "named_metrics.service_time_seconds";

Duration seconds(double number) { return Duration(static_cast<std::int64_t>(std::llround(number * 1e9))); }

void put(LoadReport& report, std::string_view name, double number) {
  if (name == kApplicationUtilization) report.application_utilization = number;
  if (name == kCpuUtilization) report.cpu_utilization = number;
  if (name == kRequests) report.requests_per_second = number;
  if (name == kErrors) report.errors_per_second = number;
  if (name == kInFlight && number <= kCountMax) report.in_flight = static_cast<std::uint32_t>(number);
  if (name == kLatency && number <= kSecondsMax) report.latency = seconds(number);
  if (name == kServiceTime && number <= kSecondsMax) report.service_time = seconds(number);
}

}  // namespace

std::optional<LoadReport> parse_load_report(std::string_view value) {
  if (!value.starts_with(kText)) return std::nullopt;
  value.remove_prefix(kText.size());
  if (!value.starts_with(' ')) return std::nullopt;
  LoadReport report;
  while (!value.empty()) {
    const std::size_t comma = value.find(',');
    const std::string_view metric = trimmed(value.substr(0, comma));
    value.remove_prefix(comma == std::string_view::npos ? value.size() : comma + 1);
    if (metric.empty()) continue;
    const std::size_t equals = metric.find('=');
    if (equals == std::string_view::npos) return std::nullopt;
    const std::string_view text = trimmed(metric.substr(equals + 1));
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    if (!std::isfinite(number) || std::signbit(number)) return std::nullopt;
    put(report, trimmed(metric.substr(0, equals)), number);
  }
  return report;
}

void append_load_report(const LoadReport& report, std::string& out) {
  const auto to = std::back_inserter(out);
  fmt::format_to(to, "{}: {} ", kLoadReportField, kText);
  bool first = true;
  const auto add = [&](std::string_view name, double number) {
    fmt::format_to(to, "{}{}={}", first ? "" : ",", name, number);
    first = false;
  };
  if (report.in_flight) add(kInFlight, *report.in_flight);
  if (report.application_utilization > 0) add(kApplicationUtilization, report.application_utilization);
  if (report.cpu_utilization > 0) add(kCpuUtilization, report.cpu_utilization);
  if (report.requests_per_second > 0) add(kRequests, report.requests_per_second);
  if (report.errors_per_second > 0) add(kErrors, report.errors_per_second);
  if (report.latency > Duration::zero()) add(kLatency, to_seconds(report.latency));
  if (report.service_time > Duration::zero()) add(kServiceTime, to_seconds(report.service_time));
  out.append("\r\n");
}

}  // namespace meshtwin
