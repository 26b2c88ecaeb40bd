#include "real/proxy/config_file.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "core/config/policy_file.h"
#include "tests/real/proxy/sample_config.h"
#include "tests/support/program.h"

using namespace meshtwin;
using namespace std::chrono_literals;

namespace {

Result<ProxyConfigPtr> parse(const std::string& text) {
  return parse_proxy_config(text, "etc/proxy.json", load_sample_policy, ConfigDefaults{3});
}

std::string error_of(const std::string& text) {
  const auto config = parse(text);
  return config ? "" : config.error().message;
}

// A whole configuration around parts of one, given without their braces.
std::string with(const std::string& listener, const std::string& upstream, const std::string& top = "") {
  return R"({"listeners": [{"name": "in", "address": "127.0.0.1:0", "routes": [{"upstream": "a"}])" +
         (listener.empty() ? "" : ", " + listener) + R"(}], "upstreams": {"a": {)" + upstream + "}}" +
         (top.empty() ? "" : ", " + top) + "}";
}
const std::string kEndpoints = R"("endpoints": ["127.0.0.1:1"])";

std::string listener_error(const std::string& part) { return error_of(with(part, kEndpoints)); }
std::string upstream_error(const std::string& part) { return error_of(with("", part)); }
std::string top_error(const std::string& part) { return error_of(with("", kEndpoints, part)); }
std::string routes_error(const std::string& routes) {
  return error_of(R"({"listeners": [{"name": "in", "address": "127.0.0.1:0", "routes": )" + routes +
                  R"(}], "upstreams": {"abc": {"endpoints": ["127.0.0.1:1"]}}})");
}

}  // namespace

TEST_CASE("a configuration with everything in it is read as it stands") {
  const auto read = parse(kSampleConfig);
  INFO((read ? "" : read.error().message));
  REQUIRE(read.ok());
  const ProxyConfig& config = *read.value();
  CHECK(config.name == "edge");
  CHECK(config.workers == 2);
  CHECK(config.drain == 20s);
  CHECK(config.explain_decisions == 10);
  CHECK(config.version.size() == 64);

  REQUIRE(config.listeners.size() == 2);
  const ListenerConfig& listener = config.listeners[0];
  CHECK(listener.name == "public");
  CHECK(listener.address.text() == "0.0.0.0:8080");
  CHECK(listener.direction == ListenerConfig::Direction::gateway);
  CHECK(listener.forwarded_for == ForwardedFor::set);
  CHECK(listener.via == "edge");
  CHECK(listener.call_report);
  CHECK(listener.connections_max == 500);
  CHECK(listener.head_bytes_max == 16384);
  CHECK(listener.head_timeout == 5s);
  CHECK(listener.idle_timeout == 15s);
  CHECK(listener.body_timeout == 6s);
  CHECK(listener.body_bytes_min == 100);
  REQUIRE(listener.routes.size() == 2);
  CHECK(listener.routes[0].host == "*.example.org");
  CHECK(listener.routes[0].path_prefix == "/shop");
  REQUIRE(listener.routes[0].headers.size() == 2);
  CHECK(listener.routes[0].headers[0].name == "x-version");
  CHECK(listener.routes[0].headers[0].value == "2");
  CHECK(listener.routes[0].headers[1].value == std::nullopt);
  CHECK(listener.routes[1].upstream == "db");

  REQUIRE(config.upstreams.size() == 4);
  const UpstreamConfig& checkout = config.upstreams[0];
  CHECK(checkout.name == "checkout");
  CHECK(checkout.policy.timeout == 2s);
  CHECK(checkout.policy_sha256 == policy_sha256(checkout.policy));
  CHECK(checkout.seed == 7u);
  CHECK(checkout.connect_timeout == 1s);
  CHECK(checkout.idle_timeout == 30s);
  CHECK(checkout.idle_connections_max == 8);
  CHECK(checkout.attempt_header);
  const auto& endpoints = std::get<StaticDiscovery>(checkout.discovery).endpoints;
  REQUIRE(endpoints.size() == 2);
  CHECK(endpoints[0].name == "10.0.0.1:80");
  CHECK(endpoints[1].name == "checkout/1");
  CHECK(endpoints[1].weight == 3);
  REQUIRE(checkout.health_check.has_value());
  CHECK(checkout.health_check->path == "/healthz");
  CHECK(checkout.health_check->unhealthy_threshold == 4);

  const auto& dns = std::get<DnsDiscovery>(config.upstreams[1].discovery);
  CHECK(dns.host == "db.example.org");
  CHECK(dns.port == 5432);
  CHECK(dns.refresh == 9s);
  CHECK(config.upstreams[1].health_check->type == HealthProbeConfig::Type::tcp);
  CHECK(std::get<DnsDiscovery>(config.upstreams[2].discovery).record == DnsDiscovery::Record::srv);
  CHECK(std::get<FileDiscovery>(config.upstreams[3].discovery).path == "etc/endpoints/search.json");

  CHECK(config.admin->address.text() == "0.0.0.0:9901");
  CHECK(config.access_log->path == "etc/access.log");
  CHECK(config.access_log->sample == 0.25);
  CHECK(config.journal->folder == "/var/lib/meshtwin");
  CHECK(config.journal->bytes_max == 800'000'000);
  CHECK(config.journal->segment_bytes == 8u << 20);
}

