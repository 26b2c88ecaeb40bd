#include "core/config/scenario_file.h"

#include <catch2/catch.hpp>
#include <string>

#include "core/config/policy_file.h"
#include "tests/core/config/sample_scenario.h"

using namespace meshtwin;
using namespace std::chrono_literals;

namespace {

Scenario scenario_of(std::string_view text, const std::vector<std::string>& overrides = {}) {
  Result<Scenario> scenario = parse_scenario(text, "dir/s.json", load_sample, overrides);
  INFO((scenario ? "" : scenario.error().message));
  REQUIRE(scenario.ok());
  return std::move(scenario).value();
}

std::string error_of(std::string_view text, const std::vector<std::string>& overrides = {}) {
  const Result<Scenario> scenario = parse_scenario(text, "dir/s.json", load_sample, overrides);
  return scenario ? "no error" : scenario.error().message;
}

// A small valid scenario with parts that a test replaces.
struct Parts {
  std::string services = R"({"a": {"service_time": "10ms"}})";
  std::string clients = R"({"web": {"calls": "a", "arrivals": {"process": "poisson", "rate": 5}}})";
  std::string more;
  std::string text() const {
    return R"({"duration": "10s", "services": )" + services + R"(, "clients": )" + clients + more + "}";
  }
};

std::string with_arrivals(const std::string& arrivals) {
  Parts parts;
  parts.clients = R"({"web": {"calls": "a", "arrivals": )" + arrivals + "}}";
  return parts.text();
}
std::string with_services(const std::string& services) {
  Parts parts;
  parts.services = services;
  return parts.text();
}
std::string with_time(const std::string& time) {
  return with_services(R"({"a": {"service_time": )" + time + "}}");
}
std::string with_connections(const std::string& connections) {
  Parts parts;
  parts.clients = R"({"web": {"calls": "a", "arrivals": {"process": "poisson", "rate": 5}, "connections": )" +
                  connections + "}}";
  return parts.text();
}
std::string with(const std::string& more) {
  Parts parts;
  parts.more = ", " + more;
  return parts.text();
}

}  // namespace

TEST_CASE("a scenario is read into its data") {
  const Scenario s = scenario_of(kSampleScenario);
  CHECK(s.name == "sample");
  CHECK(s.notes == "one\ntwo");
  CHECK(s.seed == 7);
  CHECK(s.replications == 2);
  CHECK(s.duration == 60s);
  CHECK(s.warmup == 5s);
  REQUIRE(s.services.size() == 3);
  const ServiceConfig& checkout = s.services[0];
  CHECK(checkout.name == "checkout");
  CHECK(checkout.instances == 11);
  CHECK(checkout.queue == 1000u);
  CHECK(checkout.overflow.status == 429);
  CHECK(checkout.overflow.retry_after == 200ms);
  CHECK(s.services[1].overflow.status == 503);
  CHECK_FALSE(s.services[1].overflow.retry_after.has_value());
  CHECK(checkout.discipline == Discipline::processor_sharing);
  CHECK(checkout.on_cancel == OnCancel::finish);
  CHECK(checkout.service_time.mean() == 10ms);
  CHECK(checkout.overrides.at(0).instance == 3);
  CHECK(checkout.overrides.at(0).service_time->mean() == 1ms);
  CHECK(checkout.calls.at(0).service == 1);
  CHECK(checkout.calls.at(1).service == 2);
  CHECK(checkout.calls.at(1).probability == 0.3);
  CHECK_FALSE(checkout.calls_hold_worker);
  CHECK(checkout.request_bytes == 1000);
  CHECK(checkout.response_bytes == 20000);
  CHECK_FALSE(s.services[1].queue.has_value());
  CHECK(s.services[1].service_time.mean() == 3500us);
  CHECK(s.services[2].service_time.mean() == 3750us);
}

