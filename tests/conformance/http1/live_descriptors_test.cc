// A process without a free file descriptor: what is open goes on, what is new waits or is refused in good order.
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cerrno>
#include <string>
#include <utility>
#include <vector>

#include "real/net/fd.h"
#include "tests/conformance/http1/live_proxy.h"

namespace meshtwin {
namespace {

constexpr rlim_t kDescriptors = 256;

// Holds every descriptor that the process may still open, under a limit that is low enough for that.
class Scarcity {
 public:
  Scarcity() {
    REQUIRE(getrlimit(RLIMIT_NOFILE, &before_) == 0);
    const rlimit low{std::min(kDescriptors, before_.rlim_max), before_.rlim_max};
    REQUIRE(setrlimit(RLIMIT_NOFILE, &low) == 0);
    for (Fd fd(dup(STDERR_FILENO)); fd.valid(); fd = Fd(dup(STDERR_FILENO))) held_.push_back(std::move(fd));
    REQUIRE(errno == EMFILE);
  }
  ~Scarcity() { setrlimit(RLIMIT_NOFILE, &before_); }
  Scarcity(const Scarcity&) = delete;
  Scarcity& operator=(const Scarcity&) = delete;

  void end() { held_.clear(); }
  void spare_one() { held_.pop_back(); }

 private:
  rlimit before_{};
  std::vector<Fd> held_;
};

// Has connected to the proxy, and a first request of it was answered.
Peer& served_client(LiveProxy& proxy) {
  Peer& client = proxy.connect(request("GET", "/first"));
  REQUIRE(proxy.run_until_answered(client));
  return client;
}

TEST_CASE("live: without descriptors, accepting pauses, what is open goes on, and who waits is served later") {
  LiveProxy proxy;
  Peer& open = served_client(proxy);
  Peer& waiting = proxy.connect(request("GET", "/2"));
  Peer& waiting_too = proxy.connect(request("GET", "/3"));
  Scarcity scarcity;
  REQUIRE(proxy.run_until([&] { return proxy.listener().downstream_cx_overflow == 1; }));

  // A loop that went round for the sake of the waiting would count one in each round.
  constexpr std::uint64_t kRounds = 1000;
  for (std::uint64_t i = 0; i < kRounds; ++i) proxy.loop().run_once(Time{});
  CHECK(proxy.listener().downstream_cx_overflow < kRounds / 10);
  open.send(request("GET", "/4"));
  REQUIRE(proxy.run_until_answered(open, 2));
  CHECK(summary(open.received) == "200 [ok], 200 [ok]");
  CHECK(proxy.listener().downstream_cx_total == 1);
  CHECK(waiting.received.empty());

  scarcity.end();
  REQUIRE(proxy.run_until_answered(waiting));
  REQUIRE(proxy.run_until_answered(waiting_too));
  CHECK(summary(waiting.received) == "200 [ok]");
  CHECK(summary(waiting_too.received) == "200 [ok]");
  CHECK(proxy.listener().downstream_cx_total == 3);
}

TEST_CASE("live: a connection that ends makes room for one that waits for a descriptor") {
  LiveProxy proxy;
  Peer& open = served_client(proxy);
  Peer& waiting = proxy.connect(request("GET", "/2"));
  Scarcity scarcity;
  REQUIRE(proxy.run_until([&] { return proxy.listener().downstream_cx_overflow == 1; }));
  open.close();
  REQUIRE(proxy.run_until_answered(waiting));
  CHECK(summary(waiting.received) == "200 [ok]");
}

TEST_CASE("live: a request whose connection to the endpoint lacks a descriptor is answered with an error") {
  for (const std::uint32_t attempts : {1u, 3u}) {
    LiveProxy::Options options;
    options.backends = 2;
    options.upstream.policy = retrying(attempts);
    LiveProxy proxy(options);
    Peer& client = proxy.connect();
    REQUIRE(proxy.run_until([&] { return proxy.listener().downstream_cx_active == 1; }));
    Scarcity scarcity;
    for (const std::string method : {"GET", "POST"}) {
      client.received.clear();
      client.send(request(method, "/", method == "POST" ? "hello" : ""));
      REQUIRE(proxy.run_until_answered(client));
      const int status = messages(client.received).at(0).status();
      CHECK(status == 503);
    }
    CHECK(proxy.endpoint(0).upstream_cx_local_fail + proxy.endpoint(1).upstream_cx_local_fail == 2 * attempts);
    for (const std::size_t n : {0u, 1u}) {
      CHECK(proxy.endpoint(n).upstream_cx_connect_fail == 0);
      CHECK(proxy.endpoint(n).upstream_rq_error == 0);
    }
    CHECK(proxy.upstream().call_result[static_cast<std::size_t>(FailureKind::local)] == 2);
    CHECK(proxy.endpoint(0).upstream_cx_total + proxy.endpoint(1).upstream_cx_total == 0);
    scarcity.end();
    client.received.clear();
    client.send(request("GET", "/"));
    REQUIRE(proxy.run_until_answered(client));
    CHECK(summary(client.received) == "200 [ok]");
  }
}

TEST_CASE("live: a request that got the last descriptor waits for an endpoint that has none to accept it with") {
  LiveProxy proxy;
  Peer& client = proxy.connect();
  REQUIRE(proxy.run_until([&] { return proxy.listener().downstream_cx_active == 1; }));
  Scarcity scarcity;
  scarcity.spare_one();
  client.send(request("GET", "/"));
  REQUIRE(proxy.run_until([&] { return proxy.endpoint().upstream_cx_total == 1; }));
  proxy.settle();
  CHECK(client.received.empty());
  scarcity.end();
  REQUIRE(proxy.run_until_answered(client));
  CHECK(summary(client.received) == "200 [ok]");
}

}  // namespace
}  // namespace meshtwin
