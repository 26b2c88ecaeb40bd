// Endpoints that fail: what is repeated, what is not, and what clients see of it.
#include <algorithm>
#include <catch2/catch.hpp>
#include <string>

#include "real/proxy/upstream_driver.h"
#include "tests/conformance/http1/live_proxy.h"

namespace meshtwin {
namespace {

using namespace std::string_literals;

LiveProxy::Options retries(std::size_t backends, std::uint32_t attempts, RetryOn on = RetryOn::connect | RetryOn::reset) {
  LiveProxy::Options options;
  options.backends = backends;
  options.upstream.policy = retrying(attempts, on);
  return options;
}

// Both endpoints echo bodies, but the first request of all is taken in, and its connection closed.
void fail_first(LiveProxy& proxy, int& answered) {
  for (std::size_t i = 0; i < 2; ++i) {
    proxy.backend(i).answer = [&](const Message& got) { return ++answered > 1 ? response(got.body) : std::string(); };
    proxy.backend(i).after = [&](Peer& peer, const Message&) {
      if (answered == 1) peer.close();
    };
  }
}

TEST_CASE("live: with an endpoint down, all that no endpoint can have seen is repeated elsewhere") {
  LiveProxy proxy(retries(2, 2));
  proxy.backend(0).kill();
  for (const char* method : {"GET", "POST", "PUT", "X-ODD"}) {
    for (int i = 0; i < 4; ++i) {
      Peer& client = proxy.connect(request(method, "/", "hello"));
      REQUIRE(proxy.run_until_answered(client));
      CHECK(summary(client.received) == "200 [ok]");
    }
  }
  CHECK(proxy.backend(1).requests() == 16);
}

TEST_CASE("live: endpoints that die under load lose what is under way on them, and no more") {
  LiveProxy proxy(retries(3, 3));
  const int count = 60;
  for (int i = 0; i < 3; ++i) proxy.backend(static_cast<std::size_t>(i)).answer = [](const Message&) { return std::string(); };
  std::size_t all = 0;
  for (int i = 0; i < count; ++i) proxy.connect(request(i % 2 == 0 ? "GET" : "POST", "/" + std::to_string(i), "x"));
  REQUIRE(proxy.run_until([&] {
    all = proxy.backend(0).requests() + proxy.backend(1).requests() + proxy.backend(2).requests();
    return all == count;
  }));
  for (std::size_t i = 1; i < 3; ++i) {
    proxy.backend(i).answer = [](const Message&) { return response("late"); };
  }
  const std::string on_the_dead = proxy.backend(0).seen();
  proxy.backend(0).kill();
  // Requests that were waiting on the living are answered by hand.
  for (std::size_t i = 1; i < 3; ++i) {
    for (const auto& peer : proxy.backend(i).connections) peer->send(response("late"));
  }
  int failed = 0;
  for (int i = 0; i < count; ++i) {
    Peer& client = *proxy.clients()[static_cast<std::size_t>(i)];
    REQUIRE(proxy.run_until_answered(client));
    const bool was_on_the_dead = on_the_dead.find(" /" + std::to_string(i) + " ") != std::string::npos;
    const bool repeatable = i % 2 == 0;
    INFO(i << ": " << client.received);
    CHECK(summary(client.received) ==
          (was_on_the_dead && !repeatable ? "502 [the endpoint closed the connection\n]" : "200 [late]"));
    failed += was_on_the_dead && !repeatable ? 1 : 0;
  }
  CHECK(failed > 0);
  CHECK(proxy.backend(0).requests() == static_cast<std::size_t>(count / 3));
}

class Closer final : public IoHandler {
 public:
  explicit Closer(Peer& peer) : peer_(peer) {}
  void on_io(std::uint32_t) override {}
  void on_round_end() override { peer_.close(); }