TEST_CASE("clients, network and events are read into their data") {
  const Scenario s = scenario_of(kSampleScenario);
  REQUIRE(s.clients.size() == 6);
  CHECK(s.clients[0].sidecars == 3);
  CHECK(std::get<PoissonArrivals>(s.clients[0].arrivals).rate == 900);
  CHECK(std::get<DeterministicArrivals>(s.clients[1].arrivals).rate == 0.5);
  CHECK(std::get<OnOffArrivals>(s.clients[2].arrivals).mean_off == 2s);
  CHECK(std::get<VaryingArrivals>(s.clients[3].arrivals).linear);
  CHECK(std::get<VaryingArrivals>(s.clients[3].arrivals).points.at(1).at == Time(30s));
  CHECK(std::get<TraceArrivals>(s.clients[4].arrivals).times ==
        std::vector<Time>{Time(0s), Time(1500us), Time(1500us), Time(20ms)});
  CHECK(std::get<ClosedArrivals>(s.clients[5].arrivals).think.mean() == 1500ms);
  const ConnectionsConfig& pooled = *s.clients[0].connections;
  CHECK(pooled.type == ConnectionType::pooled);
  CHECK(pooled.handshake_round_trips == 2);
  CHECK(pooled.connect_timeout == 200ms);
  CHECK(pooled.idle_timeout == 30s);
  CHECK(pooled.idle_connections_max == 100);
  CHECK(s.clients[1].connections->type == ConnectionType::single);
  CHECK(s.clients[1].connections->max_concurrent_streams == 100u);
  CHECK(s.clients[1].connections->connect_timeout == 5s);
  CHECK(s.clients[2].connections->type == ConnectionType::short_lived);
  CHECK_FALSE(s.clients[3].connections.has_value());
  CHECK(s.services[0].connections->connect_timeout == 1s);
  const auto& network = std::get<SimgridNetwork>(s.network);
  CHECK(network.zones.at(0).backbone->bits_per_second == 1e11);
  CHECK(network.routes.at(0).link.latency == 5ms);
  CHECK(network.placement.size() == 9);
  CHECK(s.discovery_delay.mean() == 1s);
  REQUIRE(s.faults.size() == 5);
  CHECK(s.faults[0].lasts == 30s);
  CHECK(s.faults[0].instance == 0u);
  CHECK(std::get<SlowFault>(s.faults[0].kind).factor == 10);
  CHECK(std::get<DelayFault>(s.faults[1].kind).service_time.mean() == 3ms);
  CHECK_FALSE(s.faults[1].instance.has_value());
  const auto& errors = std::get<ErrorFault>(s.faults[2].kind);
  CHECK(errors.rate == 0.5);
  CHECK(errors.answer.status == 503);
  CHECK(*errors.answer.retry_after < 0ms);
  CHECK(std::holds_alternative<CrashFault>(s.faults[3].kind));
  CHECK(std::holds_alternative<BlackholeFault>(s.faults[4].kind));
  CHECK(s.changes.at(0).join == 2);
  CHECK(s.changes.at(0).leave == std::vector<std::uint32_t>{1});
  CHECK(s.changes.at(0).drain == 3s);
  REQUIRE(s.expect.size() == 4);
  CHECK(s.expect[1].service == 1);
  CHECK(s.expect[1].metric == "latency.p99");
  CHECK(s.expect[1].value == 80);
  CHECK(s.expect[2].comparison == Comparison::equal);
}

TEST_CASE("each service has a policy: a file's, an inline one, or the defaults") {
  const Scenario s = scenario_of(kSampleScenario);
  REQUIRE(s.policies.size() == 3);
  CHECK(s.policies[0].config.retry.max_attempts == 2);
  CHECK(s.policies[1].config.timeout == 500ms);
  CHECK(s.policies[1].sha256 ==
        policy_sha256(parse_policy(sample_files().at("policies/db.json"), "p").value()));
  CHECK(s.policies[2].sha256 == policy_sha256(PolicyConfig{}));
}

TEST_CASE("the defaults of a scenario") {
  const Scenario s = scenario_of(Parts{}.text());
  CHECK(s.name == "s");
  CHECK(s.seed == 1);
  CHECK(s.warmup == 0s);
  CHECK(std::get<NativeNetwork>(s.network).latency.mean() == 0s);
  CHECK(s.services[0].service_time.mean() == 10ms);
}

