// A configuration in which every key of the file occurs.
#pragma once

#include <string>

#include "core/result.h"

namespace meshtwin {

inline const std::string kSampleConfig = R"({
  "$schema": "proxy.schema.json",
  "notes": "for tests",
  "name": "edge",
  "workers": 2,
  "locality": "eu-1a",
  "listeners": [
    {"name": "public", "address": "0.0.0.0:8080", "direction": "gateway",
     "routes": [
       {"host": "*.Example.org", "path_prefix": "/shop/", "headers": {"X-Version": "2", "x-debug": true},
        "upstream": "checkout"},
       {"upstream": "db"}],
     "forwarded_for": "set", "via": "edge", "call_report": true, "connections_max": 500,
     "head_bytes_max": "16KiB", "head_timeout": "5s", "idle_timeout": "15s", "body_timeout": "6s",
     "body_bytes_min": 100},
    {"name": "inside", "address": "[::1]:8081", "direction": "inbound", "heeds_deadlines": false,
     "load_reports": {"concurrency": 8},
     "routes": [{"path_prefix": "/", "upstream": "search"}]}],
  "upstreams": {
    "checkout": {
      "policy": "policies/fast.json",
      "endpoints": ["10.0.0.1:80", {"name": "checkout/1", "address": "10.0.0.2:80", "weight": 3,
                                      "priority": 1, "locality": "us", "draining": true}],
      "health_check": {"type": "http", "path": "/healthz", "interval": "3s", "timeout": "1s",
                       "healthy_threshold": 1, "unhealthy_threshold": 4},
      "seed": 7, "connect_timeout": "1s", "idle_timeout": "30s", "idle_connections_max": 8,
      "attempt_header": true, "propagates_deadline": false},
    "db": {
      "policy": {"balancer": {"type": "round_robin"}},
      "dns": {"host": "db.example.org", "port": 5432, "record": "a", "refresh": "9s"},
      "health_check": {"type": "tcp", "interval": "3s", "timeout": "1s", "healthy_threshold": 2,
                       "unhealthy_threshold": 3}},
    "mail": {"dns": {"host": "_smtp._tcp.example.org", "record": "srv", "refresh": "1m"}},
    "search": {"endpoints_file": "endpoints/search.json"}},
  "admin": {"address": "0.0.0.0:9901", "allow_remote": true},
  "access_log": {"path": "access.log", "query": true, "sample": 0.25},
  "journal": {"folder": "/var/lib/meshtwin", "bytes_max": "800MB", "segment_bytes": "8MiB"},
  "explain_decisions": 10,
  "drain": "20s"
})";

inline Result<std::string> load_sample_policy(const std::string& path) {
  if (path == "policies/fast.json") return std::string(R"({"timeout": "2s"})");
  if (path == "policies/broken.json") return std::string(R"({"timeout": 5})");
  return Error{"no such file"};
}

}  // namespace meshtwin
