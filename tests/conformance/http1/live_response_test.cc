// What endpoints may send, byte by byte: clients get a whole response, or can tell that it isn't, and never another's.
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "real/http/head_parser.h"
#include "tests/conformance/http1/live_proxy.h"

namespace meshtwin {
namespace {

using namespace std::string_literals;

// What an endpoint's bytes come to.
struct Given {
  const char* what;
  std::string bytes;
  std::string answer;    // summary() of what the client gets
  bool reused = false;   // the next request goes over the same connection
  std::string method = "GET";
};

// A second client's request follows on each, and gets its own response alone.
void check(const std::vector<Given>& table) {
  for (const Given& entry : table) {
    INFO(entry.what << ": " << entry.bytes);
    LiveProxy proxy;
    proxy.backend().answer = [&](const Message& request) {
      return request.start_line().find("/next") == std::string::npos ? entry.bytes : response("mine");
    };
    Peer& client = proxy.connect(request(entry.method, "/a"));
    if (entry.method == "HEAD") {
      REQUIRE(proxy.run_until([&] { return client.received.ends_with("\r\n\r\n"); }));
      proxy.settle();
      CHECK(client.received.substr(client.received.find("\r\n\r\n")) == "\r\n\r\n");
      CHECK(client.received.substr(9, 3) == entry.answer);
    } else {
      REQUIRE(proxy.run_until_answered(client));
      proxy.settle();
      CHECK(summary(client.received) == entry.answer);
    }
    Peer& next = proxy.connect(request("GET", "/next"));
    REQUIRE(proxy.run_until_answered(next));
    proxy.settle();
    CHECK(summary(next.received) == "200 [mine]");
    CHECK(proxy.backend().connections.size() == (entry.reused ? 1 : 2));
  }
}

std::string ok(const std::string& lines, const std::string& body) {
  return "HTTP/1.1 200 OK\r\n" + lines + "\r\n" + body;
}
const std::string kInvalid = "502 [the endpoint's response is not valid\n]";
const std::string kSplit = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil";

TEST_CASE("live: responses with two lengths or none that is valid are answered 502") {
  const std::string te = "Transfer-Encoding: chunked\r\n";
  check({
      {"both", ok("Content-Length: 5\r\n" + te, "0\r\n\r\n"), kInvalid},
      {"both, the other way", ok(te + "Content-Length: 5\r\n", "0\r\n\r\n"), kInvalid},
      {"two lengths that agree", ok("Content-Length: 5\r\nContent-Length: 5\r\n", "hello"), kInvalid},
      {"two lengths", ok("Content-Length: 5\r\nContent-Length: 6\r\n", "hello"), kInvalid},
      {"a list", ok("Content-Length: 5, 5\r\n", "hello"), kInvalid},
      {"a sign", ok("Content-Length: +5\r\n", "hello"), kInvalid},
      {"a negative one", ok("Content-Length: -1\r\n", "hello"), kInvalid},
      {"hexadecimal", ok("Content-Length: 0x5\r\n", "hello"), kInvalid},
      {"beyond 64 bits", ok("Content-Length: 18446744073709551621\r\n", "hello"), kInvalid},
      {"empty", ok("Content-Length:\r\n", "hello"), kInvalid},
      {"two codings", ok(te + te, "0\r\n\r\n"), kInvalid},
      {"gzip", ok("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"), kInvalid},
      {"identity", ok("Transfer-Encoding: identity\r\n", "hello"), kInvalid},
      {"chunked in HTTP/1.0", "HTTP/1.0 200 OK\r\n" + te + "\r\n0\r\n\r\n", kInvalid},
  });
}

TEST_CASE("live: heads of responses that aren't valid are answered 502") {
  check({
      {"garbage", "garbage\r\n\r\n", kInvalid},
      {"garbage before the head", "x" + response("hello"), kInvalid},
      {"an empty line before the head", "\r\n" + response("hello"), kInvalid},
      {"a body alone", "hello\nhello\n", kInvalid},
      {"NULs", std::string(100, '\0') + "\n", kInvalid},
      {"HTTP/2", "HTTP/2 200 OK\r\n\r\n", kInvalid},
      {"HTTP/2.0", "HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n", kInvalid},
      {"no status", "HTTP/1.1\r\n\r\n", kInvalid},
      {"a short status", "HTTP/1.1 20 OK\r\n\r\n", kInvalid},
      {"a long status", "HTTP/1.1 2000 OK\r\n\r\n", kInvalid},
      {"status 099", "HTTP/1.1 099 OK\r\nContent-Length: 0\r\n\r\n", kInvalid},
      {"status 600", "HTTP/1.1 600 OK\r\nContent-Length: 0\r\n\r\n", kInvalid},
      {"a signed status", "HTTP/1.1 +20 OK\r\nContent-Length: 0\r\n\r\n", kInvalid},
      {"a bare LF", "HTTP/1.1 200 OK\nContent-Length: 0\n\n", kInvalid},
      {"a bare CR in a value", ok("X: a\rSet-Cookie: b\r\nContent-Length: 0\r\n", ""), kInvalid},
      {"a bare CR in the reason", "HTTP/1.1 200 O\rK\r\nContent-Length: 0\r\n\r\n", kInvalid},
      {"a NUL in a value", ok("X: a\0b\r\nContent-Length: 0\r\n"s, ""), kInvalid},
      {"a folded line", ok("X: a\r\n b\r\nContent-Length: 0\r\n", ""), kInvalid},
      {"a space before the colon", ok("Content-Length : 0\r\n", ""), kInvalid},
      {"an empty name", ok(": a\r\nContent-Length: 0\r\n", ""), kInvalid},
      {"no colon", ok("X\r\nContent-Length: 0\r\n", ""), kInvalid},
      {"a head that never ends", "HTTP/1.1 200 OK\r\nX: " + std::string(40'000, 'a'), kInvalid},
      {"too many fields", ok([] {
         std::string lines = "Content-Length: 0\r\n";
         for (int i = 0; i < 200; ++i) lines += "X: y\r\n";
         return lines;
       }(), ""), kInvalid},
      {"101 without having been asked", "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n",
       kInvalid},
      {"100 without end", std::string([] {
         std::string heads;
         for (int i = 0; i < 100; ++i) heads += "HTTP/1.1 102 Processing\r\n\r\n";
         return heads;
       }()), [] {
         std::string all;
         for (int i = 0; i < 16; ++i) all += "102 [], ";
         return all + kInvalid;
       }()},
  });
}

TEST_CASE("live: bytes beyond a response belong to nobody, and end its connection") {
  check({
      {"beyond the length", response("hello") + "x", "200 [hello]"},
      {"a second response", response("hello") + kSplit, "200 [hello]"},
      {"a second response after chunks", ok("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n0\r\n\r\n") + kSplit,
       "200 [hello]"},
      {"an empty line", response("hello") + "\r\n", "200 [hello]"},
      {"a body of 204", "HTTP/1.1 204 No Content\r\n\r\n" + kSplit, "204 []"},
      {"a body of 304", "HTTP/1.1 304 Not Modified\r\nContent-Length: 44\r\n\r\n" + kSplit, "304 []"},
      {"a body of 204 with a length", "HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello", "204 []"},
      {"a body of 204 in chunks", "HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "204 []"},
      {"a body to HEAD", response("hello"), "200", false, "HEAD"},
      {"chunks to HEAD", ok("Transfer-Encoding: chunked\r\n", "0\r\n\r\n"), "200", false, "HEAD"},
      {"length 0 and a body", ok("Content-Length: 0\r\n", "hello"), "200 []"},
      {"an error and more", "HTTP/1.1 500 Oops\r\nContent-Length: 5\r\n\r\nhello" + kSplit, "500 [hello]"},
  });
}

TEST_CASE("live: responses that are whole arrive whole, and their connections serve again") {
  check({
      {"a length", response("hello"), "200 [hello]", true},
      {"chunks", ok("Transfer-Encoding: chunked\r\n", "2\r\nhe\r\n3;x\r\nllo\r\n0\r\nX: y\r\n\r\n"), "200 [hello]", true},
      {"no body", "HTTP/1.1 204 No Content\r\n\r\n", "204 []", true},
      {"304 with the length that it would have", "HTTP/1.1 304 Not Modified\r\nContent-Length: 500\r\n\r\n", "304 []", true},
      {"HEAD with the length that it would have", ok("Content-Length: 500\r\n", ""), "200", true, "HEAD"},
      {"HEAD without a length", ok("", ""), "200", true, "HEAD"},
      {"HEAD with chunks that aren't there", ok("Transfer-Encoding: chunked\r\n", ""), "200", true, "HEAD"},
      {"no reason", "HTTP/1.1 200\r\nContent-Length: 5\r\n\r\nhello", "200 [hello]", true},
      {"an interim response", "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + response("hello"),
       "103 [], 200 [hello]", true},
      {"Connection: close", ok("Connection: close\r\nContent-Length: 5\r\n", "hello"), "200 [hello]", false},
      {"HTTP/1.0", "HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello", "200 [hello]", false},
      {"HTTP/1.0 kept alive", "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 5\r\n\r\nhello",
       "200 [hello]", true},
  });
}

TEST_CASE("live: a response's fields of one hop stay on their hop") {
  LiveProxy proxy;
  proxy.backend().answer = [](const Message&) {
    return ok("Connection: X-Secret, close\r\nX-Secret: 1\r\nKeep-Alive: timeout=5\r\nProxy-Authenticate: x\r\n"
              "Upgrade: h2c\r\nX-Stays: yes\r\nContent-Length: 0\r\n", "");
  };
  Peer& client = proxy.connect(request("GET", "/"));
  REQUIRE(proxy.run_until_answered(client));
  const Message answer = messages(client.received).at(0);
  CHECK(answer.field("x-stays") == "yes");
  for (const char* gone : {"x-secret", "connection", "keep-alive", "proxy-authenticate", "upgrade"}) {
    INFO(gone);
    CHECK(answer.field(gone).empty());
  }
}

TEST_CASE("live: a body until the connection's end arrives in chunks, or in HTTP/1.0 until the end") {
  for (const std::string version : {"1.1", "1.0"}) {
    LiveProxy proxy;
    proxy.backend().answer = [](const Message&) { return "HTTP/1.0 200 OK\r\n\r\nhello"s; };
    proxy.backend().after = [](Peer& peer, const Message&) { peer.half_close(); };
    Peer& client = proxy.connect("GET / HTTP/" + version + "\r\nHost: a\r\n\r\n");
    if (version == "1.1") {
      REQUIRE(proxy.run_until_answered(client));
      CHECK(summary(client.received) == "200 [hello]");
      CHECK_FALSE(client.ended);
    } else {
      REQUIRE(proxy.run_until_ended(client));
      CHECK_FALSE(client.broken);
      CHECK(client.received.ends_with("\r\n\r\nhello"));
    }
  }
}

// The client must be able to tell a part from the whole: by another status, or by a break.
void check_cut_anywhere(const std::string& whole, const std::string& answer) {
  for (const bool resets : {false, true}) {
    for (std::size_t size = 0; size < whole.size(); ++size) {
      INFO(size << " bytes of " << whole << (resets ? ", then a reset" : ", then the end"));
      LiveProxy proxy;
      proxy.backend().answer = [&](const Message&) { return whole.substr(0, size); };
      proxy.backend().after = [&](Peer& peer, const Message&) { resets ? peer.reset() : peer.half_close(); };
      Peer& client = proxy.connect(request("POST", "/a", "x"));
      REQUIRE(proxy.run_until_answered(client));
      proxy.settle();
      if (client.received.starts_with("HTTP/1.1 502")) {
        CHECK(summary(client.received) == "502 [the endpoint closed the connection\n]");
      } else {
        CHECK(client.ended);
        CHECK(client.broken);
        CHECK(summary(client.received) != answer);
        CHECK(messages(client.received).empty());
      }
      CHECK(proxy.backend().requests() == 1);
      CHECK(proxy.upstream().call_result[static_cast<std::size_t>(FailureKind::none)] == 0);
    }
  }
}

TEST_CASE("live: a response cut off at any byte of its head or body is never taken for a whole one") {
  check_cut_anywhere(ok("Content-Length: 11\r\nX: y\r\n", "hello world"), "200 [hello world]");
  check_cut_anywhere(ok("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n6;a\r\n world\r\n0\r\nX: y\r\n\r\n"),
                     "200 [hello world]");
}

TEST_CASE("live: chunks of a response that aren't valid break it off") {
  for (const std::string chunks : {"x\r\n", "5\nhello\r\n", "5\r\nhelloX", "5\r\nhello\n", "-1\r\n", "0x5\r\nhello",
                                   "10000000000000005\r\nhello", "\r\n", "5\r\nhello\r\n0\r\nX\r\n\r\n",
                                   "5\r\nhello\r\n0\r\nX: y\n\n", "5;\nhello", " 5\r\nhello"}) {
    INFO(chunks);
    LiveProxy proxy;
    proxy.backend().answer = [&](const Message&) { return ok("Transfer-Encoding: chunked\r\n", chunks); };
    Peer& client = proxy.connect(request("GET", "/"));
    REQUIRE(proxy.run_until_answered(client));
    const bool told = summary(client.received) == kInvalid;
    CHECK((told || (client.broken && messages(client.received).empty())));
    proxy.settle();
    CHECK(proxy.backend().open_connections() == 0);
  }
}

TEST_CASE("live: a response may come in single bytes") {
  for (const std::string& bytes :
       {"HTTP/1.1 102 X\r\n\r\n" + ok("Content-Length: 11\r\nX: y\r\n", "hello world"),
        "HTTP/1.1 102 X\r\n\r\n" + ok("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n6;a\r\n world\r\n0\r\nX: y\r\n\r\n")}) {
    LiveProxy proxy;
    proxy.backend().answer = [](const Message&) { return std::string(); };
    Peer& client = proxy.connect(request("GET", "/"));
    REQUIRE(proxy.run_until([&] { return proxy.backend().requests() == 1; }));
    for (const char c : bytes) {
      proxy.backend().connections[0]->send({&c, 1});
      proxy.settle();
    }
    CHECK(summary(client.received) == "102 [], 200 [hello world]");
  }
}

TEST_CASE("live: a response after its client has gone reaches nobody, and the connection serves no other") {
  LiveProxy proxy;
  proxy.backend().script = [](Peer&) {};
  Peer& client = proxy.connect(request("GET", "/gone"));
  REQUIRE(proxy.run_until([&] { return proxy.backend().requests() == 1; }));
  client.close();
  REQUIRE(proxy.run_until([&] { return proxy.listener().downstream_cx_active == 0; }));
  proxy.backend().connections[0]->send(kSplit);
  proxy.backend().script = nullptr;
  Peer& next = proxy.connect(request("GET", "/next"));
  REQUIRE(proxy.run_until_answered(next));
  CHECK(summary(next.received) == "200 [ok]");
  CHECK(proxy.backend().connections.size() == 2);
}

TEST_CASE("live: interim responses don't reach an HTTP/1.0 client") {
  LiveProxy proxy;
  proxy.backend().answer = [](const Message&) { return "HTTP/1.1 103 Early Hints\r\n\r\n" + response("hello"); };
  Peer& client = proxy.connect("GET / HTTP/1.0\r\n\r\n");
  REQUIRE(proxy.run_until_ended(client));
  CHECK(summary(client.received) == "200 [hello]");
}

}  // namespace
}  // namespace meshtwin
