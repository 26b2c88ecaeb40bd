// The schemas that editors use say the same as the readers.
#include <catch2/catch.hpp>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "core/config/json_document.h"
#include "core/config/policy_file.h"
#include "core/config/policy_reader.h"
#include "core/config/scenario_file.h"
#include "tests/core/config/sample_scenario.h"
#include "tests/support/schema_check.h"

using namespace meshtwin;

namespace {

Schemas load_schemas() {
  Schemas out;
  for (const std::string name : {"policy.schema.json", "scenario.schema.json"}) {
    std::ifstream file("scenarios/schemas/" + name);
    std::ostringstream text;
    text << file.rdbuf();
    Result<Json> json = parse_json(text.str(), name);
    INFO((json ? "" : json.error().message));
    REQUIRE(json.ok());
    out[name] = std::move(json).value();
  }
  return out;
}

// The keys of each object schema that has a reader: those that close the object.
KnownKeys schema_keys(const Json& schema) {
  KnownKeys out;
  for (const auto& [kind, definition] : schema["$defs"].items()) {
    if (!definition.contains("properties") || kind == "extension") continue;
    CHECK(definition["additionalProperties"] == false);
    for (const auto& [key, property] : definition["properties"].items()) {
      INFO(kind << "." << key);
      out[kind].insert(key);
      // "type" and its like explain themselves by their constant, and an object by its own description.
      CHECK((property.contains("description") || property.contains("$ref")));
    }
  }
  return out;
}

void log_policy(const std::string& text, KnownKeys& log) {
  Diagnostics diagnostics("p.json");
  diagnostics.log_known_keys(&log);
  const Json json = parse_json(text, "p.json").value();
  read_policy(Value(json, diagnostics));
  CHECK_FALSE(diagnostics.failed());
}

void log_scenario(const std::string& text, KnownKeys& log) {
  const auto document = load_scenario_document(text, "s.json", load_sample).value();
  CHECK(parse_scenario(document, load_sample, &log).ok());
}

std::string scenario_with_time(const std::string& time) {
  return R"({"duration": "9s", "network": {}, "overheads": {}, "services": {"a": {"service_time": )" + time +
         R"(}}, "clients": {"w": {"calls": "a", "arrivals": {"process": "poisson", "rate": 1}}}})";
}

}  // namespace

TEST_CASE("the keys of the policy schema are those of the reader") {
  KnownKeys read;
  for (const char* type :
       {"random", "weighted_random", "round_robin", "weighted_round_robin", "least_request", "peak_ewma",
        "maglev", "join_idle_queue", "prequal", "orca_weighted_round_robin", "aperture"}) {
    log_policy(R"({"balancer": {"type": ")" + std::string(type) + "\"}}", read);
  }
  log_policy(
      R"({"retry": {"backoff": {}, "budget": {}}, "hedge": {"after": "1ms", "budget": {}}, "breaker": {}, "limits": {},
          "admission": {"rate_limit": {"rate": 1}, "adaptive_throttling": {}, "adaptive_concurrency": {}},
          "subset": {}, "priorities": {}, "locality": {}, "slow_start": {}, "shadow": {}})",
      read);
  log_policy(R"({"balancer": {"type": "ring_hash", "key": {"header": "x"}}})", read);
  log_policy(R"({"balancer": {"type": "c3", "rate_control": {}}})", read);
  log_policy(R"({"limits": {"connections": 1}, "admission": {"codel": {}, "priority_shedding": {},
                 "adaptive_concurrency": {"type": "aimd"}}})",
             read);
  log_policy(R"({"outlier": {"success_rate": {}, "failure_percentage": {}}})", read);
  log_policy(R"({"retry": {"backoff": {"type": "none"}, "budget": {"type": "none"}}})", read);
  log_policy(R"({"retry": {"budget": {"type": "bucket"}}})", read);
  CHECK(read == schema_keys(load_schemas()["policy.schema.json"]));
}

TEST_CASE("the keys of the scenario schema are those of the reader") {
  KnownKeys read;
  log_scenario(kSampleScenario, read);
  for (const char* time :
       {R"({"dist": "constant", "value": "1s"})", R"({"dist": "uniform", "min": "1s", "max": "2s"})",
        R"({"dist": "hyperexponential", "mean": "1s", "cv": 2})",
        R"({"dist": "erlang", "mean": "1s", "k": 2})"}) {
    log_scenario(scenario_with_time(time), read);
  }
  const Schemas schemas = load_schemas();
  KnownKeys expected = schema_keys(schemas.at("scenario.schema.json"));
  expected.merge(schema_keys(schemas.at("policy.schema.json")));
  // Policies are read with it; their kinds are compared in full by the test above.
  std::erase_if(expected, [&](const auto& kind) {
    return schemas.at("policy.schema.json")["$defs"].contains(kind.first) && !read.contains(kind.first);
  });
  CHECK(read == expected);
}

