// Responses that come before their request has ended.
#include <catch2/catch.hpp>
#include <string>

#include "tests/conformance/http1/live_proxy.h"

namespace meshtwin {
namespace {

using namespace std::string_literals;

TEST_CASE("live: a response that comes before its request has ended goes to the client, and both ends close") {
  for (const bool client_goes_on : {false, true}) {
    for (const bool chunked : {false, true}) {
      INFO(client_goes_on << chunked);
      LiveProxy proxy;
      proxy.backend().script = [](Peer& peer) {
        if (peer.received.find("\r\n\r\n") != std::string::npos && messages(peer.received).empty() && !peer.ended &&
            peer.unsent() == 0 && peer.received.find("answered") == std::string::npos) {
          peer.on_bytes = nullptr;
          peer.send(response("early", 413));
        }
      };
      Peer& client = proxy.connect(chunked ? "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"
                                           : "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhello");
      if (client_goes_on) {
        REQUIRE(proxy.run_until([&] { return !client.received.empty(); }));
        for (int i = 0; i < 20; ++i) {
          client.send(chunked ? "4\r\nmore\r\n" : "more");
          proxy.settle();
        }
      }
      REQUIRE(proxy.run_until_ended(client));
      CHECK_FALSE(client.broken);
      CHECK(summary(client.received) == "413 [early]");
      CHECK(messages(client.received)[0].field("connection") == "close");
      client.close();
      proxy.settle();
      Peer& next = proxy.connect(request("GET", "/"));
      proxy.backend().script = nullptr;
      REQUIRE(proxy.run_until_answered(next));
      CHECK(summary(next.received) == "200 [ok]");
      CHECK(proxy.backend().connections.size() == 2);
    }
  }
}

TEST_CASE("live: who was told that the connection ends gets its end, though the request became whole") {
  LiveProxy proxy;
  proxy.backend().script = [](Peer&) {};
  Peer& client = proxy.connect("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello");
  REQUIRE(proxy.run_until([&] { return proxy.backend().connections.size() == 1 &&
                                       proxy.backend().connections[0]->received.ends_with("hello"); }));
  Peer& endpoint = *proxy.backend().connections[0];
  endpoint.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nda");
  REQUIRE(proxy.run_until([&] { return client.received.ends_with("da"); }));
  client.send("world");
  REQUIRE(proxy.run_until([&] { return endpoint.received.ends_with("helloworld"); }));
  endpoint.send("ta");
  REQUIRE(proxy.run_until_answered(client));
  CHECK(messages(client.received)[0].field("connection") == "close");
  REQUIRE(proxy.run_until_ended(client));
}

}  // namespace
}  // namespace meshtwin