TEST_CASE("bad scenarios say file, path, value and remedy") {
  const auto [text, message] = GENERATE(table<std::string, std::string>({
      {"{\"services\": {\"a\": {\"instances\": 3",
       "dir/s.json:1:35: the JSON breaks off here; unexpected end of input; expected '}'"},
      {R"({"services": {"a": {}, "a": {}}})",
       "dir/s.json:1:24: $.services: the key \"a\" is already there at 1:15; keep one of the two"},
      {"{}", "dir/s.json: $: the key \"duration\" is missing; add it, such as \"duration\": \"60s\""},
      {with(R"("netwrok": {})"),
       "dir/s.json: $.netwrok: unknown key \"netwrok\"; did you mean \"network\"? (known here: $schema, "
       "changes, clients, "
       "discovery, duration, expect, extends, faults, name, network, notes, overheads, policies, "
       "replications, seed, services, warmup)"},
      {with(R"("warmup": "10s")"),
       "dir/s.json: $.warmup: a warm-up of 10s leaves nothing of the duration of 10s to measure; give less"},
      {with(R"("seed": -1)"),
       "dir/s.json: $.seed: -1 is out of range; give a whole number from 0 to 18446744073709551615"},
      {with_services("{}"), "dir/s.json: $.services: an empty object is not enough; give at least 1"},
      {with_services(R"({"a": {"service_time": "1ms", "instances": -3}})"),
       "dir/s.json: $.services.a.instances: -3 is out of range; give a whole number from 1 to 1000000"},
      {with_services(R"({"a": {"service_tme": "1ms"}})"),
       "dir/s.json: $.services.a.service_tme: unknown key \"service_tme\"; did you mean \"service_time\"? "
       "(known here: calls, "
       "calls_hold_worker, calls_in_parallel, concurrency, connections, discipline, fluctuation, inbound, instances, "
       "locality, "
       "notes, on_cancel, overflow, overrides, priority, queue, request_bytes, "
       "response_bytes, service_time, weight)"},
      {with_services(R"({"a b": {"service_time": "1ms"}})"),
       "dir/s.json: $.services[\"a b\"]: \"a b\" can't be a name; use 1 to 63 letters, digits, _ and -"},
      {with_services(
           R"({"a": {"service_time": "1ms", "calls": "b"}, "b": {"service_time": "1ms", "calls": ["c"]},
                         "c": {"service_time": "1ms", "calls": {"service": "b"}}})"),
       "dir/s.json: $.services.b.calls: services call each other in a circle: b -> c -> b; take one of these "
       "calls out"},
      {with_services(R"({"a": {"service_time": "1ms", "calls": "a"}})"),
       "dir/s.json: $.services.a.calls: services call each other in a circle: a -> a; take one of these "
       "calls out"},
      {with_services(R"({"checkout": {"service_time": "1ms", "calls": "chekout"}})"),
       "dir/s.json: $.services.checkout.calls: there is no service \"chekout\"; did you mean \"checkout\"?"},
      {with_services(R"({"a": {"service_time": "1ms", "overrides": [{"instance": 1, "weight": 2}]}})"),
       "dir/s.json: $.services.a.overrides[0]: an object of 2 names an instance that isn't there; a has a/0 "
       "to a/0"},
      {with(R"("faults": [{"at": "1s", "target": "b", "crash": true}])"),
       "dir/s.json: $.faults[0].target: there is no service \"b\"; known: a"},
      {with(R"("faults": [{"at": "1s", "target": "a/1", "crash": true}])"),
       "dir/s.json: $.faults[0].target: \"a/1\" names an instance that isn't there; a has a/0 to a/0"},
      {with(R"("faults": [{"at": "1s", "target": "a/x", "crash": true}])"),
       "dir/s.json: $.faults[0].target: \"a/x\" names no instance; write it such as \"a/0\""},
      {with(R"("faults": [{"at": "10s", "target": "a", "crash": true}])"),
       "dir/s.json: $.faults[0].at: 10s is past the end of the run, which lasts 10s; give less"},
      {with(R"("faults": [{"at": "1s", "target": "a"}])"),
       "dir/s.json: $.faults[0]: nothing says what the fault does; give one of slow, service_time, "
       "error_rate, crash, blackhole"},
      {with(R"("faults": [{"at": "1s", "target": "a", "slow": 2, "crash": true}])"),
       "dir/s.json: $.faults[0]: more than one key says what the fault does; give one of slow, service_time, "
       "error_rate, crash, "
       "blackhole"},
      {with(R"("faults": [{"at": "1s", "target": "a", "slow": 2, "error": {"status": 429}}])"),
       "dir/s.json: $.faults[0].error: says what is answered, but not how often; give \"error_rate\" as well, such as "
       "0.5"},
      {with(R"("faults": [{"at": "1s", "target": "a", "error_rate": 1, "error": {"status": 430}}])"),
       "dir/s.json: $.faults[0].error.status: 430 is no status of a failure; give 429, or 500 to 599"},
      {with(R"("faults": [{"at": "1s", "target": "a", "error_rate": 1, "error": {"status": 600}}])"),
       "dir/s.json: $.faults[0].error.status: 600 is no status of a failure; give 429, or 500 to 599"},
      {with_services(R"({"a": {"service_time": "1ms", "overflow": {"retry_after": "1500us"}}})"),
       "dir/s.json: $.services.a.overflow.retry_after: \"1500us\" is no whole number of milliseconds, as answers say "
       "it; round it, or write \"never\""},
      {with(R"("faults": [{"at": "1s", "target": "a", "crash": false}])"),
       "dir/s.json: $.faults[0].crash: false leaves the fault without effect; write true, or take the fault "
       "out"},
      {with(R"("changes": [{"at": "1s", "service": "a"}])"),
       "dir/s.json: $.changes[0]: nobody joins or leaves; give \"join\" or \"leave\""},
      {with(R"("changes": [{"at": "1s", "service": "a", "leave": ["a"]}])"),
       "dir/s.json: $.changes[0].leave[0]: \"a\" is no instance of a; write it such as \"a/0\""},
      {with(R"("changes": [{"at": "1s", "service": "a", "leave": ["a/0", "a/0"]}])"),
       "dir/s.json: $.changes[0].leave[1]: \"a/0\" leaves twice; name it once"},
      {with(R"("expect": ["a.shadow.picks > 0"])"),
       "dir/s.json: $.expect[0]: the policy of a has no shadow; give it one, or leave this out"},
      {with(R"("expect": ["a.connections_opened > 0"])"),
       "dir/s.json: $.expect[0]: nobody who calls a has \"connections\"; give a client some, or leave this out"},
      {with_services(R"({"a": {"service_time": "1ms", "connections": {"type": "single"}}})"),
       "dir/s.json: $.services.a.connections: they are for the service's own calls, and it has none; give them to those "
       "that call it"},
      {with_connections(R"({})"),
       "dir/s.json: $.clients.web.connections: the key \"type\" is missing; add it, such as \"type\": \"pooled\""},
      {with_connections(R"({"type": "singel"})"),
       "dir/s.json: $.clients.web.connections.type: \"singel\" is not known; did you mean \"single\"? (give pooled, "
       "single or short)"},
      {with_connections(R"({"type": "short", "handshake_round_trips": 0})"),
       "dir/s.json: $.clients.web.connections.handshake_round_trips: 0 is out of range; give a whole number from 1 to 10"},
      {with_connections(R"({"type": "single", "idle_timeout": "1s"})"),
       "dir/s.json: $.clients.web.connections.idle_timeout: unknown key \"idle_timeout\" (known here: connect_timeout, "
       "handshake_round_trips, max_concurrent_streams, notes, type)"},
      {with(R"("policies": {"b": {}})"), "dir/s.json: $.policies.b: there is no service \"b\"; known: a"},
      {with(R"("policies": {"a": "policies/x.json"})"),
       "dir/s.json: $.policies.a: \"policies/x.json\" can't be read: no such file; give a path from this "
       "file's folder"},
      {with(R"("policies": {"a": "policies/bad.json"})"),
       "dir/policies/bad.json: $.retry.max_attempts: 99 is out of range; give a whole number from 1 to 8"},
      {with(R"("policies": {"a": "policies/broken.json"})"),
       "dir/policies/broken.json:2:14: the JSON breaks off here; unexpected end of input; expected '[', '{', "
       "or a literal"},
      {with(R"("policies": {"a": {"timeout": 5}})"),
       "dir/s.json: $.policies.a.timeout: 5 has no unit; write a duration such as \"5ms\""},
      {with(R"("expect": ["b.latency.p99 <= 80ms"])"),
       "dir/s.json: $.expect[0]: \"b.latency.p99 <= 80ms\": there is no service \"b\"; known: a"},
      {with(R"("network": {"model": "simgrid"})"),
       "dir/s.json: $.network: the key \"platform\" is missing; add it, such as \"platform\": "
       "\"platform.xml\""},
      {with(R"("network": {"model": "simgrid", "platform": "x.xml"})"),
       "dir/s.json: $.network.platform: \"x.xml\" can't be read: no such file; give a path from the "
       "scenario's folder"},
      {with(R"("network": {"model": "simgrid", "platform": "platform.xml", "placement": {"a": "h"}})"),
       "dir/s.json: $.network: web has no place in the platform; add it to \"placement\", such as \"web\": "
       "\"HOST\""},
      {with(R"("network": {"model": "simgrid", "platform": {"zones": {"z": {"link": {"bandwidth": 5}}}}})"),
       "dir/s.json: $.network.platform.zones.z.link.bandwidth: 5 isn't a bit rate; write a text with a unit, "
       "such as \"10Gbps\""},
  }));
  CHECK(error_of(text) == message);
}