 private:
  Peer& peer_;
};

TEST_CASE("live: a request that met a connection closed before it is sent on another one, whatever the policy") {
  for (const std::string method : {"GET", "PUT", "POST"}) {
    INFO(method);
    LiveProxy proxy(retries(1, 1));
    Peer& client = proxy.connect(request("GET", "/1"));
    REQUIRE(proxy.run_until_answered(client));
    proxy.settle();
    client.send(request(method, "/2"));
    // After the loop has looked, and before the proxy sends.
    Closer closer(*proxy.backend().connections[0]);
    proxy.loop().at_round_end(closer);
    REQUIRE(proxy.run_until_answered(client, 2));
    CHECK(summary(client.received) == "200 [ok], 200 [ok]");
    CHECK(proxy.endpoint().upstream_cx_stale == 1);
    CHECK(proxy.endpoint().upstream_rq_total == 2);
    CHECK(summary(proxy.backend().connections[1]->received) == method + " /2 []");
  }
}

TEST_CASE("live: whether a request is sent again that its endpoint took in and dropped is the policy's to say") {
  for (const std::uint32_t attempts : {1u, 2u}) {
    for (const std::string method : {"GET", "PUT", "DELETE"}) {
      for (const bool resets : {false, true}) {
        INFO(method << ", " << attempts << " attempts" << (resets ? ", a reset" : ""));
        LiveProxy proxy(retries(1, attempts));
        // Bodies are kept where the policy repeats anything.
        const std::string body = attempts > 1 ? "body" : "";
        Peer& client = proxy.connect(request(method, "/1", body));
        REQUIRE(proxy.run_until_answered(client));
        // The endpoint takes the next request in and closes without a word, once.
        proxy.backend().answer = [n = 0](const Message&) mutable { return ++n > 1 ? response("again") : std::string(); };
        proxy.backend().after = [&, n = 0](Peer& peer, const Message&) mutable {
          if (++n == 1) resets ? peer.reset() : peer.close();
        };
        client.send(request(method, "/2", body));
        REQUIRE(proxy.run_until_answered(client, 2));
        if (attempts == 1) {
          CHECK(summary(client.received) == "200 [ok], 502 [the endpoint closed the connection\n]");
          continue;
        }
        CHECK(summary(client.received) == "200 [ok], 200 [again]");
        REQUIRE(proxy.backend().connections.size() == 2);
        CHECK(summary(proxy.backend().connections[1]->received) == method + " /2 [" + body + "]");
      }
    }
  }
}

TEST_CASE("live: what can't be repeated is sent once, and its failure is told") {
  for (const std::string method : {"POST", "PATCH", "X-ODD"}) {
    LiveProxy proxy(retries(2, 3));
    for (std::size_t i = 0; i < 2; ++i) {
      proxy.backend(i).answer = [](const Message& got) {
        return got.start_line().find("/2") == std::string::npos ? response("ok") : std::string();
      };
      proxy.backend(i).after = [](Peer& peer, const Message& got) {
        if (got.start_line().find("/2") != std::string::npos) peer.close();
      };
    }
    Peer& client = proxy.connect(request(method, "/1", "one") + request(method, "/1", "one") + request(method, "/2", "two"));
    REQUIRE(proxy.run_until_answered(client, 3));
    CHECK(summary(client.received) == "200 [ok], 200 [ok], 502 [the endpoint closed the connection\n]");
    CHECK(proxy.backend(0).requests() + proxy.backend(1).requests() == 3);
  }
}

TEST_CASE("live: bodies up to 64 KiB are repeated as they were, larger ones are not repeated") {
  for (const std::size_t size : {1u, 1000u, 65'536u, 65'537u, 1'000'000u}) {
    for (const bool slowly : {false, true}) {
      INFO(size << (slowly ? " bytes in two parts" : " bytes at once"));
      LiveProxy proxy(retries(2, 2));
      const std::string body = noise(size, size);
      int answered = 0;
      fail_first(proxy, answered);
      const std::string bytes = request("PUT", "/", body);
      Peer& client = proxy.connect(slowly ? bytes.substr(0, bytes.size() - size / 2 - 1) : bytes);
      if (slowly) {
        REQUIRE(proxy.run_until([&] { return proxy.backend(0).connections.size() + proxy.backend(1).connections.size() == 1; }));
        for (int i = 0; i < 50; ++i) proxy.settle();
        client.send(std::string_view(bytes).substr(bytes.size() - size / 2 - 1));
      }
      REQUIRE(proxy.run_until_answered(client));
      const Message answer = messages(client.received).at(0);
      if (size <= 65'536) {
        CHECK(answer.status() == 200);
        CHECK((answer.body == body));
        CHECK(answered == 2);
      } else {
        CHECK(answer.status() == 502);
        CHECK(answered == 1);
      }
    }
  }
}

TEST_CASE("live: a body in chunks is repeated as it was, with its trailers") {
  LiveProxy proxy(retries(2, 2));
  int answered = 0;
  fail_first(proxy, answered);
  Peer& client = proxy.connect(
      "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;x\r\n world\r\n0\r\nX-T: y\r\n\r\n");
  REQUIRE(proxy.run_until_answered(client));
  CHECK(summary(client.received) == "200 [hello world]");
  CHECK(answered == 2);
  CHECK(proxy.backend(0).connections[0]->received == proxy.backend(1).connections[0]->received);
  CHECK(proxy.backend(1).connections[0]->received.ends_with("X-T: y\r\n\r\n"));
}

TEST_CASE("live: an answer of 5xx is repeated where the policy says so, and the last one goes to the client") {
  for (const bool whole : {true, false}) {
    LiveProxy proxy(retries(2, 2, RetryOn::error_5xx));
    proxy.backend(0).answer = [&](const Message&) {
      return whole ? response("sorry", 503) : "HTTP/1.1 503 X\r\nContent-Length: 100\r\n\r\nsorry"s;
    };
    Peer& client = proxy.connect(request("GET", "/"));
    REQUIRE(proxy.run_until_answered(client));
    CHECK(summary(client.received) == "200 [ok]");
    proxy.backend(1).answer = [](const Message&) { return response("sorry, too", 500); };
    client.send(request("GET", "/"));
    REQUIRE(proxy.run_until_answered(client, 2));
    CHECK(messages(client.received)[1].body.starts_with("sorry"));
    CHECK(messages(client.received)[1].status() >= 500);
  }
}

TEST_CASE("live: an endpoint that hangs is left at the timeout, and its late answer reaches nobody") {
  LiveProxy::Options options;
  options.upstream.policy.timeout = std::chrono::milliseconds(20);
  LiveProxy proxy(options);
  proxy.backend().answer = [](const Message&) { return std::string(); };
  Peer& client = proxy.connect(request("GET", "/1"));
  REQUIRE(proxy.run_until_answered(client));
  CHECK(summary(client.received) == "504 [no response in time\n]");
  proxy.backend().connections[0]->send(response("late"));
  proxy.settle();
  proxy.backend().answer = [](const Message&) { return response("prompt"); };
  client.send(request("GET", "/2"));
  REQUIRE(proxy.run_until_answered(client, 2));
  CHECK(summary(client.received) == "504 [no response in time\n], 200 [prompt]");
  CHECK(proxy.backend().connections.size() == 2);
}

TEST_CASE("live: hedges that lost are closed, and reach nobody") {
  LiveProxy::Options options;
  options.backends = 3;
  options.upstream.policy = retrying(2);
  options.upstream.policy.hedge = HedgeConfig{std::chrono::milliseconds(3), 2};
  LiveProxy proxy(options);
  for (std::size_t i = 0; i < 3; ++i) {
    proxy.backend(i).answer = [i, n = 0](const Message&) mutable { return ++n % 2 == 0 && i != 1 ? "" : response("ok"); };
  }
  for (int i = 0; i < 20; ++i) {
    Peer& client = proxy.connect(request("GET", "/" + std::to_string(i)));
    REQUIRE(proxy.run_until_answered(client));
    CHECK(summary(client.received) == "200 [ok]");
  }
}

TEST_CASE("live: endpoints that leave finish what is under way, and get no more") {
  LiveProxy proxy(retries(2, 1));
  proxy.backend(0).answer = proxy.backend(1).answer = [](const Message&) { return std::string(); };
  Peer& one = proxy.connect(request("GET", "/1"));
  Peer& two = proxy.connect(request("GET", "/2"));
  REQUIRE(proxy.run_until([&] { return proxy.backend(0).requests() + proxy.backend(1).requests() == 2; }));
  proxy.set_members(2);
  for (std::size_t i = 0; i < 2; ++i) {
    for (const auto& peer : proxy.backend(i).connections) peer->send(response("done"));
    proxy.backend(i).answer = [](const Message&) { return response("new"); };
  }
  REQUIRE(proxy.run_until_answered(one));
  REQUIRE(proxy.run_until_answered(two));
  CHECK(summary(one.received) == "200 [done]");
  CHECK(summary(two.received) == "200 [done]");
  for (int i = 0; i < 4; ++i) {
    Peer& client = proxy.connect(request("GET", "/"));
    REQUIRE(proxy.run_until_answered(client));
  }
  CHECK(proxy.backend(0).requests() == 1);
  proxy.set_members(0);
  Peer& last = proxy.connect(request("GET", "/"));
  REQUIRE(proxy.run_until_answered(last));
  CHECK(summary(last.received) == "503 [no endpoint is available\n]");
}

TEST_CASE("live: an endpoint that has left is counted until its last request, and counts anew when it is back") {
  LiveProxy proxy(retries(2, 1));
  proxy.backend(0).answer = [](const Message&) { return std::string(); };
  proxy.set_members(1);
  Peer& client = proxy.connect(request("GET", "/"));
  REQUIRE(proxy.run_until([&] { return proxy.backend(0).requests() == 1; }));
  const auto driver = proxy.worker().find_upstream(proxy.upstream().name);
  const auto counted = [&] {
    return std::ranges::count_if(driver->endpoints(), [](const auto& endpoint) { return endpoint->is_counted; });
  };
  CHECK(counted() == 1);
  proxy.set_members(2);
  proxy.set_members(2);
  CHECK(counted() == 2);
  proxy.backend(0).connections[0]->send(response("done"));
  REQUIRE(proxy.run_until_answered(client));
  CHECK(proxy.endpoint(0).upstream_rq_success + proxy.endpoint(1).upstream_rq_success == 1);
  proxy.settle();
  for (int i = 0; i < 50; ++i) {
    proxy.set_members(1);
    CHECK(counted() == 1);
    proxy.set_members(2);
    CHECK(counted() == 1);
  }
  CHECK(driver->endpoints().size() == 2);
  CHECK(proxy.upstream().endpoints.size() == 2);
  Peer& last = proxy.connect(request("GET", "/"));
  REQUIRE(proxy.run_until_answered(last));
  CHECK(summary(last.received) == "200 [ok]");
}

}  // namespace
}  // namespace meshtwin
