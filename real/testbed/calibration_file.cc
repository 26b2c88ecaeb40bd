#include "real/testbed/calibration_file.h"

#include <sys/utsname.h>

#include <algorithm>
#include <cmath>
#include <ctime>
#include <fstream>
#include <thread>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "core/config/json_fwd.h"
#include "core/config/units.h"
#include "real/testbed/calibration_samples.h"

namespace meshtwin {
namespace {

constexpr int kPercents = 100;
constexpr double kFurther[] = {0.995, 0.999, 1.0};

using Samples = std::vector<Duration>;

Json quantile(const Samples& sorted, double p) {
  const Duration value =
      sorted[static_cast<std::size_t>(std::round(p * static_cast<double>(sorted.size() - 1)))];
  return Json::array({p, format_duration(value)});
}

Json table_of(Samples samples) {
  if (samples.empty()) samples.push_back(Duration::zero());
  for (Duration& sample : samples) sample = std::max(sample, Duration::zero());
  std::sort(samples.begin(), samples.end());
  Json rows = Json::array();
  for (int i = 0; i < kPercents; ++i) rows.push_back(quantile(samples, static_cast<double>(i) / kPercents));
  for (const double p : kFurther) rows.push_back(quantile(samples, p));
  return {{"dist", "empirical"}, {"quantiles", rows}};
}

std::string processor_name() {
  std::ifstream in("/proc/cpuinfo");
  for (std::string line; std::getline(in, line);) {
    const std::size_t colon = line.find(": ");
    if (line.starts_with("model name") && colon != std::string::npos) return line.substr(colon + 2);
  }
  return "unknown";
}

}  // namespace

Scenario calibration_scenario() {
  Scenario scenario;
  scenario.name = "calibration";
  scenario.duration = std::chrono::seconds(12);
  scenario.warmup = std::chrono::seconds(2);
  ServiceConfig service;
  service.name = "service";
  service.instances = 4;
  service.concurrency = 1000;
  service.service_time = Distribution::uniform(std::chrono::milliseconds(1), std::chrono::milliseconds(5));
  scenario.services.push_back(service);
  scenario.policies.emplace_back();
  ClientConfig client;
  client.name = "client";
  client.arrivals = PoissonArrivals{200};
  scenario.clients.push_back(client);
  return scenario;
}

MachineFacts facts_of_this_machine() {
  MachineFacts facts;
  facts.processor = processor_name();
  facts.processors = std::max(1U, std::thread::hardware_concurrency());
  utsname system{};
  if (uname(&system) == 0) facts.kernel = std::string(system.sysname) + " " + system.release;
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  char text[32] = "";
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &utc));
  facts.date = text;
  return facts;
}

std::string calibration_text(const Scenario& scenario, const PlayedRun& run, const MachineFacts& machine) {
  const std::vector<CalibrationSample> samples = calibration_samples(scenario, run);
  const auto table_of_all = [&](Duration CalibrationSample::*part) {
    Samples values;
    for (const CalibrationSample& sample : samples) values.push_back(sample.*part);
    return table_of(std::move(values));
  };
  Duration proxies{};
  for (const CpuUse& use : run.cpu) {
    if (use.is_proxy) proxies += use.used;
  }
  const auto count = static_cast<std::int64_t>(std::max<std::size_t>(run.generator.calls.size(), 1));
  Json out;
  out["to_sidecar"] = table_of_all(&CalibrationSample::to_sidecar);
  out["request_path"] = table_of_all(&CalibrationSample::request_path);
  out["response_path"] = table_of_all(&CalibrationSample::response_path);
  out["from_sidecar"] = table_of_all(&CalibrationSample::from_sidecar);
  out["timer_lateness"] = table_of_all(&CalibrationSample::overrun);
  out["answer_lateness"] = table_of_all(&CalibrationSample::answer_lateness);
  const Duration added = std::max(median_added(samples), Duration::zero());
  out["added_p50"] = format_duration(std::chrono::round<std::chrono::microseconds>(added));
  out["proxy_cpu_per_request"] = format_duration(proxies / count);
  if (const auto what = disturbance(scenario, samples)) out["warnings"] = Json::array({*what});
  out["machine"] = {{"processor", machine.processor},
                    {"processors", machine.processors},
                    {"kernel", machine.kernel},
                    {"date", machine.date}};
  return out.dump(1) + "\n";
}

}  // namespace meshtwin