TEST_CASE("what is left out has the defaults of the configuration") {
  const auto read = parse(with("", kEndpoints));
  REQUIRE(read.ok());
  const ProxyConfig defaults;
  CHECK(read.value()->workers == 3);
  CHECK(read.value()->name == defaults.name);
  CHECK(read.value()->drain == defaults.drain);
  CHECK_FALSE(read.value()->admin.has_value());
  CHECK_FALSE(read.value()->access_log.has_value());
  CHECK_FALSE(read.value()->journal.has_value());
  CHECK(read.value()->upstreams[0].policy_sha256 == policy_sha256(PolicyConfig{}));
}

TEST_CASE("a policy by its file and the same one in place are one policy") {
  const auto by_file = parse(with("", kEndpoints + R"(, "policy": "policies/fast.json")"));
  const auto in_place = parse(with("", kEndpoints + R"(, "policy": {"timeout": "2s"})"));
  REQUIRE(by_file.ok());
  REQUIRE(in_place.ok());
  CHECK(by_file.value()->upstreams[0].policy_sha256 == in_place.value()->upstreams[0].policy_sha256);
}

TEST_CASE("the version changes with a policy's file") {
  std::string timeout = "1s";
  const FileLoader load = [&](const std::string&) -> Result<std::string> {
    return R"({"timeout": ")" + timeout + R"("})";
  };
  const std::string text = with("", kEndpoints + R"(, "policy": "p.json")");
  const auto before = parse_proxy_config(text, "p", load, {});
  const auto same = parse_proxy_config(text, "p", load, {});
  timeout = "2s";
  const auto after = parse_proxy_config(text, "p", load, {});
  CHECK(before.value()->version == same.value()->version);
  CHECK(before.value()->version != after.value()->version);
}

TEST_CASE("errors of listeners name place, value and remedy") {
  CHECK(
      listener_error(R"("adress": 1)") ==
      "etc/proxy.json: $.listeners[0].adress: unknown key \"adress\"; did you mean \"address\"? (known here: "
      "address, body_bytes_min, body_timeout, call_report, connections_max, direction, forwarded_for, "
      "head_bytes_max, head_timeout, heeds_deadlines, idle_timeout, load_reports, name, notes, routes, via)");
  CHECK(listener_error(R"("connections_max": 0)") ==
        "etc/proxy.json: $.listeners[0].connections_max: 0 is out of range; give a whole number from 1 to "
        "10000000");
  CHECK(listener_error(R"("via": "a b")") ==
        "etc/proxy.json: $.listeners[0].via: \"a b\" isn't a pseudonym for Via; give a word such as "
        "\"meshtwin\", or \"\" for no Via");
  CHECK(listener_error(R"("head_bytes_max": 100)").find("give a size from 1024 to 1048576 bytes") !=
        std::string::npos);
  CHECK(listener_error(R"("direction": "inbond")").find("did you mean \"inbound\"?") != std::string::npos);
}