TEST_CASE("bad clients say file, path, value and remedy") {
  const auto [text, message] = GENERATE(table<std::string, std::string>({
      {with_arrivals(R"({"process": "poisson", "rate": -900})"),
       "dir/s.json: $.clients.web.arrivals.rate: -900 is out of range; give a number above 0 and up to "
       "1000000000"},
      {with_arrivals(R"({"process": "poisson", "rate": 0})"),
       "dir/s.json: $.clients.web.arrivals.rate: 0 is out of range; give a number above 0 and up to "
       "1000000000"},
      {with_arrivals(R"({"process": "poisson", "rate": "5"})"),
       "dir/s.json: $.clients.web.arrivals.rate: \"5\" isn't a number; give a number above 0 and up to "
       "1000000000"},
      {with_arrivals(R"({"process": "poison"})"),
       "dir/s.json: $.clients.web.arrivals.process: \"poison\" is not known; did you mean \"poisson\"? (give "
       "poisson, "
       "deterministic, on_off, steps, linear, trace or closed)"},
      {with_arrivals("{}"),
       "dir/s.json: $.clients.web.arrivals: the key \"process\" is missing; add it, such as \"process\": "
       "\"poisson\""},
      {with_arrivals(R"({"process": "steps", "points": [{"at": "0s", "rate": 0}]})"),
       "dir/s.json: $.clients.web.arrivals.points: each rate is 0, so nothing would arrive; raise one"},
      {with_arrivals(R"({"process": "steps", "points": [{"at": "1s", "rate": 1}]})"),
       "dir/s.json: $.clients.web.arrivals.points[0]: the first point is at 1s; begin at \"0s\""},
      {with_arrivals(
           R"({"process": "linear", "points": [{"at": "0s", "rate": 1}, {"at": "0s", "rate": 2}]})"),
       "dir/s.json: $.clients.web.arrivals.points[1]: the point at 0s isn't after the one before; sort the "
       "points by time, one "
       "for each time"},
      {with_arrivals(R"({"process": "trace", "file": "bad_times.csv"})"),
       "dir/bad_times.csv:3: 0.5 is before the line above; sort the times"},
      {with_arrivals(R"({"process": "trace", "file": "none.csv"})"),
       "dir/s.json: $.clients.web.arrivals.file: \"none.csv\" can't be read: no such file; give a path from "
       "the scenario's folder"},
      {with_arrivals(R"({"process": "on_off", "on_rate": 0, "mean_on": "1s", "mean_off": "1s"})"),
       "dir/s.json: $.clients.web.arrivals: both rates are 0, so nothing would arrive; raise on_rate"},
  }));
  CHECK(error_of(text) == message);
  Parts same_name;
  same_name.clients = R"({"a": {"calls": "a", "arrivals": {"process": "poisson", "rate": 5}}})";
  CHECK(error_of(same_name.text()) ==
        "dir/s.json: $.clients.a: \"a\" is the name of a service too; give the client another one");
}

