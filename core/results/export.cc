#include "core/results/export.h"

#include <iterator>

#include <fmt/format.h>

namespace meshtwin {
namespace {

using Json = nlohmann::ordered_json;

template <class Visit>
void for_each_slice(const std::vector<Replication>& replications, const Visit& visit) {
  for (std::size_t r = 0; r < replications.size(); ++r) {
    const double length = to_seconds(replications[r].slice_length);
    for (std::size_t s = 0; s < replications[r].services.size(); ++s) {
      const auto& slices = replications[r].services[s].slices;
      for (std::size_t i = 0; i < slices.size(); ++i) {
        visit(r, s, static_cast<double>(i) * length, length, slices[i]);
      }
    }
  }
}

double success_rate(const ServiceSlice& slice) {
  return slice.finished > 0 ? static_cast<double>(slice.succeeded) / static_cast<double>(slice.finished) : 0;
}

// Empty cells where nothing ended in the slice.
std::string latency_cells(const ServiceSlice& slice) {
  if (slice.finished == 0) return ",,,,,,,";
  const LatencySummary& l = slice.latency;
  return fmt::format("{:.6g},{:.6g},{:.6g},{:.6g},{:.6g},{:.6g},{:.6g},{:.6g}", success_rate(slice), l.mean,
                     l.p50, l.p90, l.p95, l.p99, l.p999, l.max);
}

}  // namespace

std::string series_csv(const ScenarioResult& result, const std::vector<Replication>& replications) {
  std::string text =
      "replication,service,time_s,offered_per_s,finished_per_s,in_flight,success_rate,mean_ms,p50_ms,p90_ms,"
      "p95_ms,p99_ms,p999_ms,max_ms\n";
  for_each_slice(replications, [&](std::size_t r, std::size_t s, double at, double length,
                                   const ServiceSlice& slice) {
    fmt::format_to(std::back_inserter(text), "{},{},{:.9g},{:.6g},{:.6g},{:.6g},{}\n", r + 1,
                   result.services[s].name, at, static_cast<double>(slice.started) / length,
                   static_cast<double>(slice.finished) / length, slice.mean_in_flight, latency_cells(slice));
  });
  return text;
}

nlohmann::ordered_json series_document(const ScenarioResult& result,
                                       const std::vector<Replication>& replications) {
  Json rows = Json::array();
  for_each_slice(
      replications, [&](std::size_t r, std::size_t s, double at, double length, const ServiceSlice& slice) {
        const LatencySummary& l = slice.latency;
        const auto ended = [&](double value) { return slice.finished > 0 ? Json(value) : Json(nullptr); };
        rows.push_back({{"replication", r + 1},
                        {"service", result.services[s].name},
                        {"time_s", at},
                        {"offered_per_s", static_cast<double>(slice.started) / length},
                        {"finished_per_s", static_cast<double>(slice.finished) / length},
                        {"in_flight", slice.mean_in_flight},
                        {"success_rate", ended(success_rate(slice))},
                        {"latency_ms",
                         {{"mean", ended(l.mean)},
                          {"p50", ended(l.p50)},
                          {"p90", ended(l.p90)},
                          {"p95", ended(l.p95)},
                          {"p99", ended(l.p99)},
                          {"p999", ended(l.p999)},
                          {"max", ended(l.max)}}},
                        {"endpoint_attempts", slice.endpoint_attempts}});
      });
  return {{"scenario", result.scenario}, {"partial", result.partial}, {"series", rows}};
}

std::string endpoints_csv(const ScenarioResult& result, const std::vector<Replication>& replications) {
  std::string text = "replication,endpoint,time_s,attempts_per_s\n";
  for_each_slice(replications,
                 [&](std::size_t r, std::size_t s, double at, double length, const ServiceSlice& slice) {
                   for (std::size_t e = 0; e < slice.endpoint_attempts.size(); ++e) {
                     fmt::format_to(std::back_inserter(text), "{},{}/{},{:.9g},{:.6g}\n", r + 1,
                                    result.services[s].name, e, at, slice.endpoint_attempts[e] / length);
                   }
                 });
  return text;
}

std::string histogram_csv(const ScenarioResult& result) {
  std::string text = "service,lower_ms,upper_ms,count\n";
  for (const ServiceResult& service : result.services) {
    for (const Histogram::Bucket& bucket : service.latency_histogram.buckets()) {
      fmt::format_to(std::back_inserter(text), "{},{:.9g},{:.9g},{}\n", service.name,
                     to_milliseconds(bucket.lower), to_milliseconds(bucket.upper), bucket.count);
    }
  }
  return text;
}

nlohmann::ordered_json histogram_document(const ScenarioResult& result) {
  Json services = Json::object();
  for (const ServiceResult& service : result.services) {
    Json buckets = Json::array();
    for (const Histogram::Bucket& bucket : service.latency_histogram.buckets()) {
      buckets.push_back({to_milliseconds(bucket.lower), to_milliseconds(bucket.upper), bucket.count});
    }
    services[service.name] = {{"unit", "ms"}, {"columns", {"lower", "upper", "count"}}, {"buckets", buckets}};
  }
  return {{"scenario", result.scenario}, {"partial", result.partial}, {"services", services}};
}

}  // namespace meshtwin
