// What the metrics say of an upstream's calls is what happened on the wire and what the core counted.
#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "real/proxy/upstream_driver.h"
#include "tests/conformance/http1/live_proxy.h"

namespace meshtwin {
namespace {

using namespace std::string_literals;

const std::string kError = "HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n";

LiveProxy::Options with(const PolicyConfig& policy, std::size_t backends = 2) {
  LiveProxy::Options options;
  options.backends = backends;
  options.upstream.policy = policy;
  return options;
}

const UpstreamCounters& core_of(LiveProxy& proxy) {
  proxy.worker().update_metrics();
  return proxy.worker().upstreams().begin()->second->core().counters();
}

std::string ask(LiveProxy& proxy, std::string_view method = "GET", std::string_view body = {}) {
  Peer& client = proxy.connect(request(method, "/", body));
  REQUIRE(proxy.run_until_answered(client));
  return summary(client.received);
}

TEST_CASE("live: retries that succeed and calls whose last attempt fails are counted") {
  LiveProxy proxy(with(retrying(3, RetryOn::error_5xx)));
  int asked = 0;
  int errors = 2;
  for (std::size_t i = 0; i < 2; ++i) {
    proxy.backend(i).answer = [&](const Message&) { return ++asked <= errors ? kError : response("ok"); };
  }
  CHECK(ask(proxy) == "200 [ok]");
  asked = 0;
  errors = 100;
  CHECK(ask(proxy).starts_with("500"));
  const UpstreamCounters& core = core_of(proxy);
  CHECK(proxy.upstream().upstream_rq_retry == 4);
  CHECK(core.retries == 4);
  CHECK(proxy.upstream().upstream_rq_retry_success == 1);
  CHECK(proxy.upstream().upstream_rq_retry_limit_exceeded == 1);
  CHECK(proxy.upstream().upstream_rq_hedge == 0);
  CHECK(proxy.endpoint(0).upstream_rq_total + proxy.endpoint(1).upstream_rq_total == 6);
  CHECK(proxy.endpoint(0).upstream_rq_time_ns + proxy.endpoint(1).upstream_rq_time_ns > 0);
}

TEST_CASE("live: retries that the budget refuses are counted, and stay so when the policy changes") {
  PolicyConfig policy = retrying(2, RetryOn::error_5xx);
  policy.retry.budget = BucketRetryBudget{0.0, 1.0};
  LiveProxy proxy(with(policy));
  for (std::size_t i = 0; i < 2; ++i) proxy.backend(i).answer = [](const Message&) { return kError; };
  for (int i = 0; i < 3; ++i) ask(proxy);
  CHECK(core_of(proxy).retries_refused_budget == 2);
  CHECK(proxy.upstream().upstream_rq_retry == 1);
  CHECK(proxy.upstream().upstream_rq_retry_overflow == 2);
  ProxyConfig config = proxy.worker().config();
  config.upstreams[0].policy = retrying(1);
  config.upstreams[0].policy_sha256 = "another";
  std::vector<Fd> sockets(config.listeners.size());
  proxy.worker().apply(std::make_shared<const ProxyConfig>(config), std::move(sockets));
  proxy.worker().update_metrics();
  CHECK(proxy.upstream().upstream_rq_retry_overflow == 2);
}

TEST_CASE("live: hedges are counted as such, and no retries") {
  PolicyConfig policy = retrying(1);
  policy.hedge = HedgeConfig{std::chrono::milliseconds(1), 1};
  LiveProxy proxy(with(policy));
  int asked = 0;
  for (std::size_t i = 0; i < 2; ++i) {
    proxy.backend(i).answer = [&](const Message&) { return ++asked == 1 ? std::string() : response("ok"); };
  }
  CHECK(ask(proxy) == "200 [ok]");
  CHECK(core_of(proxy).hedges == 1);
  CHECK(proxy.upstream().upstream_rq_hedge == 1);
  CHECK(proxy.upstream().upstream_rq_retry == 0);
  CHECK(proxy.endpoint(0).upstream_rq_cancelled + proxy.endpoint(1).upstream_rq_cancelled == 1);
}

TEST_CASE("live: a body too large to be repeated is told where its call fails") {
  LiveProxy proxy(with(retrying(2, RetryOn::error_5xx)));
  for (std::size_t i = 0; i < 2; ++i) proxy.backend(i).answer = [](const Message&) { return kError; };
  ask(proxy, "PUT", noise(100'000, 1));
  CHECK(proxy.upstream().upstream_rq_retry_body_overflow == 1);
  CHECK(proxy.upstream().upstream_rq_retry == 0);
}

TEST_CASE("live: the gauge of the service's breaker follows it") {
  PolicyConfig policy = retrying(1);
  WindowBreakerConfig breaker;
  breaker.max_failures = 2;
  policy.breaker = breaker;
  LiveProxy proxy(with(policy));
  for (std::size_t i = 0; i < 2; ++i) proxy.backend(i).answer = [](const Message&) { return kError; };
  core_of(proxy);
  CHECK(proxy.upstream().breaker_open == 0);
  for (int i = 0; i < 4; ++i) ask(proxy);
  core_of(proxy);
  CHECK(proxy.upstream().breaker_open == 1);
  CHECK(proxy.upstream().upstream_rq_breaker_rejected > 0);
}

// Every request whose head came whole has ended in one way, and the statuses tell of all that were answered.
void check_sums(LiveProxy& proxy) {
  const ListenerMetrics& m = proxy.listener();
  CHECK(m.downstream_rq_total ==
        m.downstream_rq_completed + m.downstream_rq_rx_reset + m.downstream_rq_tx_reset + m.downstream_rq_active);
}

TEST_CASE("live: a request that is refused in the middle of its body counts as answered") {
  LiveProxy proxy(with(retrying(1), 1));
  Peer& client = proxy.connect("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcX");
  REQUIRE(proxy.run_until_answered(client));
  CHECK(summary(client.received).starts_with("400"));
  proxy.connect("GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n");
  REQUIRE(proxy.run_until_answered(*proxy.clients().back()));
  proxy.settle();
  CHECK(proxy.listener().downstream_rq_completed == 2);
  CHECK(proxy.listener().downstream_rq_xx.counts[3] == 2);
  check_sums(proxy);
}

TEST_CASE("live: an answer that breaks off is no success of its endpoint") {
  LiveProxy proxy(with(retrying(1), 1));
  proxy.backend().answer = [](const Message&) { return "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"s; };
  proxy.backend().after = [](Peer& peer, const Message&) { peer.close(); };
  Peer& client = proxy.connect(request("GET", "/"));
  REQUIRE(proxy.run_until_ended(client));
  CHECK(proxy.endpoint().upstream_rq_success == 0);
  CHECK(proxy.endpoint().upstream_rq_error == 1);
  CHECK(proxy.listener().downstream_rq_tx_reset == 1);
  check_sums(proxy);
}

TEST_CASE("live: a pooled connection that breaks after its request was read is a failure, and nothing is sent again") {
  LiveProxy proxy(with(retrying(1), 1));
  CHECK(ask(proxy) == "200 [ok]");
  proxy.backend().answer = [](const Message&) { return std::string(); };
  proxy.backend().after = [](Peer& peer, const Message&) { peer.close(); };
  CHECK(ask(proxy).starts_with("502"));
  CHECK(proxy.backend().requests() == 2);
  CHECK(proxy.endpoint().upstream_cx_stale == 0);
  CHECK(proxy.endpoint().upstream_rq_error == 1);
}

}  // namespace
}  // namespace meshtwin