TEST_CASE("bad distributions say file, path, value and remedy") {
  const auto [time, message] = GENERATE(table<std::string, std::string>({
      {"10", "dir/s.json: $.services.a.service_time: 10 has no unit; write a duration such as \"10ms\""},
      {R"({"dist": "normal", "mean": "1ms"})",
       "dir/s.json: $.services.a.service_time.dist: \"normal\" is not known (give constant, uniform, "
       "exponential, lognormal, pareto, hyperexponential, erlang or empirical)"},
      {R"({"mean": "1ms"})",
       "dir/s.json: $.services.a.service_time: the key \"dist\" is missing; add it, such as \"dist\": "
       "\"exponential\", or write "
       "a duration such as \"10ms\""},
      {R"({"dist": "exponential", "mean": "0ms"})",
       "dir/s.json: $.services.a.service_time.mean: \"0ms\" is no time at all; give a duration above 0, such "
       "as \"10ms\""},
      {R"({"dist": "uniform", "min": "2ms", "max": "1ms"})",
       "dir/s.json: $.services.a.service_time: min 2ms is above max 1ms; give a max of at least the min"},
      {R"({"dist": "uniform", "min": "2ms"})",
       "dir/s.json: $.services.a.service_time: the key \"max\" is missing; add it, such as \"max\": "
       "\"10ms\""},
      {R"({"dist": "hyperexponential", "mean": "1ms", "cv": 0.5})",
       "dir/s.json: $.services.a.service_time.cv: 0.5 is out of range; give a number from 1 to 1000"},
      {R"({"dist": "pareto", "scale": "1ms", "shape": 1})",
       "dir/s.json: $.services.a.service_time.shape: 1 is out of range; give a number above 1, which has a "
       "mean"},
      {R"({"dist": "erlang", "k": 0, "mean": "1ms"})",
       "dir/s.json: $.services.a.service_time.k: 0 is out of range; give a whole number from 1 to 1000"},
      {R"({"dist": "empirical"})",
       "dir/s.json: $.services.a.service_time: give either \"file\" or \"quantiles\", such as \"quantiles\": "
       "[[0, \"1ms\"], [1, "
       "\"9ms\"]]"},
      {R"({"dist": "empirical", "quantiles": [[0, "1ms"], [0.9, "2ms"]]})",
       "dir/s.json: $.services.a.service_time.quantiles[1]: the last probability isn't 1; add the largest "
       "value there"},
      {R"({"dist": "empirical", "quantiles": [[0, "3ms"], [1, "2ms"]]})",
       "dir/s.json: $.services.a.service_time.quantiles[1]: the value 2ms is below the one before; a larger "
       "probability has no "
       "smaller value"},
      {R"({"dist": "empirical", "file": "unsorted.csv"})",
       "dir/unsorted.csv:3: the value 500us is below the one before; a larger probability has no smaller "
       "value"},
      {R"({"dist": "empirical", "file": "times.csv"})",
       "dir/times.csv:1: \"milliseconds\" isn't the header; begin with \"probability,ms\""},
  }));
  CHECK(error_of(with_time(time)) == message);
}

