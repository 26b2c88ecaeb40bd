// Requests that two parsers could read in two ways, sent to a running proxy: refused before an endpoint sees a byte of
// them, or sent on in one plain form.
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "tests/conformance/http1/live_proxy.h"

namespace meshtwin {
namespace {

using namespace std::string_literals;

std::string get(const std::string& lines) { return "GET /a HTTP/1.1\r\nHost: a\r\n" + lines + "\r\n"; }
std::string post(const std::string& lines, const std::string& rest) {
  return "POST /a HTTP/1.1\r\nHost: a\r\n" + lines + "\r\n" + rest;
}
const std::string kHidden = "GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n";

struct Refused {
  const char* what;
  std::string bytes;
  int status = 400;
};

// Answered once, the connection ended, and nothing of it with the endpoint.
void check_refused(const std::vector<Refused>& table) {
  LiveProxy proxy;
  for (const Refused& entry : table) {
    INFO(entry.what << ": " << entry.bytes);
    Peer& client = proxy.connect(entry.bytes);
    REQUIRE(proxy.run_until_ended(client));
    CHECK_FALSE(client.broken);
    const auto answers = messages(client.received);
    REQUIRE(answers.size() == 1);
    CHECK(answers[0].status() == entry.status);
    CHECK(answers[0].field("connection") == "close");
    proxy.settle();
    CHECK(proxy.backend().connections.empty());
    client.close();
  }
}

TEST_CASE("live: heads whose body has two lengths never reach an endpoint") {
  const std::string te = "Transfer-Encoding: chunked\r\n";
  check_refused({
      {"CL.TE", post("Content-Length: 6\r\n" + te, "0\r\n\r\nG")},
      {"TE.CL", post(te + "Content-Length: 4\r\n", "5c\r\nGPOST / HTTP/1.1\r\n\r\n0\r\n\r\n")},
      {"CL.TE with chunked in capitals", post("Content-Length: 5\r\nTRANSFER-ENCODING: CHUNKED\r\n", "0\r\n\r\n")},
      {"two lengths that agree", post("Content-Length: 5\r\nContent-Length: 5\r\n", "hello")},
      {"two lengths that differ", post("Content-Length: 0\r\nContent-Length: 34\r\n", kHidden)},
      {"a list of lengths that agree", post("Content-Length: 5, 5\r\n", "hello")},
      {"a list of lengths", post("Content-Length: 5,6\r\n", "hello")},
      {"two codings", post(te + "Transfer-Encoding: identity\r\n", "0\r\n\r\n")},
      {"chunked twice", post(te + te, "0\r\n\r\n")},
  });
}

TEST_CASE("live: lengths that are not plain digits never reach an endpoint") {
  std::vector<Refused> table;
  for (const std::string length : {"+5", "-5", "-0", " 5 5", "5 ;", "0x5", "5h", "5.0", "5e0", "", "5\t5", "\"5\"",
                                   "9223372036854775808", "18446744073709551616", "18446744073709551621",
                                   "00000000000000000000000000000000000005", "\xd9\xa5"}) {
    table.push_back({"length", post("Content-Length: " + length + "\r\n", "hello")});
  }
  table.push_back({"a vertical tab", post("Content-Length: \v5\r\n", "hello")});
  table.push_back({"a NUL", post("Content-Length: 5\0\r\n"s, "hello")});
  check_refused(table);
}

TEST_CASE("live: obfuscated codings never reach an endpoint") {
  const std::string body = "0\r\n\r\n";
  check_refused({
      {"xchunked", post("Transfer-Encoding: xchunked\r\n", body), 501},
      {"quotes", post("Transfer-Encoding: \"chunked\"\r\n", body), 501},
      {"apostrophes", post("Transfer-Encoding: 'chunked'\r\n", body), 501},
      {"a list", post("Transfer-Encoding: chunked, identity\r\n", body), 501},
      {"a list that ends with chunked", post("Transfer-Encoding: identity, chunked\r\n", body), 501},
      {"gzip first", post("Transfer-Encoding: gzip, chunked\r\n", body), 501},
      {"chunked twice in a list", post("Transfer-Encoding: chunked, chunked\r\n", body), 501},
      {"a comma", post("Transfer-Encoding: chunked,\r\n", body), 501},
      {"a parameter", post("Transfer-Encoding: chunked;a=b\r\n", body), 501},
      {"nothing", post("Transfer-Encoding:\r\n", body), 501},
      {"identity", post("Transfer-Encoding: identity\r\n", body), 501},
      {"cow", post("Transfer-Encoding: cow\r\nTransfer-Encoding: chunked\r\n", body)},
      {"a space before the colon", post("Transfer-Encoding : chunked\r\n", body)},
      {"a tab before the colon", post("Transfer-Encoding\t: chunked\r\n", body)},
      {"a space before the name", post(" Transfer-Encoding: chunked\r\n", body)},
      {"a folded value", post("Transfer-Encoding:\r\n chunked\r\n", body)},
      {"a folded line before", post("X: y\r\n Transfer-Encoding: chunked\r\n", body)},
      {"a vertical tab", post("Transfer-Encoding: \vchunked\r\n", body)},
      {"a form feed", post("Transfer-Encoding: chunked\f\r\n", body)},
      {"a NUL", post("Transfer-Encoding: chunked\0\r\n"s, body)},
      {"a NUL in the name", post("Transfer-Encoding\0: chunked\r\n"s, body)},
      {"a bare CR", post("X: y\rTransfer-Encoding: chunked\r\n", body)},
      {"a bare LF", post("X: y\nTransfer-Encoding: chunked\r\n", body)},
      {"a high byte in the name", post("Transfer\xc3\x97-Encoding: chunked\r\n", body)},
      {"a long s", post("Tran\xc5\xbf" "fer-Encoding: chunked\r\n", body)},
      {"HTTP/1.0", "POST /a HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + body},
      {"HTTP/1.0 kept alive",
       "POST /a HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n" + body},
  });
}

TEST_CASE("live: lines that other parsers could split elsewhere never reach an endpoint") {
  check_refused({
      {"a bare LF after the request line", "GET /a HTTP/1.1\nHost: a\r\n\r\n"},
      {"bare LFs throughout", "GET /a HTTP/1.1\nHost: a\n\n"},
      {"a bare LF as the empty line", "GET /a HTTP/1.1\r\nHost: a\r\n\n"},
      {"a bare CR in a value", get("X: a\rb\r\n")},
      {"CR CR LF", "GET /a HTTP/1.1\r\r\nHost: a\r\n\r\n"},
      {"a NUL in a value", get("X: a\0b\r\n"s)},
      {"an escape in a value", get("X: a\x1b[1m\r\n")},
      {"DEL in a value", get("X: a\x7f\r\n")},
      {"a folded line", get("X: a\r\n b\r\n")},
      {"a line folded by a tab", get("X: a\r\n\tb\r\n")},
      {"a folded first line", "GET /a HTTP/1.1\r\n X: y\r\nHost: a\r\n\r\n"},
      {"no colon", get("X\r\n")},
      {"an empty name", get(": b\r\n")},
      {"a space in a name", get("X Y: b\r\n")},
      {"a space before the colon", get("X : b\r\n")},
      {"a field in the request line", "GET /a HTTP/1.1 X: y\r\nHost: a\r\n\r\n"},
      {"a field in the target", "GET /a\r\nX:y HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"a space in the target", "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"a tab in the target", "GET /a\tb HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"two spaces", "GET  /a HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"a space at the end", "GET /a HTTP/1.1 \r\nHost: a\r\n\r\n"},
      {"a space at the beginning", " GET /a HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"HTTP/0.9", "GET /a\r\n\r\n"},
      {"no version", "GET /a \r\nHost: a\r\n\r\n"},
      {"a version in lower case", "GET /a http/1.1\r\nHost: a\r\n\r\n"},
      {"a version of two digits", "GET /a HTTP/1.10\r\nHost: a\r\n\r\n"},
      {"HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
      {"a TLS hello", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"s},
      {"an unknown target", "GET a HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"CONNECT", "CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n", 501},
      {"a fragment", "GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"a high byte in the target", "GET /\xc3\xa9 HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"an escaped slash", "GET /a%2fb HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"an escaped NUL", "GET /a%00b HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"a path above the root", "GET /../a HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"an escaped path above the root", "GET /%2e%2e/a HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"a backslash", "GET /a\\b HTTP/1.1\r\nHost: a\r\n\r\n"},
  });
}

TEST_CASE("live: requests whose host is in doubt never reach an endpoint") {
  check_refused({
      {"no Host", "GET /a HTTP/1.1\r\n\r\n"},
      {"two", "GET /a HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"},
      {"two that agree", "GET /a HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"},
      {"a space before the colon", "GET /a HTTP/1.1\r\nHost : a\r\n\r\n"},
      {"a list", "GET /a HTTP/1.1\r\nHost: a, b\r\n\r\n"},
      {"a space", "GET /a HTTP/1.1\r\nHost: a b\r\n\r\n"},
      {"a path", "GET /a HTTP/1.1\r\nHost: a/b\r\n\r\n"},
      {"user information", "GET /a HTTP/1.1\r\nHost: b@a\r\n\r\n"},
      {"user information in the target", "GET http://b@a/ HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"a target without authority", "GET http:///a HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"another scheme", "GET ftp://a/ HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"an absolute target, and no Host", "GET http://a/ HTTP/1.1\r\n\r\n"},
      {"an absolute target, and two", "GET http://a/ HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"},
  });
}

struct Taken {
  const char* what;
  std::string bytes;
  std::string seen;     // by the endpoint, as summary() puts it
  std::string answers;  // that the client gets
};

TEST_CASE("live: what has one meaning alone arrives with that meaning") {
  const std::vector<Taken> table = {
      {"CL.0: a request within a body stays there", post("Content-Length: 35\r\n", kHidden + "GE"),
       "POST /a [" + kHidden + "GE]", "200 [ok]"},
      {"a GET with a body", "GET /a HTTP/1.1\r\nHost: a\r\nContent-Length: 35\r\n\r\n" + kHidden + "GE",
       "GET /a [" + kHidden + "GE]", "200 [ok]"},
      {"a request within a chunk stays there",
       post("Transfer-Encoding: chunked\r\n", "21\r\n" + kHidden + "\r\n0\r\n\r\n"), "POST /a [" + kHidden + "]",
       "200 [ok]"},
      {"a pipelined request is one of its own", post("Content-Length: 2\r\n", "hi" + kHidden),
       "POST /a [hi], GET /hidden []", "200 [ok], 200 [ok]"},
      {"no length: no body", post("", kHidden), "POST /a [], GET /hidden []", "200 [ok], 200 [ok]"},
      {"Connection names the length", post("Connection: content-length\r\nContent-Length: 5\r\n", "hello"),
       "POST /a [hello]", "200 [ok]"},
      {"Connection names the coding",
       post("Connection: transfer-encoding\r\nTransfer-Encoding: chunked\r\n", "5\r\nhello\r\n0\r\n\r\n"),
       "POST /a [hello]", "200 [ok]"},
      {"Connection names Host", post("Connection: host\r\nContent-Length: 5\r\n", "hello"), "POST /a [hello]", "200 [ok]"},
      {"chunk extensions", post("Transfer-Encoding: chunked\r\n", "5;a=\"0\"\r\nhello\r\n0;b\r\n\r\n"), "POST /a [hello]",
       "200 [ok]"},
      {"trailers that frame",
       post("Transfer-Encoding: chunked\r\n",
            "0\r\nContent-Length: 50\r\nTransfer-Encoding: chunked\r\nHost: b\r\nConnection: close\r\n\r\n" + kHidden),
       "POST /a [], GET /hidden []", "200 [ok], 200 [ok]"},
      {"a name like a length's", post("Content_Length: 50\r\nContent-Length: 2\r\n", "hi"), "POST /a [hi]", "200 [ok]"},
      {"a name like a coding's", post("Transfer_Encoding: chunked\r\nContent-Length: 2\r\n", "0\r"), "POST /a [0\r]",
       "200 [ok]"},
      {"an upgrade to h2c is none", get("Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n"),
       "GET /a []", "200 [ok]"},
      {"the target's host wins", "GET http://b/c HTTP/1.1\r\nHost: a\r\n\r\n", "GET /c []", "200 [ok]"},
      {"an upgrade without Connection", get("Upgrade: websocket\r\n"), "GET /a []", "200 [ok]"},
      {"escapes and dots are resolved", "GET /%61/./b/../c//d?/../%2f HTTP/1.1\r\nHost: a\r\n\r\n",
       "GET /a/c/d?/../%2f []", "200 [ok]"},
  };
  for (const Taken& entry : table) {
    INFO(entry.what);
    LiveProxy proxy;
    Peer& client = proxy.connect(entry.bytes);
    REQUIRE(proxy.run_until([&] { return client.ended || summary(client.received) == entry.answers; }));
    proxy.settle();
    CHECK(summary(client.received) == entry.answers);
    CHECK(proxy.backend().seen() == entry.seen);
    CHECK_FALSE(client.ended);
  }
}

TEST_CASE("live: an endpoint gets one Host, one framing and no field of the client's hop") {
  LiveProxy proxy;
  Peer& client = proxy.connect(
      "POST http://b:81/c HTTP/1.1\r\nhost: a\r\nConnection: X-Secret, keep-alive, close\r\nX-Secret: 1\r\n"
      "Keep-Alive: timeout=5\r\nTE: trailers, deflate\r\nProxy-Connection: keep-alive\r\nProxy-Authorization: x\r\n"
      "HTTP2-Settings: AA\r\nUpgrade: h2c\r\nTransfer-Encoding: chunked\r\nX-Stays: yes\r\n\r\n"
      "5\r\nhello\r\n0\r\nX-Trailer: t\r\nContent-Length: 9\r\nAuthorization: x\r\n\r\n");
  REQUIRE(proxy.run_until_ended(client));
  REQUIRE(proxy.backend().connections.size() == 1);
  const std::string& got = proxy.backend().connections[0]->received;
  const auto requests = messages(got);
  REQUIRE(requests.size() == 1);
  CHECK(requests[0].start_line() == "POST /c HTTP/1.1");
  CHECK(requests[0].body == "hello");
  CHECK(requests[0].field("host") == "b:81");
  CHECK(requests[0].field("x-stays") == "yes");
  CHECK(requests[0].field("x-forwarded-for") == "127.0.0.1");
  for (const char* gone : {"x-secret", "keep-alive", "proxy-connection", "proxy-authorization", "upgrade",
                           "content-length"}) {
    INFO(gone);
    CHECK(requests[0].field(gone).empty());
  }
  CHECK(requests[0].field("connection").find("X-Secret") == std::string::npos);
  CHECK(got.find("X-Trailer: t\r\n\r\n") != std::string::npos);
  CHECK(got.find("Authorization: x") == std::string::npos);
  CHECK(got.find("Content-Length: 9") == std::string::npos);
}

// The head is fine, so an endpoint may see the request begin; it never sees it end.
TEST_CASE("live: names that CGI takes for framing or for what the proxy says of a request don't go on") {
  LiveProxy proxy;
  Peer& client = proxy.connect(
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent_Length: 50\r\nTRANSFER_ENCODING: chunked\r\n"
      "X_Forwarded_For: 10.1.1.1\r\nX-Forwarded_Proto: https\r\nx_request_id: 1\r\nUser_Agent: kept\r\n"
      "Content_Lengths: kept\r\n\r\nhello");
  REQUIRE(proxy.run_until_answered(client));
  const Message got = messages(proxy.backend().connections[0]->received).at(0);
  CHECK(got.body == "hello");
  CHECK(got.field("user_agent") == "kept");
  CHECK(got.field("content_lengths") == "kept");
  for (const char* gone :
       {"content_length", "transfer_encoding", "x_forwarded_for", "x-forwarded_proto", "x_request_id"}) {
    INFO(gone);
    CHECK(got.field(gone).empty());
  }
}

TEST_CASE("live: a body in chunks that has two readings breaks off, here and at the endpoint") {
  const std::vector<std::string> bodies = {
      "\r\n",
      "\n",
      "5\nhello\r\n0\r\n\r\n",
      "5\r\nhello\n0\r\n\r\n",
      "5\r\nhello0\r\n\r\n",
      "5\r\nhelloX\r\n0\r\n\r\n",
      "5\rX\nhello\r\n0\r\n\r\n",
      "5\r\r\nhello\r\n0\r\n\r\n",
      "0x5\r\nhello\r\n0\r\n\r\n",
      "+5\r\nhello\r\n0\r\n\r\n",
      "-5\r\nhello\r\n0\r\n\r\n",
      " 5\r\nhello\r\n0\r\n\r\n",
      "5,5\r\nhello\r\n0\r\n\r\n",
      "g\r\nhello\r\n0\r\n\r\n",
      "\0\r\nhello\r\n0\r\n\r\n"s,
      "10000000000000000\r\nhello\r\n0\r\n\r\n",
      "10000000000000005\r\nhello\r\n0\r\n\r\n",
      "fffffffffffffffff\r\nhello",
      "ffffffffffffffff\r\nhello",
      "0000000000000000000000005\r\nhello\r\n0\r\n\r\n",
      ";a\r\nhello\r\n0\r\n\r\n",
      "5;a\nhello\r\n0\r\n\r\n",
      "5;a\rb\r\nhello\r\n0\r\n\r\n",
      "5;a\0\r\nhello\r\n0\r\n\r\n"s,
      "5;" + std::string(9000, 'a') + "\r\nhello\r\n0\r\n\r\n",
      "5\r\nhello\r\n0\r\nX\r\n\r\n",
      "5\r\nhello\r\n0\r\nX : y\r\n\r\n",
      "5\r\nhello\r\n0\r\nX: y\n\r\n",
      "5\r\nhello\r\n0\r\nX: y\r\n z\r\n\r\n",
      "5\r\nhello\r\n0\r\nX: \0\r\n\r\n"s,
      "5\r\nhello\r\n0\r\nX: " + std::string(40'000, 'y') + "\r\n\r\n",
      "5\r\nhello\r\n0\r\n\n",
      "5\r\nhello\r\n0\r\n\rX",
  };
  LiveProxy proxy;
  for (const bool at_once : {true, false}) {
    for (const std::string& body : bodies) {
      INFO(body << (at_once ? ", at once" : ", after the head"));
      const std::size_t before = proxy.backend().connections.size();
      const std::string head = post("Transfer-Encoding: chunked\r\n", "");
      Peer& client = proxy.connect(at_once ? head + body : head);
      if (!at_once) {
        REQUIRE(proxy.run_until([&] { return proxy.backend().connections.size() > before; }));
        proxy.settle();
        client.send(body);
      }
      REQUIRE(proxy.run_until_ended(client));
      CHECK(summary(client.received) == "400 [the body is not in valid chunks\n]");
      client.close();
      proxy.settle();
      CHECK(proxy.backend().requests() == 0);
      CHECK(proxy.backend().open_connections() == 0);
    }
  }
}

}  // namespace
}  // namespace meshtwin