TEST_CASE("schema and reader accept and refuse the same policies") {
  const Schemas schemas = load_schemas();
  const std::string text = GENERATE(
      "{}", "[]", R"({"balancer": {"type": "least_request", "choices": "all"}})",
      R"({"balancer": {"type": "random"}})", R"({"balancer": {"type": "maglev"}})",
      R"({"balancer": {"type": "random", "choices": 2}})", R"({"balancer": "random"})",
      R"({"balancer": {"type": "least_request", "choices": 1}})",
      R"({"balancer": {"type": "least_request", "choices": 16}})",
      R"({"balancer": {"type": "least_request", "replacement": true}})",
      R"({"balancer": {"type": "least_request", "replacement": "yes"}})",
      R"({"balancer": {"type": "least_request", "replacement": false, "choices": "all"}})",
      R"({"balancer": {"type": "least_request", "replacement": true, "choices": "all"}})",
      R"({"balancer": {"type": "least_request", "replacement": true, "replicas_of": "address"}})",
      R"({"balancer": {"type": "least_request", "replacement": false, "replicas_of": "address"}})",
      R"({"balancer": {"type": "least_request", "choices": 17}})",
      R"({"balancer": {"type": "least_request", "choices": 3, "replicas_of": {"header": "x"}}})",
      R"({"balancer": {"type": "least_request", "replicas_of": "address"}})",
      R"({"balancer": {"type": "least_request", "choices": "all", "replicas_of": "address"}})",
      R"({"balancer": {"type": "c3", "replicas_of": {}}})",
      R"({"balancer": {"type": "random", "replicas_of": "address"}})", R"({"timeout": "1.5s"})",
      R"({"timeout": "0s"})", R"({"timeout": 5})", R"({"timeout": "5"})", R"({"timeout": "-5s"})",
      R"({"timeout": null})", R"({"tls": {}})", R"({"retry": {"max_attempts": 3, "on": ["5xx", "timeout"]}})",
      R"({"retry": {"max_attempts": 3}})", R"({"retry": {"max_attempts": 3, "on": []}})",
      R"({"retry": {"methods": "all"}})", R"({"retry": {"methods": ["all"]}})",
      R"({"retry": {"on": ["5xx", "5xx"]}})", R"({"retry": {"max_attempts": 9}})",
      R"({"retry": {"backoff": {}, "budget": {}}})",
      R"({"retry": {"backoff": {"type": "none", "base": "1s"}}})",
      R"({"retry": {"budget": {"type": "bucket", "ratio": 1}}})", R"({"retry": {"budget": {"capacity": 1}}})",
      R"({"hedge": {}})", R"({"hedge": {"after": "p95"}})", R"({"hedge": {"after": "5ms", "max": 7}})",
      R"({"breaker": {"scope": "endpoint", "probes": 1}})", R"({"breaker": {"scope": "node"}})",
      R"({"breaker": {"probes": 0}})", R"({"limits": {"pending": 0}})", R"({"limits": {"connections": 0}})",
      R"({"notes": ["a", "b"]})", R"({"notes": [1]})");
  INFO(text);
  const Json json = parse_json(text, "p").value();
  CHECK(parse_policy(text, "p").ok() == is_valid(json, schemas, "policy.schema.json"));
}