TEST_CASE("a scenario extends another one") {
  const Scenario s = scenario_of(R"({"extends": "base.json", "warmup": null, "duration": "30s",
      "services": {"a": {"service_time": {"dist": "constant", "value": "3ms"}, "instances": 4}}})");
  CHECK(s.duration == 30s);
  CHECK(s.warmup == 0s);
  CHECK(s.services[0].instances == 4);
  CHECK(s.services[0].queue == 7u);
  CHECK(s.services[0].service_time.mean() == 3ms);
  CHECK(s.policies[0].config.timeout == 500ms);
}

TEST_CASE("files that an extended file names are found from its own folder") {
  const Scenario s = scenario_of(R"({"extends": "far/base.json"})");
  CHECK(s.policies[0].config.timeout == 3s);
  CHECK(s.services[0].service_time.mean() == 5ms);
}

TEST_CASE("bad extends and what is wrong inside name the right file") {
  CHECK(error_of(R"({"extends": "none.json"})") ==
        "dir/s.json: $.extends: \"none.json\" can't be read: no such file; give a path from this file's "
        "folder");
  CHECK(error_of(R"({"extends": 5})") == "dir/s.json: $.extends: 5 isn't the name of a file");
  CHECK(error_of(R"({"extends": "circle1.json"})") ==
        "dir/circle2.json: $.extends: files extend each other in a circle: s.json -> circle1.json -> "
        "circle2.json -> circle1.json");
  CHECK(
      error_of(R"({"extends": "base.json", "duration": "1s"})") ==
      "dir/base.json: $.warmup: a warm-up of 2s leaves nothing of the duration of 1s to measure; give less");
}

