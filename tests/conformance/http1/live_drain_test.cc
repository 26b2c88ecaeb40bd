// Reloads and the drain, seen from connections that are open meanwhile.
#include <catch2/catch.hpp>
#include <string>

#include "real/net/socket.h"
#include "tests/conformance/http1/live_proxy.h"

namespace meshtwin {
namespace {

using namespace std::string_literals;

void apply(LiveProxy& proxy, const ProxyConfig& config, std::vector<Fd> sockets) {
  proxy.worker().apply(std::make_shared<const ProxyConfig>(config), std::move(sockets));
}
std::vector<Fd> no_sockets(std::size_t count) {
  std::vector<Fd> out(count);
  return out;
}

TEST_CASE("live: a drain finishes what is under way, closes what is idle, and takes nothing new") {
  LiveProxy proxy;
  proxy.backend().answer = [](const Message&) { return std::string(); };
  Peer& idle = proxy.connect();
  Peer& in_head = proxy.connect("GET /head HTTP/1.1\r\n");
  Peer& in_body = proxy.connect("POST /body HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhe");
  Peer& waiting = proxy.connect(request("GET", "/waiting"));
  Peer& local = proxy.connect("GET /elsewhere HTTP/1.1\r\n");
  ProxyConfig config = proxy.worker().config();
  config.listeners[0].routes = {RouteConfig{"", "/elsewhere", {}, "nowhere"}, RouteConfig{"", "/", {}, "shop"}};
  apply(proxy, config, no_sockets(1));
  REQUIRE(proxy.run_until([&] { return proxy.backend().requests() == 1 && proxy.worker().connections() == 5; }));
  proxy.settle();
  bool drained = false;
  proxy.worker().drain([&] { drained = true; });
  REQUIRE(proxy.run_until_ended(idle));
  CHECK(idle.received.empty());
  CHECK_FALSE(idle.broken);
  CHECK_FALSE(drained);
  for (const auto& peer : proxy.backend().connections) {
    if (!messages(peer->received).empty()) peer->send(response("waited"));
  }
  proxy.backend().answer = [](const Message&) { return response("finished"); };
  in_head.send("Host: a\r\n\r\n");
  in_body.send("llo");
  local.send("Host: a\r\n\r\n");
  for (Peer* peer : {&in_head, &in_body, &waiting}) {
    REQUIRE(proxy.run_until_ended(*peer));
    CHECK_FALSE(peer->broken);
    REQUIRE(messages(peer->received).size() == 1);
    CHECK(messages(peer->received)[0].status() == 200);
  }
  REQUIRE(proxy.run_until_ended(local));
  CHECK(summary(local.received) == "404 [no route fits\n]");
  CHECK(messages(local.received)[0].field("connection") == "close");
  CHECK(drained);
}

TEST_CASE("live: a request that has arrived when the drain begins is answered") {
  LiveProxy proxy;
  Peer& client = proxy.connect(request("GET", "/1"));
  REQUIRE(proxy.run_until_answered(client));
  Peer& fresh = proxy.connect();
  proxy.settle();
  client.send(request("GET", "/2"));
  fresh.send(request("GET", "/3"));
  Peer& queued = proxy.connect(request("GET", "/4"));
  proxy.worker().drain([] {});
  for (Peer* peer : {&client, &fresh, &queued}) {
    REQUIRE(proxy.run_until_ended(*peer));
    CHECK_FALSE(peer->broken);
  }
  CHECK(summary(client.received) == "200 [ok], 200 [ok]");
  CHECK(summary(fresh.received) == "200 [ok]");
  CHECK(summary(queued.received) == "200 [ok]");
}

TEST_CASE("live: connections of a listener that is gone end after what is under way") {
  LiveProxy proxy;
  proxy.backend().answer = [](const Message&) { return std::string(); };
  Peer& idle = proxy.connect();
  Peer& waiting = proxy.connect(request("GET", "/waiting"));
  REQUIRE(proxy.run_until([&] { return proxy.backend().requests() == 1 && proxy.worker().connections() == 2; }));
  ProxyConfig config = proxy.worker().config();
  config.listeners[0].name = "other";
  std::vector<Fd> sockets;
  sockets.push_back(listen_tcp(Address::loopback(0)).value());
  config.listeners[0].address = local_address(sockets[0].get());
  apply(proxy, config, std::move(sockets));
  REQUIRE(proxy.run_until_ended(idle));
  CHECK(idle.received.empty());
  proxy.backend().connections[0]->send(response("waited"));
  REQUIRE(proxy.run_until_ended(waiting));
  CHECK(summary(waiting.received) == "200 [waited]");
}

TEST_CASE("live: an upstream that changes or goes finishes what is under way on it") {
  for (const bool goes : {false, true}) {
    LiveProxy proxy;
    proxy.backend().answer = [](const Message&) { return std::string(); };
    Peer& client = proxy.connect(request("GET", "/1") + request("GET", "/2"));
    REQUIRE(proxy.run_until([&] { return proxy.backend().requests() == 1; }));
    ProxyConfig config = proxy.worker().config();
    if (goes) config.upstreams.clear();
    else config.upstreams[0].policy_sha256 = "another";
    apply(proxy, config, no_sockets(1));
    proxy.backend().answer = [](const Message&) { return response("new"); };
    proxy.backend().connections[0]->send(response("old"));
    REQUIRE(proxy.run_until_answered(client, 2));
    CHECK(summary(client.received) == (goes ? "200 [old], 404 [no route fits\n]" : "200 [old], 200 [new]"));
    // Its connections aren't those of the one that was before it.
    if (!goes) CHECK(proxy.backend().connections.size() == 2);
    // Drivers of the past leave when a later configuration comes.
    apply(proxy, config, no_sockets(1));
  }
}

TEST_CASE("live: a reload with another seed begins the picks anew, and one with the same goes on") {
  LiveProxy::Options options;
  options.backends = 4;
  options.upstream.policy.balancer = RandomConfig{};
  LiveProxy proxy(std::move(options));
  Peer& client = proxy.connect();
  std::string picked;
  for (std::size_t i = 0; i < 4; ++i) {
    proxy.backend(i).answer = [&picked, i](const Message&) {
      picked += std::to_string(i);
      return response("ok");
    };
  }
  const auto picks = [&] {
    picked.clear();
    for (int i = 0; i < 20; ++i) {
      const std::size_t before = messages(client.received).size();
      client.send(request("GET", "/"));
      REQUIRE(proxy.run_until_answered(client, before + 1));
    }
    return picked;
  };
  const auto reload = [&](std::uint64_t seed) {
    ProxyConfig config = proxy.worker().config();
    config.upstreams[0].seed = seed;
    apply(proxy, config, no_sockets(1));
  };
  const std::string of_one = picks();
  reload(1);
  CHECK(picks() != of_one);
  reload(2);
  const std::string of_two = picks();
  CHECK(of_two != of_one);
  reload(1);
  CHECK(picks() == of_one);
  reload(2);
  CHECK(picks() == of_two);
}

TEST_CASE("live: a worker may end with anything under way") {
  LiveProxy proxy;
  proxy.backend().answer = [](const Message&) { return std::string(); };
  for (int i = 0; i < 3; ++i) proxy.connect(request("GET", "/"));
  proxy.connect("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhe");
  proxy.connect("GET / HT");
  REQUIRE(proxy.run_until([&] { return proxy.backend().requests() == 3; }));
  proxy.end_worker();
}

}  // namespace
}  // namespace meshtwin
