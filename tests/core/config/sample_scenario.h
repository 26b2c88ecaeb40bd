// A scenario that uses most of the format, and the files that it names.
#pragma once

#include <map>
#include <string>

#include "core/config/scenario_document.h"

namespace meshtwin {

inline const std::map<std::string, std::string>& sample_files() {
  static const std::map<std::string, std::string> kFiles{
      {"policies/db.json", R"({"balancer": {"type": "round_robin"}, "timeout": "500ms"})"},
      {"policies/bad.json", R"({"retry": {"max_attempts": 99}})"},
      {"policies/broken.json", "{\n  \"timeout\": "},
      {"quantiles.csv", "# recorded\nprobability,ms\n0,1\n0.5,2.5\n1,9\n"},
      {"unsorted.csv", "probability,ms\n0,1\n0.5,0.5\n1,9\n"},
      {"times.csv", "milliseconds\n0\n1.5\n1.5\n20\n"},
      {"bad_times.csv", "seconds\n1\n0.5\n"},
      {"platform.xml", "<platform/>"},
      {"base.json", R"({"duration": "20s", "warmup": "2s", "policies": {"a": "policies/db.json"},
        "services": {"a": {"service_time": {"dist": "exponential", "mean": "10ms"}, "queue": 7}},
        "clients": {"web": {"calls": "a", "arrivals": {"process": "poisson", "rate": 5}}}})"},
      {"far/base.json", R"({"extends": "further/base.json", "policies": {"a": "p.json"}})"},
      {"far/further/base.json", R"({"duration": "1s", "services": {"a": {"service_time":
        {"dist": "empirical", "file": "q.csv"}}}, "clients": {"web": {"calls": "a", "arrivals":
        {"process": "closed", "users": 3}}}})"},
      {"far/p.json", R"({"timeout": "3s"})"},
      {"far/further/q.csv", "probability,ms\n0,1\n1,9\n"},
      {"circle1.json", R"({"extends": "circle2.json"})"},
      {"circle2.json", R"({"extends": "./circle1.json"})"},
  };
  return kFiles;
}

inline Result<std::string> load_sample(const std::string& path) {
  const auto found = sample_files().find(path);
  if (found == sample_files().end()) return Error{"no such file"};
  return found->second;
}

inline constexpr const char* kSampleScenario = R"({
  "$schema": "schemas/scenario.schema.json", "name": "sample", "notes": ["one", "two"],
  "seed": 7, "replications": 2, "duration": "60s", "warmup": "5s",
  "services": {
    "checkout": {"instances": 11, "concurrency": 2, "queue": 1000, "overflow": {"status": 429, "retry_after": "200ms"}, "discipline": "processor_sharing", "weight": 2, "locality": "eu", "priority": 1,
      "service_time": {"dist": "lognormal", "mean": "10ms", "cv": 1.0}, "on_cancel": "finish",
      "overrides": [{"instance": 3, "weight": 4, "concurrency": 1, "service_time": "1ms", "locality": "us",
                     "priority": 2}],
      "calls": ["db", {"service": "cache", "probability": 0.3, "times": 2}], "calls_hold_worker": false,
      "calls_in_parallel": true, "fluctuation": {"every": "1s", "factor": 2, "probability": 0.1},
      "inbound": {"limits": {"requests": 100}},
      "request_bytes": "1kB", "response_bytes": 20000, "connections": {"type": "pooled", "connect_timeout": "1s"}},
    "db": {"service_time": {"dist": "empirical", "quantiles": [[0, "1ms"], [0.5, "2ms"], [1, "9ms"]]}},
    "cache": {"service_time": {"dist": "empirical", "file": "quantiles.csv"}, "calls": "db"}},
  "clients": {
    "web": {"sidecars": 3, "calls": "checkout", "locality": "us", "urgency": 5, "keys": {"count": 1000, "zipf": 0.9},
      "connections": {"type": "pooled", "handshake_round_trips": 2, "connect_timeout": "200ms", "idle_timeout": "30s", "idle_connections_max": 100}, "arrivals": {"process": "poisson", "rate": 900}},
    "even": {"calls": "checkout", "connections": {"type": "single", "max_concurrent_streams": 100}, "arrivals": {"process": "deterministic", "rate": 0.5}},
    "bursts": {"calls": "db", "connections": {"type": "short"}, "arrivals": {"process": "on_off", "on_rate": 50, "off_rate": 0, "mean_on": "1s", "mean_off": "2s"}},
    "day": {"calls": "db", "arrivals": {"process": "linear", "points": [{"at": "0s", "rate": 0}, {"at": "30s", "rate": 9}]}},
    "replay": {"calls": "db", "arrivals": {"process": "trace", "file": "times.csv"}},
    "users": {"calls": "db", "arrivals": {"process": "closed", "users": 5, "think": {"dist": "uniform", "min": "1s", "max": "2s"}}}},
  "network": {"model": "simgrid", "latency_factor": 1, "bandwidth_factor": 1,
    "platform": {"zones": {"dc": {"hosts": 20, "link": {"bandwidth": "10Gbps", "latency": "50us"},
                                  "backbone": {"bandwidth": "100Gbps"}},
                           "edge": {"link": {"bandwidth": "1Gbps"}}},
                 "routes": [{"from": "dc", "to": "edge", "link": {"bandwidth": "1Gbps", "latency": "5ms"}}]},
    "placement": {"checkout": "dc", "db": ["dc", "edge"], "cache": "dc", "web": "edge", "even": "edge", "bursts": "dc",
                  "day": "dc", "replay": "dc", "users": "dc"}},
  "policies": {"db": "policies/db.json",
    "checkout": {"balancer": {"type": "least_request", "choices": "all"},
      "retry": {"max_attempts": 2, "on": ["5xx"], "backoff": {"type": "none"}, "budget": {"type": "bucket"}},
      "breaker": {}, "limits": {"pending": 9}, "hedge": {"after": "5ms"}}},
  "discovery": {"delay": {"dist": "exponential", "mean": "1s"}},
  "faults": [
    {"at": "15s", "for": "30s", "target": "checkout/0", "slow": 10},
    {"at": "1s", "target": "db", "service_time": {"dist": "pareto", "scale": "1ms", "shape": 1.5}},
    {"at": "2s", "target": "db/0", "error_rate": 0.5, "error": {"status": 503, "retry_after": "never"}}, {"at": "3s", "target": "cache", "crash": true},
    {"at": "4s", "target": "checkout/12", "blackhole": true}],
  "changes": [{"at": "10s", "service": "checkout", "join": 2, "leave": ["checkout/1"], "drain": "3s"}],
  "expect": ["checkout.success_rate >= 0.999", "db.latency.p99 <= 80ms", "db.failures.5xx == 0",
             "db.connections_opened > 0"]
})";

}  // namespace meshtwin
