// Load reports and probes, deadlines and wishes for retries, as they pass a live proxy.
#include <catch2/catch.hpp>
#include <string>

#include "real/http/load_report_field.h"
#include "real/proxy/upstream_driver.h"
#include "tests/conformance/http1/live_proxy.h"

namespace meshtwin {
namespace {

using namespace std::string_literals;
using std::chrono::hours;
using std::chrono::seconds;

std::string with_field(const std::string& field, std::string_view text = "ok", int status = 200) {
  std::string whole = response(text, status);
  whole.insert(whole.find("\r\n") + 2, field + "\r\n");
  return whole;
}

std::string load_answer(int in_flight, const std::string& latency_seconds) {
  return with_field("endpoint-load-metrics: TEXT named_metrics.requests_in_flight=" + std::to_string(in_flight) +
                        ",named_metrics.latency_seconds=" + latency_seconds,
                    "");
}

bool asks_for_load(const Message& got) {
  return got.start_line().find(std::string(kLoadReportPath)) != std::string::npos;
}

int field_number(const Message& got, std::string_view name) {
  const std::string value = got.field(name);
  return value.empty() ? -1 : std::stoi(value);
}

TEST_CASE("live: prequal's probes are asked over connections of their own, and picks follow the answers") {
  LiveProxy::Options options;
  options.backends = 2;
  options.upstream.policy.balancer = PrequalConfig{};
  options.upstream.seed = 1;
  LiveProxy proxy(options);
  for (std::size_t i = 0; i < 2; ++i) {
    proxy.backend(i).answer = [i](const Message& got) {
      if (!asks_for_load(got)) return response("from " + std::to_string(i));
      CHECK(got.field("host") != "");
      return i == 0 ? load_answer(40, "0.5") : load_answer(1, "0.01");
    };
  }
  const auto ask = [&] {
    Peer& client = proxy.connect(request("GET", "/"));
    REQUIRE(proxy.run_until_answered(client));
    return summary(client.received);
  };
  ask();
  REQUIRE(proxy.run_until([&] {
    proxy.worker().update_metrics();
    return proxy.upstream().load_probe_answered >= 2;
  }));
  for (int i = 0; i < 10; ++i) {
    CHECK(ask() == "200 [from 1]");
    proxy.settle();
  }
  proxy.worker().update_metrics();
  CHECK(proxy.upstream().load_probe_total >= 22);  // two endpoints for each call
  CHECK(proxy.upstream().load_probe_failed == 0);
  // Kept: far fewer connections than probes.
  CHECK(proxy.backend(0).connections.size() + proxy.backend(1).connections.size() < 10);
}

TEST_CASE("live: endpoints that answer no probes, or nonsense, are picked at random") {
  LiveProxy::Options options;
  options.backends = 3;
  options.upstream.policy.balancer = PrequalConfig{};
  LiveProxy proxy(options);
  proxy.backend(0).answer = [](const Message& got) { return asks_for_load(got) ? response("", 404) : response("ok"); };
  proxy.backend(1).answer = [](const Message& got) {
    return asks_for_load(got) ? with_field("endpoint-load-metrics: TEXT nonsense") : response("ok");
  };
  proxy.backend(2).answer = [](const Message& got) { return asks_for_load(got) ? "HTTP/1.1 9"s : response("ok"); };
  proxy.backend(2).after = [](Peer& peer, const Message& got) {
    if (asks_for_load(got)) peer.close();
  };
  for (int i = 0; i < 30; ++i) {
    Peer& client = proxy.connect(request("GET", "/"));
    REQUIRE(proxy.run_until_answered(client));
    CHECK(summary(client.received) == "200 [ok]");
  }
  REQUIRE(proxy.run_until([&] {
    proxy.worker().update_metrics();
    return proxy.upstream().load_probe_failed >= 80;
  }));
  CHECK(proxy.upstream().load_probe_answered == 0);
}

TEST_CASE("live: a listener that reports load tells it with each response and when asked") {
  LiveProxy::Options options;
  options.listener.direction = ListenerConfig::Direction::inbound;
  options.listener.load_reports = LoadReportsConfig{4};
  LiveProxy proxy(options);
  std::string held;
  proxy.backend().answer = [&](const Message& got) {
    if (got.start_line() == "GET /held HTTP/1.1") return std::string();
    return with_field("endpoint-load-metrics: TEXT cpu_utilization=0.9");
  };
  const auto report_of = [&](const std::string& target) {
    Peer& client = proxy.connect(request("GET", target));
    REQUIRE(proxy.run_until_answered(client));
    const Message got = messages(client.received).front();
    CHECK(got.status() == 200);
    const auto report = parse_load_report(got.field("endpoint-load-metrics"));
    REQUIRE(report);
    CHECK(report->cpu_utilization == 0);  // the endpoint's own gives way
    return *report;
  };
  CHECK(report_of(std::string(kLoadReportPath)).in_flight == 0u);
  CHECK(report_of("/").in_flight == 1u);
  proxy.connect(request("GET", "/held"));
  REQUIRE(proxy.run_until([&] { return proxy.backend().requests() == 2; }));
  CHECK(report_of(std::string(kLoadReportPath)).in_flight == 1u);
  CHECK(proxy.backend().requests() == 2);  // nobody asked the endpoint
  Peer& posting = proxy.connect(request("POST", kLoadReportPath, "x"));
  REQUIRE(proxy.run_until_answered(posting));
  CHECK(messages(posting.received).front().status() == 405);
}

TEST_CASE("live: an endpoint's load report goes on by inbound listeners alone") {
  for (const auto direction : {ListenerConfig::Direction::inbound, ListenerConfig::Direction::outbound,
                               ListenerConfig::Direction::gateway}) {
    LiveProxy::Options options;
    options.listener.direction = direction;
    LiveProxy proxy(options);
    proxy.backend().answer = [](const Message&) { return with_field("Endpoint-Load-Metrics: TEXT eps=1"); };
    Peer& client = proxy.connect(request("GET", "/"));
    REQUIRE(proxy.run_until_answered(client));
    const bool passed = !messages(client.received).front().field("endpoint-load-metrics").empty();
    CHECK(passed == (direction == ListenerConfig::Direction::inbound));
    // Nobody reports here: the path is one like others.
    Peer& asking = proxy.connect(request("GET", kLoadReportPath));
    REQUIRE(proxy.run_until_answered(asking));
    CHECK(proxy.backend().requests() == 2);
  }
}

TEST_CASE("live: what is left of a request's time travels on, and bounds the call") {
  LiveProxy::Options options;
  options.upstream.policy.timeout = seconds(20);
  LiveProxy proxy(options);
  int told = -1;
  proxy.backend().answer = [&](const Message& got) {
    told = field_number(got, "x-envoy-expected-rq-timeout-ms");
    return response("ok");
  };
  const auto ask = [&](const std::string& field) {
    Peer& client = proxy.connect("GET / HTTP/1.1\r\nhost: a\r\n" + field + "\r\n");
    REQUIRE(proxy.run_until_answered(client));
  };
  ask("");
  CHECK(told == 20'000);
  ask("X-Envoy-Expected-Rq-Timeout-Ms: 7000\r\n");
  CHECK((told > 6'000 && told <= 7'000));
  ask("x-envoy-expected-rq-timeout-ms: 90000\r\n");
  CHECK(told == 20'000);
  ask("x-envoy-expected-rq-timeout-ms: soon\r\n");
  CHECK(told == 20'000);
  proxy.backend().answer = [](const Message&) { return std::string(); };
  Peer& waiting = proxy.connect("GET / HTTP/1.1\r\nhost: a\r\nx-envoy-expected-rq-timeout-ms: 1\r\n\r\n");
  REQUIRE(proxy.run_until_answered(waiting));
  CHECK(messages(waiting.received).front().status() == 504);
}

TEST_CASE("live: a listener may not heed deadlines, an upstream not hand them on") {
  LiveProxy::Options options;
  options.listener.heeds_deadlines = false;
  options.upstream.policy.timeout = seconds(20);
  options.upstream.propagates_deadline = false;
  LiveProxy proxy(options);
  std::string told = "?";
  proxy.backend().answer = [&](const Message& got) {
    told = got.field("x-envoy-expected-rq-timeout-ms");
    return response("ok");
  };
  Peer& client = proxy.connect("GET / HTTP/1.1\r\nhost: a\r\nx-envoy-expected-rq-timeout-ms: 1\r\n\r\n");
  REQUIRE(proxy.run_until_answered(client));
  CHECK(summary(client.received) == "200 [ok]");
  CHECK(told.empty());
}

TEST_CASE("live: a response's wish for the retry takes the backoff's place") {
  LiveProxy::Options options;
  options.upstream.policy = retrying(2, RetryOn::error_5xx | RetryOn::status_429);
  options.upstream.policy.retry.backoff = ExponentialBackoff{hours(1), hours(1), ExponentialBackoff::Jitter::none};
  LiveProxy proxy(options);
  for (const int status : {503, 429}) {
    int asked = 0;
    proxy.backend().answer = [&](const Message&) {
      return ++asked == 1 ? with_field("grpc-retry-pushback-ms: 1", "no", status) : response("ok");
    };
    Peer& client = proxy.connect(request("GET", "/"));
    REQUIRE(proxy.run_until_answered(client));
    CHECK(summary(client.received) == "200 [ok]");
    CHECK(asked == 2);
  }
  proxy.backend().answer = [](const Message&) { return with_field("grpc-retry-pushback-ms: -1", "no", 503); };
  Peer& client = proxy.connect(request("GET", "/"));
  REQUIRE(proxy.run_until_answered(client));
  CHECK(summary(client.received) == "503 [no]");
}

TEST_CASE("live: a draining endpoint gets nothing new") {
  LiveProxy::Options options;
  options.backends = 2;
  LiveProxy proxy(options);
  EndpointList list;
  for (std::size_t i = 0; i < 2; ++i) {
    EndpointConfig endpoint{"shop/" + std::to_string(i), proxy.backend(i).address(), 1};
    endpoint.draining = i == 0;
    list.push_back({endpoint, true});
  }
  proxy.worker().set_endpoints("shop", list);
  for (int i = 0; i < 20; ++i) REQUIRE(proxy.run_until_answered(proxy.connect(request("GET", "/"))));
  CHECK(proxy.backend(0).requests() == 0);
  CHECK(proxy.backend(1).requests() == 20);
}

}  // namespace
}  // namespace meshtwin
