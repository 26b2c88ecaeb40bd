// Connections to endpoints between two requests: what happens to them then concerns no client.
#include <catch2/catch.hpp>
#include <string>

#include "tests/conformance/http1/live_proxy.h"

namespace meshtwin {
namespace {

using namespace std::string_literals;

const std::string kSplit = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil";

TEST_CASE("live: what comes on a pooled connection unasked reaches nobody, however it is timed") {
  for (const bool in_the_same_round : {false, true}) {
    INFO(in_the_same_round);
    LiveProxy proxy;
    proxy.backend().answer = [](const Message& request) {
      return response(request.start_line().find("/second") == std::string::npos ? "first" : "second");
    };
    Peer& first = proxy.connect(request("GET", "/first"));
    Peer& second = proxy.connect();
    REQUIRE(proxy.run_until_answered(first));
    proxy.settle();
    // The proxy's loop sees the client's request before or after the endpoint's bytes.
    second.send(request("GET", "/second"));
    if (!in_the_same_round) proxy.settle();
    proxy.backend().connections[0]->send(kSplit);
    REQUIRE(proxy.run_until_answered(second));
    proxy.settle();
    CHECK(summary(second.received) == "200 [second]");
    CHECK(summary(first.received) == "200 [first]");
  }
}

TEST_CASE("live: a pooled connection that its endpoint closed as the request came is replaced") {
  LiveProxy proxy;
  Peer& client = proxy.connect(request("GET", "/1"));
  REQUIRE(proxy.run_until_answered(client));
  proxy.settle();
  client.send(request("GET", "/2"));
  proxy.backend().connections[0]->close();
  REQUIRE(proxy.run_until_answered(client, 2));
  CHECK(summary(client.received) == "200 [ok], 200 [ok]");
}

}  // namespace
}  // namespace meshtwin