TEST_CASE("errors of routes name place, value and remedy") {
  struct Row {
    std::string routes;
    std::string error;
  };
  const std::vector<Row> rows{
      {"[]", ".routes: an empty list is too short; give at least 1"},
      {R"([{"upstream": "abd"}])",
       ".routes[0].upstream: there is no upstream \"abd\"; did you mean \"abc\"?"},
      {R"([{}])", ".routes[0]: the key \"upstream\" is missing; add it, such as \"upstream\": \"checkout\""},
      {R"([{"upstream": "abc"}, {"host": "a", "upstream": "abc"}])",
       ".routes[1]: is never reached, as the route before it fits every request; put that one last"},
      {R"([{"upstream": "abc", "host": "a:80"}])",
       ".routes[0].host: \"a:80\" has a port; leave it out, hosts are compared without"},
      {R"([{"upstream": "abc", "host": "a.*"}])",
       ".routes[0].host: \"a.*\" isn't a host; give a name such as \"shop.example.org\", or "
       "\"*.example.org\" "
       "for all below it"},
      {R"([{"upstream": "abc", "path_prefix": "shop"}])",
       ".routes[0].path_prefix: \"shop\" isn't a path; give one such as \"/shop\", without query"},
      {R"([{"upstream": "abc", "path_prefix": "/a/../b"}])",
       ".routes[0].path_prefix: \"/a/../b\" never fits, since paths are compared without empty, . and .. "
       "segments; leave those out"},
      {R"([{"upstream": "abc", "headers": {"x y": true}}])",
       ".routes[0].headers[\"x y\"]: \"x y\" isn't a header's name; give one such as \"x-version\""},
      {R"([{"upstream": "abc", "headers": {"x": false}}])",
       ".routes[0].headers.x: false isn't what a header can be; give its value as a text, or true where any "
       "value fits"},
      {R"([{"upstream": "abc", "headers": {"X": true, "x": true}}])",
       ".routes[0].headers.x: the header is there twice, as case doesn't count; keep one of them"},
      {R"([{"upstream": "abc", "headers": {"Host": "a"}}])",
       ".routes[0].headers.Host: hosts have a key of their own; use \"host\" of the route"},
  };
  for (const Row& row : rows) {
    CHECK(routes_error(row.routes) == "etc/proxy.json: $.listeners[0]" + row.error);
  }
}

TEST_CASE("errors of upstreams name place, value and remedy") {
  struct Row {
    std::string upstream;
    std::string error;
  };
  const std::vector<Row> rows{
      {"", ": knows no endpoints; add \"endpoints\", \"dns\" or \"endpoints_file\""},
      {kEndpoints + R"(, "endpoints_file": "x")",
       ": has more than one source of endpoints; keep one of \"endpoints\", \"dns\" and \"endpoints_file\""},
      {R"("endpoints": [])", ".endpoints: an empty list is too short; give at least 1"},
      {R"("endpoints": ["localhost:80"])",
       ".endpoints[0]: \"localhost:80\" isn't an address; give IP:PORT, such as \"127.0.0.1:8080\" or "
       "\"[::1]:8080\""},
      {R"("endpoints": ["127.0.0.1:0"])",
       ".endpoints[0]: the port 0 can't be connected to; give the endpoint's port"},
      {R"("endpoints": ["127.0.0.1:1", "127.0.0.1:1"])",
       ".endpoints[1]: the endpoint \"127.0.0.1:1\" is there twice; keep one of them"},
      {R"("endpoints": ["127.0.0.1:1", {"name": "x", "address": "127.0.0.1:1"}])",
       ".endpoints[1]: the address 127.0.0.1:1 is there twice; keep one of them"},
      {R"("endpoints": [{"address": "127.0.0.1:1", "weight": 0}])",
       ".endpoints[0].weight: 0 is out of range; give a whole number from 1 to 1000000"},
      {R"("dns": {"host": "a"})", ".dns: the key \"port\" is missing; add it, such as \"port\": 8080"},
      {R"("dns": {"host": "a", "record": "srv", "port": 80})",
       ".dns.port: unknown key \"port\" (known here: host, notes, record, refresh)"},
      {R"("dns": {"host": "a", "port": 80, "record": "mx"})",
       ".dns.record: \"mx\" is not known (give a or srv)"},
      {kEndpoints + R"(, "policy": "none.json")",
       ".policy: \"none.json\" can't be read (no such file); give the path of a policy file, counted from "
       "this "
       "file's folder"},
      {kEndpoints + R"(, "health_check": {"type": "tcp", "path": "/"})",
       ".health_check.path: unknown key \"path\" (known here: healthy_threshold, interval, notes, timeout, "
       "type, "
       "unhealthy_threshold)"},
      {kEndpoints + R"(, "health_check": {"interval": "1s", "timeout": "3s"})",
       ".health_check: timeout 3s is longer than interval 1s; give at most that"},
      {kEndpoints + R"(, "health_check": {"path": "healthz"})",
       ".health_check.path: \"healthz\" isn't a path; give one such as \"/healthz\""},
  };
  for (const Row& row : rows) {
    CHECK(upstream_error(row.upstream) == "etc/proxy.json: $.upstreams.a" + row.error);
  }
}

