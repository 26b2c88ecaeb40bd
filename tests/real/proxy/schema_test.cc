// The schema of proxy.json says the same as its reader.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "core/config/json_document.h"
#include "real/proxy/config_file.h"
#include "tests/real/proxy/sample_config.h"
#include "tests/support/program.h"
#include "tests/support/schema_check.h"

using namespace meshtwin;

namespace {

Schemas load_schemas() {
  Schemas out;
  for (const std::string name : {"policy.schema.json", "proxy.schema.json"}) {
    Result<Json> json = parse_json(text_of_file("scenarios/schemas/" + name), name);
    INFO((json ? "" : json.error().message));
    REQUIRE(json.ok());
    out[name] = std::move(json).value();
  }
  return out;
}

bool reader_accepts(const Json& json) {
  return parse_proxy_config(json.dump(), "p", load_sample_policy, ConfigDefaults{2}).ok();
}

}  // namespace

TEST_CASE("the keys of the proxy's schema are those of the reader") {
  KnownKeys read;
  REQUIRE(parse_proxy_config(kSampleConfig, "p", load_sample_policy, {}, &read).ok());
  const Schemas schemas = load_schemas();
  KnownKeys expected;
  for (const auto& [kind, definition] : schemas.at("proxy.schema.json")["$defs"].items()) {
    if (!definition.contains("properties")) continue;
    INFO(kind);
    CHECK(definition["additionalProperties"] == false);
    CHECK(definition.contains("description"));
    for (const auto& [key, property] : definition["properties"].items()) {
      INFO(key);
      expected[kind == "endpoint.named" ? "endpoint" : kind].insert(key);
      CHECK((property.contains("description") || key == "notes"));
    }
  }
  std::erase_if(read, [&](const auto& kind) {
    return schemas.at("policy.schema.json")["$defs"].contains(kind.first) || kind.first.empty();
  });
  CHECK(read == expected);
}

// Each change below is made to the sample, as an override of a scenario is made.
TEST_CASE("schema and reader accept and refuse the same configurations") {
  const Schemas schemas = load_schemas();
  const std::string change = GENERATE(
      "name=x", "name=5", "workers=0", "workers=40", "workers=65", "workers=two", "listeners=[]",
      "listeners=null", "upstreams=null", "upstreams={}", "listeners[0].name=", "listeners[0].name=null",
      "listeners[0].address=localhost:80", "listeners[0].address=1.2.3.4", "listeners[0].address=[::]:80",
      "listeners[0].direction=up", "listeners[0].direction=outbound", "listeners[0].routes=[]",
      "listeners[0].routes[0].host=a:80", "listeners[0].routes[0].host=*",
      "listeners[0].routes[0].host=*.a.b", "listeners[0].routes[0].host=[::1]",
      "listeners[0].routes[0].path_prefix=a", "listeners[0].routes[0].path_prefix=/a//b",
      "listeners[0].routes[0].path_prefix=/a/./b", "listeners[0].routes[0].path_prefix=/a/..",
      "listeners[0].routes[0].path_prefix=/a/.b", "listeners[0].routes[0].path_prefix=/a?b",
      "listeners[0].routes[0].headers={\"x\": false}", "listeners[0].routes[0].headers={\"x\": true}",
      "listeners[0].routes[0].headers=[]", "listeners[0].routes[0].upstream=null",
      "listeners[0].routes[0].uptream=db", "listeners[0].via=", "listeners[0].via=a b",
      "listeners[0].call_report=1", "listeners[0].connections_max=0", "listeners[0].head_bytes_max=16kB",
      "listeners[0].head_timeout=0s", "listeners[0].body_bytes_min=0", "listeners[0].forwarded_for=on",
      "upstreams.checkout.policy=5", "upstreams.checkout.policy={}",
      R"(upstreams.checkout.policy={"timeout": 5})", "upstreams.checkout.endpoints=null",
      "upstreams.checkout.endpoints=[]", "upstreams.checkout.endpoints_file=x",
      "upstreams.checkout.endpoints[0]=5", "upstreams.checkout.endpoints[1].weight=0",
      "upstreams.checkout.endpoints[1].address=null", "upstreams.checkout.health_check.type=grpc",
      "upstreams.checkout.health_check.type=null", "upstreams.checkout.health_check.path=x",
      "upstreams.checkout.health_check.healthy_threshold=0", "upstreams.checkout.seed=-1",
      "upstreams.checkout.idle_connections_max=0", "upstreams.checkout.connect_timeout=0ms",
      "upstreams.checkout.attempt_header=yes", "upstreams.db.health_check.path=/",
      "upstreams.db.dns.port=null", "upstreams.db.dns.port=0", "upstreams.db.dns.record=null",
      "upstreams.mail.dns.port=25", "upstreams.mail.dns.record=a",
      "upstreams.mail.dns.host=", "upstreams.search.endpoints_file=", "upstreams.search={}",
      "admin.address=null", "admin.allow_remote=null", "admin.allow_remote=false", "admin.address=[::1]:1",
      R"(admin={"address": "127.0.0.1:1"})", R"(admin={"address": "10.0.0.1:1"})", "access_log={}",
      "access_log.path=", "access_log.path=-", "access_log.sample=1.1", "access_log.sample=-1",
      "journal.folder=null", "journal.segment_bytes=4MiB", "journal.bytes_max=0", "explain_decisions=0",
      "explain_decisions=-1", "drain=0s", "drain=5", "notes=[1]", "nots=x");
  INFO(change);
  Json json = parse_json(kSampleConfig, "s").value();
  REQUIRE(apply_override(json, change).ok());
  CHECK(reader_accepts(json) == is_valid(json, schemas, "proxy.schema.json"));
}