TEST_CASE("overrides set single values") {
  CHECK(scenario_of(kSampleScenario, {"services.checkout.instances=50"}).services[0].instances == 50);
  CHECK(scenario_of(kSampleScenario, {"duration=90s", "$.faults[0].at=\"1m\""}).faults[0].at == Time(60s));
  CHECK(scenario_of(kSampleScenario, {"faults.1.at=4s"}).faults[1].at == Time(4s));
  CHECK_FALSE(scenario_of(kSampleScenario, {"services.checkout.queue=null"}).services[0].queue.has_value());
  CHECK(scenario_of(kSampleScenario, {"services.db.queue=5"}).services[1].queue == 5u);
  CHECK(scenario_of(kSampleScenario, {"policies.db.timeout=2s"}).policies[1].config.timeout == 2s);
  CHECK(scenario_of(kSampleScenario, {"policies.cache=policies/db.json"}).policies[2].config.timeout ==
        500ms);
  CHECK(scenario_of(kSampleScenario, {R"(policies.cache={"timeout": "7s"})"}).policies[2].config.timeout ==
        7s);
}

TEST_CASE("bad overrides name the override") {
  const auto [override_text, message] = GENERATE(table<std::string, std::string>({
      {"services.checkout.instances=-3",
       "--set services.checkout.instances=-3: $.services.checkout.instances: -3 is out of range; give a "
       "whole number from 1 to "
       "1000000"},
      {"services.chekout.instances=3",
       "--set services.chekout.instances=3: there is no \"chekout\" in $.services; did you mean "
       "\"checkout\"?"},
      {"services.checkout.instnces=3",
       "--set services.checkout.instnces=3: $.services.checkout.instnces: unknown key \"instnces\"; did you "
       "mean \"instances\"? "
       "(known here: calls, calls_hold_worker, calls_in_parallel, concurrency, connections, discipline, fluctuation, inbound, "
       "instances, locality, notes, on_cancel, overflow, overrides, priority, queue, "
       "request_bytes, response_bytes, service_time, weight)"},
      {"faults[9].at=1s", "--set faults[9].at=1s: there is no \"9\" in $.faults"},
      {"faults[9]=1", "--set faults[9]=1: there is no element \"9\" in $.faults, which has 5"},
      {"duration.x=1", "--set duration.x=1: $.duration is \"60s\", which holds no keys"},
      {"duration", "--set duration: write it as path=value, such as duration=10s"},
      {"=5", "--set =5: the path is missing; write it as path=value, such as duration=10s"},
      {"a..b=5", "--set a..b=5: \"a..b\" isn't a path; write one such as services.checkout.instances"},
      {"policies.db.timeout=5",
       "--set policies.db.timeout=5: $.policies.db.timeout: 5 has no unit; write a duration such as \"5ms\""},
  }));
  CHECK(error_of(kSampleScenario, {override_text}) == message);
}

// Whatever happens to a file's bytes, the outcome is a scenario or one line that begins with a file's name.
TEST_CASE("a scenario that is cut off or changed at any byte is read or refused cleanly") {
  const std::string whole = kSampleScenario;
  const auto check = [](const std::string& text) {
    const Result<Scenario> scenario = parse_scenario(text, "dir/s.json", load_sample);
    if (scenario) return;
    const std::string& message = scenario.error().message;
    if (!message.starts_with("dir/") || message.find('\n') != std::string::npos || message.size() > 1000)
      FAIL(message);
  };
  for (std::size_t i = 0; i < whole.size(); ++i) {
    check(whole.substr(0, i));
    constexpr std::string_view kBytes("\0\"}0-e\xff", 7);
    std::string changed = whole;
    changed[i] = kBytes[i % kBytes.size()];
    check(changed);
    std::string without = whole;
    check(without.erase(i, 1));
  }
}
