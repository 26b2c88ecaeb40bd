// Connections that an endpoint takes over by Upgrade: from then on bytes pass both ways as they are.
#include <catch2/catch.hpp>
#include <string>

#include "real/proxy/upstream_driver.h"
#include "tests/conformance/http1/live_proxy.h"

namespace meshtwin {
namespace {

using namespace std::string_literals;

const std::string kUpgrade = "GET /chat HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: chat\r\n\r\n";
const std::string kSwitch = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: chat\r\n\r\n";

// A proxy with a tunnel through it.
struct Open {
  explicit Open(const std::string& early_by_client = {}, const std::string& early_by_endpoint = {}) {
    proxy.backend().script = [](Peer&) {};
    client = &proxy.connect(kUpgrade + early_by_client);
    REQUIRE(proxy.run_until([&] { return proxy.backend().requests() == 1; }));
    endpoint = proxy.backend().connections[0].get();
    request = endpoint->received.substr(0, endpoint->received.find("\r\n\r\n") + 4);
    endpoint->send(kSwitch + early_by_endpoint);
    REQUIRE(proxy.run_until([&] { return client->received.find("\r\n\r\n") != std::string::npos; }));
    proxy.settle();
    response = client->received.substr(0, client->received.find("\r\n\r\n") + 4);
  }
  ~Open() {
    if (client->open()) client->reset();
  }
  std::string to_client() const { return client->received.substr(response.size()); }
  std::string to_endpoint() const { return endpoint->received.substr(request.size()); }