TEST_CASE("an error inside a policy's file names that file") {
  CHECK(upstream_error(kEndpoints + R"(, "policy": "policies/broken.json")") ==
        "etc/policies/broken.json: $.timeout: 5 has no unit; write a duration such as \"5ms\"");
}

TEST_CASE("errors of the rest name place, value and remedy") {
  CHECK(top_error(R"("workers": 65)") ==
        "etc/proxy.json: $.workers: 65 is out of range; give a whole number from 1 to 64");
  CHECK(top_error(R"("admin": {"address": "10.0.0.1:9901"})") ==
        "etc/proxy.json: $.admin.address: \"10.0.0.1:9901\" can be reached from other machines, and whoever "
        "reaches it can change the configuration; give a loopback address, or add \"allow_remote\": true");
  CHECK(top_error(R"("access_log": {"sample": 1.5})") ==
        "etc/proxy.json: $.access_log.sample: 1.5 is out of range; give a number from 0 to 1");
  CHECK(top_error(R"("workers": 4, "journal": {"folder": "j", "bytes_max": "100MB"})") ==
        "etc/proxy.json: $.journal: bytes_max 100000000 holds less than two files of 64000000 bytes of each "
        "of 4 "
        "workers; give at least 512000000, or smaller segment_bytes");
  CHECK(top_error(R"("drain": 5)") ==
        "etc/proxy.json: $.drain: 5 has no unit; write a duration such as \"5ms\"");
  CHECK(error_of("{}") ==
        "etc/proxy.json: $: the key \"listeners\" is missing; add it, such as \"listeners\": [{\"name\": "
        "\"in\", "
        "...}]");
  CHECK(error_of("[").starts_with("etc/proxy.json:1:2: the JSON breaks off here"));
}

TEST_CASE("listeners share neither names nor addresses") {
  const auto two = [](const std::string& second) {
    return error_of(R"({"upstreams": {"a": {"endpoints": ["127.0.0.1:1"]}}, "listeners": [
      {"name": "x", "address": "127.0.0.1:80", "routes": [{"upstream": "a"}]},
      {)" + second + R"(, "routes": [{"upstream": "a"}]}]})");
  };
  CHECK(two(R"("name": "x", "address": "127.0.0.1:81")") ==
        "etc/proxy.json: $.listeners[1]: the name \"x\" is there twice; give each listener its own");
  CHECK(
      two(R"("name": "y", "address": "127.0.0.1:80")") ==
      "etc/proxy.json: $.listeners[1]: the address 127.0.0.1:80 is there twice; give each listener its own");
  CHECK(two(R"("name": "y", "address": "127.0.0.1:0")").empty());
}

TEST_CASE("files on disk are read from the configuration's folder") {
  const TemporaryFolder folder;
  folder.write("policies/p.json", R"({"timeout": "3s"})");
  const std::string file =
      folder.write("proxy.json", with("", R"("endpoints_file": "list.json", "policy": "policies/p.json")"));
  const auto config = load_proxy_config(file);
  INFO((config ? "" : config.error().message));
  REQUIRE(config.ok());
  CHECK(config.value()->upstreams[0].policy.timeout == 3s);
  CHECK(std::get<FileDiscovery>(config.value()->upstreams[0].discovery).path == folder / "list.json");
  CHECK(load_proxy_config(folder / "none.json").error().message ==
        (folder / "none.json") + ": No such file or directory");
}

TEST_CASE("a list of endpoints is a file of its own") {
  const auto list =
      parse_endpoints(R"(["10.0.0.1:80", {"name": "b", "address": "[::1]:81", "weight": 2}])", "e");
  REQUIRE(list.ok());
  CHECK(list.value()[1].address.text() == "[::1]:81");
  CHECK(parse_endpoints("[]", "e.json").error().message ==
        "e.json: $: an empty list is too short; give at least 1");
}
