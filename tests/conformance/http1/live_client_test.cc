// What clients may do to the proxy: leave at any byte, be slow, send too much, pipeline, never read.
#include <algorithm>
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "tests/conformance/http1/live_proxy.h"

namespace meshtwin {
namespace {

using namespace std::string_literals;
using std::chrono::milliseconds;

TEST_CASE("live: a client that leaves at any byte of its request leaves nothing behind") {
  const std::vector<std::string> requests = {
      request("GET", "/a"), request("POST", "/a", "hello world"),
      "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;x\r\n world\r\n0\r\nX: y\r\n\r\n"};
  LiveProxy proxy;
  for (const std::string& whole : requests) {
    for (const bool resets : {false, true}) {
      for (std::size_t size = 0; size < whole.size(); ++size) {
        INFO(size << " bytes of " << whole << (resets ? ", then a reset" : ", then the end"));
        Peer& client = proxy.connect(whole.substr(0, size));
        proxy.settle();
        resets ? client.reset() : client.close();
        REQUIRE(proxy.run_until([&] { return proxy.listener().downstream_cx_active == 0; }));
        CHECK(client.received.empty());
        CHECK(proxy.listener().downstream_rq_active == 0);
        CHECK(proxy.upstream().call_active == 0);
      }
    }
  }
  proxy.settle();
  CHECK(proxy.backend().requests() == 0);
  CHECK(proxy.backend().open_connections() == 0);
  CHECK(proxy.upstream().call_result[static_cast<std::size_t>(FailureKind::none)] == 0);
}

TEST_CASE("live: a request may come in single bytes") {
  const std::string bytes =
      "\r\n" + request("POST", "/a", "hello") +
      "POST /b HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;x\r\n world\r\n0\r\nX: y\r\n\r\n" +
      request("GET", "/c");
  LiveProxy proxy;
  Peer& client = proxy.connect();
  for (const char c : bytes) {
    client.send({&c, 1});
    proxy.settle();
  }
  REQUIRE(proxy.run_until_answered(client, 3));
  CHECK(proxy.backend().seen() == "POST /a [hello], POST /b [hello world], GET /c []");
}

TEST_CASE("live: a head that takes too long is answered 408") {
  for (const std::string& begun : {"G"s, "GET / HTTP/1.1\r\n"s, "GET / HTTP/1.1\r\nHost: a\r\n"s, "\r\n"s}) {
    INFO(begun);
    LiveProxy::Options options;
    options.listener.head_timeout = milliseconds(20);
    LiveProxy proxy(options);
    Peer& client = proxy.connect(begun);
    REQUIRE(proxy.run_until_ended(client));
    CHECK(summary(client.received) == "408 [the head took too long\n]");
    CHECK(proxy.listener().downstream_rq_header_timeout == 1);
  }
}

TEST_CASE("live: a head in drops is too slow however often one comes") {
  LiveProxy::Options options;
  options.listener.head_timeout = milliseconds(30);
  LiveProxy proxy(options);
  Peer& client = proxy.connect("GET / HTTP/1.1\r\nX: ");
  REQUIRE(proxy.run_until([&] {
    if (client.open() && !client.ended) client.send("y");
    return client.ended;
  }));
  CHECK(client.received.starts_with("HTTP/1.1 408"));
}

TEST_CASE("live: a body that moves too slowly is answered 408, and ended at the endpoint") {
  for (const bool chunked : {false, true}) {
    LiveProxy::Options options;
    options.listener.body_timeout = milliseconds(20);
    options.listener.body_bytes_min = 100;
    LiveProxy proxy(options);
    Peer& client = proxy.connect(chunked ? "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"
                                         : "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5000\r\n\r\nhello");
    REQUIRE(proxy.run_until_ended(client));
    CHECK(summary(client.received) == "408 [the body came too slowly\n]");
    CHECK(proxy.listener().downstream_rq_timeout == 1);
    client.close();
    proxy.settle();
    CHECK(proxy.backend().requests() == 0);
    CHECK(proxy.backend().open_connections() == 0);
  }
}

TEST_CASE("live: a body that moves fast enough may take many times the timeout") {
  LiveProxy::Options options;
  options.listener.body_timeout = milliseconds(5);
  options.listener.body_bytes_min = 1;
  LiveProxy proxy(options);
  Peer& client = proxy.connect("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n");
  const Time end = proxy.loop().now() + milliseconds(50);
  REQUIRE(proxy.run_until([&] {
    client.send("xxxxxxxx");
    return client.ended || proxy.loop().now() > end;
  }));
  CHECK_FALSE(client.ended);
}

TEST_CASE("live: a client that waits for a slow endpoint isn't too slow itself") {
  LiveProxy::Options options;
  options.listener.body_timeout = milliseconds(5);
  options.listener.idle_timeout = milliseconds(10);
  options.listener.head_timeout = milliseconds(5);
  LiveProxy proxy(options);
  proxy.backend().answer = [](const Message&) { return std::string(); };
  Peer& client = proxy.connect(request("POST", "/", "hello"));
  REQUIRE(proxy.run_until([&] { return proxy.backend().requests() == 1; }));
  const Time then = proxy.loop().now() + milliseconds(40);
  REQUIRE(proxy.run_until([&] { return proxy.loop().now() > then; }));
  proxy.backend().connections[0]->send(response("at last"));
  REQUIRE(proxy.run_until_answered(client));
  CHECK(summary(client.received) == "200 [at last]");
}

TEST_CASE("live: who reads slowly, but reads, gets the whole of a last response") {
  for (const std::string connection : {"close", "keep-alive"}) {
    LiveProxy::Options options;
    options.listener.body_timeout = milliseconds(200);
    options.listener.idle_timeout = milliseconds(200);
    options.listener.body_bytes_min = 1;
    LiveProxy proxy(options);
    const std::string body = noise(600'000, 5);
    proxy.backend().answer = [&](const Message&) { return response(body); };
    Peer& client = proxy.connect();
    client.set_receive_buffer(16'000);
    client.read_on(false);
    client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: " + connection + "\r\n\r\n");
    while (client.received.size() < body.size() && !client.ended) {
      const Time pause = proxy.loop().refresh_now() + milliseconds(20);
      REQUIRE(proxy.run_until([&] { return proxy.loop().now() > pause; }));
      client.read_on(true);
      proxy.settle();
      client.read_on(false);
    }
    client.read_on(true);
    REQUIRE(proxy.run_until_ended(client));
    REQUIRE(messages(client.received).size() == 1);
    CHECK((messages(client.received)[0].body == body));
  }
}

TEST_CASE("live: an idle connection is closed in order") {
  LiveProxy::Options options;
  options.listener.idle_timeout = milliseconds(20);
  LiveProxy proxy(options);
  Peer& silent = proxy.connect();
  Peer& client = proxy.connect(request("GET", "/"));
  REQUIRE(proxy.run_until_ended(silent));
  REQUIRE(proxy.run_until_ended(client));
  CHECK(silent.received.empty());
  CHECK_FALSE(silent.broken);
  CHECK_FALSE(client.broken);
  CHECK(summary(client.received) == "200 [ok]");
  CHECK(proxy.listener().downstream_cx_idle_timeout == 2);
}

// Requests of many kinds, each with a body of its own; `answers` is what an echo makes of them.
std::string mixed_requests(int count, std::string& answers) {
  std::string bytes;
  for (int i = 0; i < count; ++i) {
    const std::string body = i % 3 == 0 ? "" : noise(static_cast<std::size_t>(i * 37), static_cast<std::uint64_t>(i));
    const std::string target = "/" + std::to_string(i);
    const char* method = i % 5 == 0 ? "PUT" : i % 5 == 1 ? "GET" : i % 5 == 2 ? "DELETE" : i % 5 == 3 ? "POST" : "X-ODD";
    if (i % 3 == 2) {
      char size[16];
      std::snprintf(size, sizeof size, "%zx", body.size());
      bytes += std::string(method) + " " + target + " HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + size +
               "\r\n" + body + "\r\n0\r\n\r\n";
    } else {
      bytes += request(method, target, body);
    }
    answers += (answers.empty() ? "200 [" : ", 200 [") + (std::string(method) + " " + target + " HTTP/1.1 ") + body + "]";
  }
  return bytes;
}

std::string echo(const Message& got) { return response(got.start_line() + " " + got.body); }

TEST_CASE("live: 50 pipelined requests of all kinds are answered in their order") {
  for (const std::size_t piece : {std::size_t{1} << 30, std::size_t{1000}, std::size_t{77}}) {
    LiveProxy proxy;
    proxy.backend().answer = echo;
    std::string answers;
    const std::string bytes = mixed_requests(50, answers);
    Peer& client = proxy.connect();
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
      client.send(std::string_view(bytes).substr(at, piece));
      if (piece < bytes.size()) proxy.settle();
    }
    REQUIRE(proxy.run_until_answered(client, 50));
    CHECK(summary(client.received) == answers);
    CHECK(proxy.backend().connections.size() == 1);
    CHECK(proxy.listener().downstream_rq_completed == 50);
  }
}

TEST_CASE("live: pipelined requests after one that ends the connection are not carried out") {
  LiveProxy proxy;
  Peer& client = proxy.connect("GET /1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" + request("GET", "/2"));
  REQUIRE(proxy.run_until_ended(client));
  CHECK(summary(client.received) == "200 [ok]");
  CHECK_FALSE(client.broken);
  CHECK(proxy.backend().seen() == "GET /1 []");
}

TEST_CASE("live: a bad request after good ones is answered after them") {
  LiveProxy proxy;
  Peer& client = proxy.connect(request("GET", "/1") + request("GET", "/2") + "nonsense\r\n\r\n" + request("GET", "/3"));
  REQUIRE(proxy.run_until_ended(client));
  const auto answers = messages(client.received);
  REQUIRE(answers.size() == 3);
  CHECK(answers[2].status() == 400);
  CHECK(proxy.backend().seen() == "GET /1 [], GET /2 []");
}

TEST_CASE("live: a client that pipelines and never reads is stopped") {
  for (const bool at_the_proxy : {false, true}) {
    INFO((at_the_proxy ? "answers of the proxy" : "answers of an endpoint"));
    LiveProxy::Options options;
    if (at_the_proxy) options.backends = 0;
    LiveProxy proxy(options);
    if (!at_the_proxy) proxy.backend().answer = [](const Message&) { return response(std::string(10'000, 'x')); };
    Peer& client = proxy.connect();
    client.read_on(false);
    std::string many;
    for (int i = 0; i < 1000; ++i) many += request("GET", "/");
    int rounds = 0;
    for (; rounds < 3000 && client.unsent() < 4'000'000; ++rounds) {
      client.send(many);
      proxy.settle();
    }
    CHECK(client.unsent() >= 4'000'000);
    // What the kernel's buffers hold is not ours to bound.
    const std::uint64_t asked = proxy.listener().downstream_rq_total;
    for (int i = 0; i < 50; ++i) proxy.settle();
    CHECK(proxy.listener().downstream_rq_total == asked);
    const std::uint64_t before = asked;
    client.read_on(true);
    REQUIRE(proxy.run_until([&] { return proxy.listener().downstream_rq_total > before + 1000; }));
  }
}

TEST_CASE("live: Expect: 100-continue goes both ways") {
  LiveProxy proxy;
  proxy.backend().script = [](Peer& peer) {
    if (peer.received.ends_with("\r\n\r\n")) peer.send("HTTP/1.1 100 Continue\r\n\r\n");
    if (!messages(peer.received).empty()) peer.send(response("done"));
  };
  Peer& client = proxy.connect("PUT /a HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
  REQUIRE(proxy.run_until([&] { return client.received == "HTTP/1.1 100 Continue\r\n\r\n"; }));
  CHECK(messages(proxy.backend().connections[0]->received).empty());
  client.send("hello");
  REQUIRE(proxy.run_until_answered(client, 2));
  CHECK(summary(client.received) == "100 [], 200 [done]");
  CHECK(proxy.backend().seen() == "PUT /a [hello]");
}

TEST_CASE("live: Expect: 100-continue may be refused, and the body is never sent") {
  LiveProxy proxy;
  proxy.backend().script = [](Peer& peer) {
    if (peer.received.ends_with("\r\n\r\n")) peer.send(response("no", 417));
  };
  Peer& client = proxy.connect("PUT /a HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
  REQUIRE(proxy.run_until_ended(client));
  CHECK(summary(client.received) == "417 [no]");
  client.close();
  proxy.settle();
  CHECK(proxy.backend().open_connections() == 0);
}

TEST_CASE("live: HTTP/1.0 clients are kept where they ask for it") {
  LiveProxy proxy;
  Peer& plain = proxy.connect("GET /1 HTTP/1.0\r\n\r\n");
  REQUIRE(proxy.run_until_ended(plain));
  CHECK(summary(plain.received) == "200 [ok]");
  Peer& kept = proxy.connect("GET /2 HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n");
  REQUIRE(proxy.run_until_answered(kept));
  CHECK(messages(kept.received)[0].field("connection") == "keep-alive");
  kept.send("GET /3 HTTP/1.0\r\n\r\n");
  REQUIRE(proxy.run_until_ended(kept));
  CHECK(summary(kept.received) == "200 [ok], 200 [ok]");
  CHECK(proxy.backend().seen() == "GET /1 [], GET /2 [], GET /3 []");
}

TEST_CASE("live: chunks reach an HTTP/1.0 client as plain bytes until the end") {
  LiveProxy proxy;
  proxy.backend().answer = [](const Message&) {
    return "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n"s;
  };
  Peer& client = proxy.connect("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  REQUIRE(proxy.run_until_ended(client));
  CHECK_FALSE(client.broken);
  CHECK(client.received.find("chunked") == std::string::npos);
  CHECK(client.received.ends_with("\r\n\r\nhello world"));
}

TEST_CASE("live: heads that are too large, and targets that are too long, are refused") {
  struct TooLarge {
    std::string bytes;
    int status;
  };
  std::string fields;
  for (int i = 0; i < 2000; ++i) fields += "X: y\r\n";
  const std::vector<TooLarge> table = {
      {"GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(40'000, 'y') + "\r\n\r\n", 431},
      {"GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(4'000'000, 'y'), 431},
      {"GET / HTTP/1.1\r\nHost: a\r\n" + std::string(40'000, 'y') + ": x\r\n\r\n", 431},
      {"GET / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n", 431},
      {"GET /" + std::string(9'000, 'y') + " HTTP/1.1\r\nHost: a\r\n\r\n", 414},
      {"GET /" + std::string(4'000'000, 'y'), 414},
      {std::string(4'000'000, 'y'), 414},
  };
  LiveProxy proxy;
  for (const TooLarge& entry : table) {
    INFO(entry.bytes.substr(0, 60));
    Peer& client = proxy.connect(entry.bytes);
    REQUIRE(proxy.run_until_ended(client));
    // Who sends megabytes on after the answer may be cut off.
    REQUIRE(messages(client.received).size() == 1);
    CHECK(messages(client.received)[0].status() == entry.status);
    client.close();
  }
  CHECK(proxy.backend().connections.empty());
  CHECK(proxy.listener().downstream_rq_too_large == table.size());
}

TEST_CASE("live: a request that no route fits leaves the connection in order") {
  LiveProxy::Options options;
  options.listener.via = "";
  LiveProxy proxy(options);
  ProxyConfig config = proxy.worker().config();
  config.listeners[0].routes[0].path_prefix = "/shop";
  std::vector<Fd> sockets;
  sockets.emplace_back();
  proxy.worker().apply(std::make_shared<const ProxyConfig>(config), std::move(sockets));
  Peer& client = proxy.connect(request("GET", "/other") + request("GET", "/shop") + request("GET", "/other"));
  REQUIRE(proxy.run_until_answered(client, 3));
  CHECK(summary(client.received) == "404 [no route fits\n], 200 [ok], 404 [no route fits\n]");
  client.send(request("POST", "/other", "hello") + request("GET", "/shop"));
  REQUIRE(proxy.run_until_ended(client));
  CHECK(messages(client.received).size() == 4);
  CHECK(proxy.backend().seen() == "GET /shop []");
  CHECK(proxy.listener().downstream_rq_active == 0);
  CHECK(proxy.listener().downstream_rq_completed == 4);
}

TEST_CASE("live: large bodies pass both ways unchanged") {
  const std::string sent = noise(10'000'000, 1);
  const std::string returned = noise(10'000'000, 2);
  for (const bool chunked : {false, true}) {
    LiveProxy proxy;
    std::string got;
    proxy.backend().answer = [&](const Message& message) {
      got = message.body;
      return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(returned.size()) + "\r\n\r\n" + returned;
    };
    std::string bytes = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(sent.size()) + "\r\n\r\n" + sent;
    if (chunked) {
      bytes = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
      for (std::size_t at = 0; at < sent.size();) {
        const std::size_t size = std::min(sent.size() - at, 1 + (at * 7919) % 300'000);
        char line[20];
        std::snprintf(line, sizeof line, "%zx\r\n", size);
        bytes += line + sent.substr(at, size) + "\r\n";
        at += size;
      }
      bytes += "0\r\n\r\n";
    }
    // The endpoint's script would look at all that it has at every read.
    Backend& backend = proxy.backend();
    backend.script = [&](Peer& peer) {
      if (peer.received.size() < sent.size() || peer.ended) return;
      std::size_t at = 0;
      const auto message = take_message(peer.received, at);
      if (message) peer.send(backend.answer(*message));
    };
    Peer& client = proxy.connect(bytes);
    REQUIRE(proxy.run_until([&] { return client.ended || client.received.size() > returned.size(); }));
    REQUIRE(proxy.run_until_answered(client));
    CHECK((got == sent));
    CHECK((messages(client.received).at(0).body == returned));
  }
}

TEST_CASE("live: an endpoint that sends to a client that doesn't read is stopped, and goes on when it reads") {
  for (const bool chunked : {false, true}) {
    LiveProxy proxy;
    const std::string body = noise(20'000'000, 3);
    char size[20];
    std::snprintf(size, sizeof size, "%zx\r\n", body.size());
    const std::string bytes = chunked ? "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + (size + body) + "\r\n0\r\n\r\n"
                                      : "HTTP/1.1 200 OK\r\nContent-Length: 20000000\r\n\r\n" + body;
    proxy.backend().answer = [&](const Message&) { return bytes; };
    Peer& client = proxy.connect();
    client.read_on(false);
    client.send(request("GET", "/"));
    REQUIRE(proxy.run_until([&] { return proxy.backend().requests() == 1; }));
    for (int i = 0; i < 500; ++i) proxy.settle();
    const std::size_t unsent = proxy.backend().connections[0]->unsent();
    CHECK(unsent > 0);
    for (int i = 0; i < 50; ++i) proxy.settle();
    CHECK(proxy.backend().connections[0]->unsent() == unsent);
    client.read_on(true);
    REQUIRE(proxy.run_until([&] { return client.ended || client.received.size() >= bytes.size(); }));
    REQUIRE(proxy.run_until_answered(client));
    CHECK((messages(client.received).at(0).body == body));
  }
}

TEST_CASE("live: a client that sends to an endpoint that doesn't read is stopped, and goes on when it reads") {
  for (const std::uint32_t attempts : {1u, 3u}) {
    LiveProxy::Options options;
    options.upstream.policy = retrying(attempts);
    LiveProxy proxy(options);
    proxy.backend().script = [](Peer& peer) {
      if (peer.received.empty()) peer.read_on(false);
    };
    const std::string body = noise(20'000'000, 4);
    Peer& client = proxy.connect(request("PUT", "/", body));
    REQUIRE(proxy.run_until([&] { return proxy.backend().connections.size() == 1; }));
    for (int i = 0; i < 500; ++i) proxy.settle();
    const std::size_t unsent = client.unsent();
    CHECK(unsent > 0);
    for (int i = 0; i < 50; ++i) proxy.settle();
    CHECK(client.unsent() == unsent);
    Peer& endpoint = *proxy.backend().connections[0];
    endpoint.on_bytes = [&](Peer& peer) {
      if (peer.received.size() > body.size() && !messages(peer.received).empty()) peer.send(response("got it"));
    };
    endpoint.read_on(true);
    REQUIRE(proxy.run_until_answered(client));
    CHECK(summary(client.received) == "200 [got it]");
    CHECK((messages(endpoint.received).at(0).body == body));
  }
}

// A body that fills what is kept for retries to the byte, before more of it comes.
TEST_CASE("live: a body goes on from whatever size it has come to") {
  for (const std::size_t first : {65'535u, 65'536u, 65'537u, 131'072u}) {
    for (const std::uint32_t attempts : {1u, 3u}) {
      INFO(first << " bytes first, " << attempts << " attempts");
      LiveProxy::Options options;
      options.upstream.policy = retrying(attempts);
      LiveProxy proxy(options);
      proxy.backend().answer = [](const Message& got) { return response(std::to_string(got.body.size())); };
      Peer& client = proxy.connect("PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n");
      REQUIRE(proxy.run_until([&] { return proxy.backend().connections.size() == 1; }));
      proxy.settle();
      client.send(std::string(first, 'a'));
      for (int i = 0; i < 20; ++i) proxy.settle();
      client.send(std::string(200'000 - first, 'b'));
      const Time end = proxy.loop().now() + std::chrono::seconds(5);
      REQUIRE(proxy.run_until([&] { return !client.received.empty() || proxy.loop().now() > end; }));
      CHECK(summary(client.received) == "200 [200000]");
    }
  }
}

TEST_CASE("live: a body that never ends is passed on for as long as it comes") {
  LiveProxy proxy;
  proxy.backend().script = [](Peer&) {};
  Peer& client = proxy.connect("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (int i = 0; i < 300; ++i) {
    client.send("10000\r\n" + std::string(65536, 'x') + "\r\n");
    REQUIRE(proxy.run_until([&] { return client.unsent() == 0; }));
  }
  CHECK(proxy.listener().downstream_rq_active == 1);
  client.reset();
}

TEST_CASE("live: a client that goes away in the middle of a response ends it at the endpoint") {
  for (const bool resets : {false, true}) {
    LiveProxy proxy;
    proxy.backend().answer = [](const Message&) { return "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhello"s; };
    Peer& client = proxy.connect(request("GET", "/"));
    REQUIRE(proxy.run_until([&] { return client.received.ends_with("hello"); }));
    resets ? client.reset() : client.close();
    REQUIRE(proxy.run_until([&] { return proxy.backend().open_connections() == 0; }));
    CHECK(proxy.listener().downstream_rq_rx_reset == 1);
  }
}

TEST_CASE("live: a client that resets is noticed while nothing is read from it") {
  LiveProxy proxy;
  proxy.backend().script = [](Peer& peer) {
    if (peer.received.empty()) peer.read_on(false);
  };
  SECTION("because its next request has come already") {
    Peer& client = proxy.connect(request("GET", "/1") + request("GET", "/2"));
    REQUIRE(proxy.run_until([&] { return proxy.upstream().call_active == 1; }));
    proxy.settle();
    client.reset();
  }
  SECTION("because the endpoint takes no more of its body") {
    Peer& client = proxy.connect(request("PUT", "/", noise(20'000'000, 6)));
    REQUIRE(proxy.run_until([&] { return proxy.backend().connections.size() == 1; }));
    for (int i = 0; i < 500; ++i) proxy.settle();
    REQUIRE(client.unsent() > 0);
    client.reset();
  }
  REQUIRE(proxy.run_until([&] { return proxy.upstream().call_active == 0; }));
  CHECK(proxy.listener().downstream_rq_rx_reset == 1);
  proxy.backend().connections[0]->reset();
}

TEST_CASE("live: ids that Connection takes away are made anew") {
  LiveProxy proxy;
  Peer& client = proxy.connect(
      "GET / HTTP/1.1\r\nHost: a\r\nConnection: X-Request-Id, traceparent\r\nx-request-id: mine\r\ntraceparent: mine\r\n\r\n");
  REQUIRE(proxy.run_until_answered(client));
  const Message got = messages(proxy.backend().connections[0]->received).at(0);
  CHECK(got.field("x-request-id").size() == 32);
  CHECK(got.field("traceparent").size() == 55);
}

TEST_CASE("live: connections beyond connections_max wait until there is room") {
  LiveProxy::Options options;
  options.listener.connections_max = 3;
  LiveProxy proxy(options);
  for (int i = 0; i < 8; ++i) proxy.connect(request("GET", "/" + std::to_string(i)));
  const auto& clients = proxy.clients();
  for (std::size_t i = 0; i < 3; ++i) REQUIRE(proxy.run_until_answered(*clients[i]));
  for (int i = 0; i < 20; ++i) proxy.settle();
  CHECK(proxy.listener().downstream_cx_active == 3);
  CHECK(clients[3]->received.empty());
  for (std::size_t i = 0; i < 8; ++i) {
    REQUIRE(proxy.run_until_answered(*clients[i]));
    CHECK(summary(clients[i]->received) == "200 [ok]");
    CHECK(proxy.listener().downstream_cx_active <= 3);
    clients[i]->close();
  }
  CHECK(proxy.listener().downstream_cx_overflow > 0);
}

TEST_CASE("live: a request that may be passed on no further is answered here") {
  LiveProxy proxy;
  std::string forwards;
  proxy.backend().answer = [&](const Message& request) {
    forwards = request.field("max-forwards");
    return response("ok");
  };
  Peer& client = proxy.connect("OPTIONS / HTTP/1.1\r\nHost: a\r\nMax-Forwards: 0\r\n\r\n"
                               "TRACE / HTTP/1.1\r\nHost: a\r\nMax-Forwards: 0\r\n\r\n"
                               "OPTIONS / HTTP/1.1\r\nHost: a\r\nMax-Forwards: 1\r\n\r\n");
  REQUIRE(proxy.run_until_answered(client, 3));
  const std::vector<Message> got = messages(client.received);
  CHECK(got[0].status() == 200);
  CHECK(got[1].status() == 405);
  CHECK(got[2].status() == 200);
  CHECK(proxy.backend().requests() == 1);
  CHECK(forwards == "0");
  CHECK(client.received.find("\r\ndate: ") != std::string::npos);
}

}  // namespace
}  // namespace meshtwin