  LiveProxy proxy;
  Peer* client;
  Peer* endpoint;
  std::string request;
  std::string response;
};

TEST_CASE("live: after 101 bytes pass both ways, those included that came early") {
  Open tunnel("early from the client", "early from the endpoint");
  CHECK(messages(tunnel.request)[0].field("upgrade") == "chat");
  CHECK(messages(tunnel.request)[0].field("connection") == "upgrade");
  CHECK(tunnel.response.starts_with("HTTP/1.1 101 "));
  CHECK(messages(tunnel.response)[0].field("upgrade") == "chat");
  CHECK(tunnel.to_client() == "early from the endpoint");
  CHECK(tunnel.to_endpoint() == "early from the client");
  const std::string there = noise(3'000'000, 1);
  const std::string back = noise(3'000'000, 2);
  tunnel.client->send(there);
  tunnel.endpoint->send(back);
  REQUIRE(tunnel.proxy.run_until([&] {
    return tunnel.client->received.size() >= back.size() + 23 && tunnel.endpoint->received.size() >= there.size() + 21;
  }));
  tunnel.proxy.settle();
  CHECK((tunnel.to_endpoint() == "early from the client" + there));
  CHECK((tunnel.to_client() == "early from the endpoint" + back));
  CHECK(tunnel.proxy.listener().downstream_cx_upgrades == 1);
}

TEST_CASE("live: a tunnel is a request under way until it ends, for the policy, limits and metrics") {
  Open tunnel("early", "first");
  LiveProxy& proxy = tunnel.proxy;
  const ListenerMetrics& listener = proxy.listener();
  Upstream& core = proxy.worker().find_upstream(proxy.upstream().name)->core();
  CHECK(core.open_calls() == 1);
  CHECK(core.endpoints().active(0) == 1);
  CHECK(proxy.upstream().call_active == 1);
  CHECK(proxy.endpoint().upstream_rq_active == 1);
  CHECK(proxy.endpoint().upstream_cx_active == 1);
  CHECK(proxy.endpoint().upstream_rq_xx.counts[0] == 1);
  CHECK(listener.downstream_rq_active == 1);
  CHECK(listener.downstream_rq_completed == 0);
  CHECK(listener.downstream_cx_active == 1);
  tunnel.client->send("more");
  tunnel.endpoint->send("an answer");
  REQUIRE(proxy.run_until([&] {
    return tunnel.to_client() == "firstan answer" && tunnel.to_endpoint() == "earlymore";
  }));
  CHECK(listener.downstream_cx_rx_bytes == kUpgrade.size() + 9);
  CHECK(listener.downstream_cx_tx_bytes == tunnel.client->received.size());
  CHECK(proxy.endpoint().upstream_cx_rx_bytes == kSwitch.size() + 14);
  CHECK(proxy.endpoint().upstream_cx_tx_bytes == tunnel.endpoint->received.size());
  tunnel.client->half_close();
  tunnel.endpoint->half_close();
  REQUIRE(proxy.run_until([&] { return proxy.worker().connections() == 0; }));
  proxy.settle();
  CHECK(core.open_calls() == 0);
  CHECK(proxy.upstream().call_active == 0);
  CHECK(proxy.upstream().call_result[static_cast<std::size_t>(FailureKind::none)] == 1);
  CHECK(proxy.upstream().upstream_rq_time.count() == 0);
  CHECK(proxy.endpoint().upstream_rq_active == 0);
  CHECK(proxy.endpoint().upstream_rq_success == 1);
  CHECK(proxy.endpoint().upstream_cx_active == 0);
  CHECK(listener.downstream_rq_active == 0);
  CHECK(listener.downstream_rq_completed == 1);
  CHECK(listener.downstream_cx_active == 0);
  CHECK(listener.downstream_rq_time.count() == 0);
}

TEST_CASE("live: a tunnel takes a place of limits.requests") {
  LiveProxy::Options options;
  options.upstream.policy.limits.requests = 1;
  LiveProxy proxy(options);
  proxy.backend().script = [](Peer& peer) {
    if (peer.received.find("\r\n\r\n") == std::string::npos) return;
    peer.on_bytes = nullptr;
    peer.send(kSwitch);
  };
  Peer& client = proxy.connect(kUpgrade);
  REQUIRE(proxy.run_until([&] { return client.received.starts_with("HTTP/1.1 101 "); }));
  Peer& other = proxy.connect(request("GET", "/"));
  REQUIRE(proxy.run_until_answered(other));
  CHECK(messages(other.received)[0].status() == 503);
  client.reset();
  REQUIRE(proxy.run_until([&] { return proxy.upstream().call_active == 0; }));
  proxy.backend().script = nullptr;
}

TEST_CASE("live: a drain waits for a tunnel") {
  Open tunnel;
  bool drained = false;
  tunnel.proxy.worker().drain([&] { drained = true; });
  tunnel.proxy.settle();
  CHECK_FALSE(drained);
  tunnel.client->half_close();
  tunnel.endpoint->half_close();
  REQUIRE(tunnel.proxy.run_until([&] { return drained; }));
}

TEST_CASE("live: a drain that begins before an endpoint takes over waits for the tunnel") {
  LiveProxy proxy;
  proxy.backend().script = [](Peer&) {};
  Peer& client = proxy.connect(kUpgrade);
  REQUIRE(proxy.run_until([&] { return proxy.backend().requests() == 1; }));
  bool drained = false;
  proxy.worker().drain([&] { drained = true; });
  Peer& endpoint = *proxy.backend().connections[0];
  endpoint.send(kSwitch + "hello");
  REQUIRE(proxy.run_until([&] { return client.received.ends_with("hello"); }));
  CHECK_FALSE(drained);
  endpoint.half_close();
  client.half_close();
  REQUIRE(proxy.run_until([&] { return drained; }));
}

TEST_CASE("live: a tunnel passes the end of one direction on, and goes on in the other") {
  for (const bool client_first : {true, false}) {
    Open tunnel;
    Peer& first = client_first ? *tunnel.client : *tunnel.endpoint;
    Peer& second = client_first ? *tunnel.endpoint : *tunnel.client;
    first.send("last words");
    first.half_close();
    REQUIRE(tunnel.proxy.run_until_ended(second));
    CHECK(second.received.ends_with("last words"));
    CHECK_FALSE(second.broken);
    CHECK_FALSE(first.ended);
    second.send("an answer");
    REQUIRE(tunnel.proxy.run_until([&] { return first.received.ends_with("an answer"); }));
    second.half_close();
    REQUIRE(tunnel.proxy.run_until_ended(first));
    REQUIRE(tunnel.proxy.run_until([&] { return tunnel.proxy.worker().connections() == 0; }));
  }
}

TEST_CASE("live: a reset of either end of a tunnel ends both") {
  for (const bool client_first : {true, false}) {
    Open tunnel;
    Peer& second = client_first ? *tunnel.endpoint : *tunnel.client;
    (client_first ? *tunnel.client : *tunnel.endpoint).reset();
    REQUIRE(tunnel.proxy.run_until_ended(second));
    REQUIRE(tunnel.proxy.run_until([&] { return tunnel.proxy.worker().connections() == 0; }));
  }
}

TEST_CASE("live: a tunnel stops who sends more than the other end reads") {
  Open tunnel;
  tunnel.endpoint->read_on(false);
  const std::string body = noise(20'000'000, 3);
  tunnel.client->send(body);
  for (int i = 0; i < 500; ++i) tunnel.proxy.settle();
  const std::size_t unsent = tunnel.client->unsent();
  CHECK(unsent > 0);
  for (int i = 0; i < 50; ++i) tunnel.proxy.settle();
  CHECK(tunnel.client->unsent() == unsent);
  tunnel.endpoint->read_on(true);
  REQUIRE(tunnel.proxy.run_until([&] { return tunnel.endpoint->received.size() == tunnel.request.size() + body.size(); }));
  CHECK((tunnel.to_endpoint() == body));
}

TEST_CASE("live: a reset is noticed from an end that isn't read, since the other one takes no more") {
  Open tunnel;
  tunnel.endpoint->read_on(false);
  tunnel.client->send(noise(20'000'000, 5));
  for (int i = 0; i < 500; ++i) tunnel.proxy.settle();
  REQUIRE(tunnel.client->unsent() > 0);
  tunnel.client->reset();
  REQUIRE(tunnel.proxy.run_until([&] { return tunnel.proxy.worker().connections() == 0; }));
  CHECK(tunnel.proxy.upstream().call_active == 0);
  CHECK(tunnel.proxy.listener().downstream_rq_rx_reset == 1);
  CHECK(tunnel.proxy.listener().downstream_rq_completed == 0);
  tunnel.endpoint->reset();
}

TEST_CASE("live: what an end says last reaches the other one, however slow, when each has ended its half") {
  Open tunnel;
  tunnel.client->read_on(false);
  tunnel.client->half_close();
  REQUIRE(tunnel.proxy.run_until_ended(*tunnel.endpoint));
  const std::string last = noise(8'000'000, 6);
  tunnel.endpoint->send(last);
  tunnel.endpoint->half_close();
  for (int i = 0; i < 500; ++i) tunnel.proxy.settle();
  tunnel.client->read_on(true);
  REQUIRE(tunnel.proxy.run_until_ended(*tunnel.client));
  CHECK((tunnel.to_client() == last));
}

TEST_CASE("live: a worker that ends takes its tunnels out of the counts") {
  Open tunnel;
  tunnel.proxy.end_worker();
}

TEST_CASE("live: an upgrade that the endpoint doesn't take up is a request like any other") {
  LiveProxy proxy;
  Peer& client = proxy.connect(kUpgrade + request("GET", "/next"));
  REQUIRE(proxy.run_until_answered(client, 2));
  CHECK(summary(client.received) == "200 [ok], 200 [ok]");
  CHECK(proxy.backend().seen() == "GET /chat [], GET /next []");
}

TEST_CASE("live: 101 to what asked for something else, or hasn't ended, opens nothing") {
  const std::vector<std::pair<std::string, std::string>> table = {
      {request("GET", "/"), kSwitch},
      {"GET / HTTP/1.0\r\nConnection: upgrade\r\nUpgrade: chat\r\n\r\n", kSwitch},
      {"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: chat\r\n\r\n", kSwitch},
      {"GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\n\r\n", kSwitch},
      {"GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade, http2-settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n\r\n",
       "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"},
      {kUpgrade, "HTTP/1.1 101 Switching Protocols\r\n\r\n"},
      {"POST / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: chat\r\nContent-Length: 10\r\n\r\nhello", kSwitch},
      {"POST / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: chat\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
       kSwitch},
  };
  for (const auto& [bytes, answer] : table) {
    INFO(bytes << "answered by " << answer);
    LiveProxy proxy;
    proxy.backend().script = [&](Peer& peer) {
      if (peer.received.find("\r\n\r\n") == std::string::npos || peer.ended) return;
      peer.on_bytes = nullptr;
      peer.send(answer + "from inside");
    };
    Peer& client = proxy.connect(bytes);
    REQUIRE(proxy.run_until_answered(client));
    CHECK(summary(client.received) == "502 [the endpoint's response is not valid\n]");
    proxy.settle();
    CHECK(proxy.listener().downstream_cx_upgrades == 0);
    CHECK(proxy.worker().connections() <= 1);
  }
}

}  // namespace
}  // namespace meshtwin