TEST_CASE("schema and reader accept and refuse the same distributions") {
  const Schemas schemas = load_schemas();
  const std::string time = GENERATE(
      R"("10ms")", "10", R"("0s")", R"({"dist": "constant", "value": "0s"})",
      R"({"dist": "exponential", "mean": "0s"})", R"({"dist": "exponential", "mean": "1s", "cv": 1})",
      R"({"mean": "1s"})", R"({"dist": "lognormal", "mean": "1s", "cv": 0})",
      R"({"dist": "lognormal", "mean": "1s"})", R"({"dist": "pareto", "scale": "1s", "shape": 1})",
      R"({"dist": "pareto", "scale": "1s", "shape": 1.1})",
      R"({"dist": "hyperexponential", "mean": "1s", "cv": 0.9})",
      R"({"dist": "erlang", "k": 1.5, "mean": "1s"})", R"({"dist": "erlang", "k": 3, "mean": "1s"})",
      R"({"dist": "empirical", "file": "quantiles.csv"})", R"({"dist": "empirical"})",
      R"({"dist": "empirical", "quantiles": [[0, "1ms"], [1, "2ms"]]})",
      R"({"dist": "empirical", "quantiles": [[0, 1], [1, 2]]})", R"({"dist": "gauss", "mean": "1s"})");
  const std::string text = scenario_with_time(time);
  INFO(time);
  const Json json = parse_json(text, "s").value();
  CHECK(parse_scenario(text, "s", load_sample).ok() == is_valid(json, schemas, "scenario.schema.json"));
}

// Each change below is made to the sample, as an override makes it.
TEST_CASE("schema and reader accept and refuse the same scenarios") {
  const Schemas schemas = load_schemas();
  const std::string change = GENERATE(
      "name=other", "name=5", "seed=-1", "seed=18446744073709551615", "replications=0", "duration=null",
      "duration=0s", "services={}", "services.db.instances=0", "services.db.instances=1000000",
      "services.db.discipline=lifo", "services.db.on_cancel=stop", "services.db.request_bytes=0",
      "services.db.request_bytes=1KiB", "services.db.request_bytes=1kb",
      "services.checkout.overrides[0].instance=null", "services.checkout.calls[1].probability=2",
      "services.checkout.calls=db", "clients.web.sidecars=0", "clients.web.calls=null",
      "clients.web.connections.type=null", "clients.web.connections.type=shared", "clients.web.connections.type=single",
      "clients.web.connections.handshake_round_trips=0", "clients.web.connections.handshake_round_trips=10",
      "clients.web.connections.handshake_round_trips=11", "clients.web.connections.idle_timeout=0s",
      "clients.web.connections.connect_timeout=0s", "clients.web.connections.idle_connections_max=0",
      "clients.web.connections.max_concurrent_streams=1", "clients.even.connections.max_concurrent_streams=0",
      "clients.even.connections.idle_timeout=1s", "clients.bursts.connections.idle_timeout=1s",
      "clients.web.connections=pooled", "services.checkout.connections=null", "clients.web.arrivals.rate=0", "clients.web.arrivals.rate=-5", "clients.web.arrivals.process=closed",
      "clients.day.arrivals.points=[]", "clients.day.arrivals.process=steps",
      "clients.day.arrivals.points[0].rate=-1", "clients.users.arrivals.users=0",
      "clients.users.arrivals.think=1s", "clients.replay.arrivals.file=5",
      "clients.bursts.arrivals.mean_on=0s", "network.model=native", "network={}",
      R"(network={"latency": "250us"})", "network.latency_factor=0", "network.platform.zones={}",
      "network.platform.zones.dc.hosts=0", "network.platform.routes[0].link.bandwidth=10",
      "network.platform.routes[0].link.bandwidth=10Gb", "policies.db=5", R"(policies.db={"timeout": 5})",
      "discovery.delay=1s", "discovery.dlay=1s", "faults[0].slow=null", "faults[0].slow=0",
      "faults[0].crash=true", "faults[3].crash=false", "faults[0].for=0s", "faults[0].target=checkout/x",
      "faults[2].error_rate=1.1", "changes[0].join=3", "changes[0].join=-1", "changes[0].leave=[]",
      "changes[0].leave[0]=checkout", "changes[0].service=null", "expect[0]=checkout.latency.p99",
      "expect[0]=5", "notes=once", "nots=once");
  INFO(change);
  Json json = parse_json(kSampleScenario, "s").value();
  REQUIRE(apply_override(json, change).ok());
  const std::string text = json.dump();
  CHECK(parse_scenario(text, "s", load_sample).ok() == is_valid(json, schemas, "scenario.schema.json"));
}

TEST_CASE("the schema lets a scenario that extends another leave out what the other has") {
  const Schemas schemas = load_schemas();
  CHECK(is_valid(parse_json(R"({"extends": "base.json", "services": {"a": {"instances": 3}}})", "s").value(),
                 schemas, "scenario.schema.json"));
  CHECK_FALSE(is_valid(parse_json(R"({"extends": "base.json", "servces": {}})", "s").value(), schemas,
                       "scenario.schema.json"));
}
