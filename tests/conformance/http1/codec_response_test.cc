// Heads of responses: what is refused, and what the parser says about the others.
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "tests/conformance/http1/codec_feed.h"

namespace meshtwin {
namespace {

using namespace std::string_literals;

std::string taken(const std::string& bytes, Method method = Method::get) {
  const std::string got = response_all_ways(bytes, method);
  const std::string prefix = "complete, consumed " + std::to_string(bytes.size()) + ": ";
  return got.starts_with(prefix) ? got.substr(prefix.size()) : got;
}

std::string with(const std::string& lines, const std::string& line = "HTTP/1.1 200 OK") {
  return line + "\r\n" + lines + (lines.empty() ? "\r\n" : "\r\n\r\n");
}

TEST_CASE("a response's body is framed by its head, its status, and the method asked for") {
  CHECK(taken(with("Content-Length: 5")) == "200 OK; HTTP/1.1; body: 5; keep; Content-Length: 5");
  CHECK(taken(with("Transfer-Encoding: chunked")) ==
        "200 OK; HTTP/1.1; body: chunked; keep; Transfer-Encoding: chunked");
  CHECK(taken(with("")) == "200 OK; HTTP/1.1; body: until close; close");
  CHECK(taken(with("Connection: keep-alive")) ==
        "200 OK; HTTP/1.1; body: until close; close; Connection: keep-alive");
  CHECK(taken(with("Content-Length: 5"), Method::head) ==
        "200 OK; HTTP/1.1; body: none; keep; Content-Length: 5");
  CHECK(taken(with("Transfer-Encoding: chunked"), Method::head) ==
        "200 OK; HTTP/1.1; body: none; keep; Transfer-Encoding: chunked");
  CHECK(taken(with(""), Method::head) == "200 OK; HTTP/1.1; body: none; keep");
  CHECK(taken(with("", "HTTP/1.1 204 No Content")) == "204 No Content; HTTP/1.1; body: none; keep");
  CHECK(taken(with("Content-Length: 0", "HTTP/1.1 204 No Content")) ==
        "204 No Content; HTTP/1.1; body: none; keep; Content-Length: 0");
  CHECK(taken(with("Content-Length: 9", "HTTP/1.1 304 Not Modified")) ==
        "304 Not Modified; HTTP/1.1; body: none; keep; Content-Length: 9");
  CHECK(taken(with("Content-Length: 0", "HTTP/1.1 205 Reset")) ==
        "205 Reset; HTTP/1.1; body: 0; keep; Content-Length: 0");
  CHECK(taken(with("Content-Length: 5", "HTTP/1.0 200 OK")) ==
        "200 OK; HTTP/1.0; body: 5; close; Content-Length: 5");
  CHECK(taken(with("Content-Length: 5\r\nConnection: keep-alive", "HTTP/1.0 200 OK")) ==
        "200 OK; HTTP/1.0; body: 5; keep; Content-Length: 5; Connection: keep-alive");
}

TEST_CASE("a connection is not kept behind a response that claims a body it can't have") {
  CHECK(taken(with("Content-Length: 5", "HTTP/1.1 204 x")) ==
        "204 x; HTTP/1.1; body: none; close; Content-Length: 5");
  CHECK(taken(with("Transfer-Encoding: chunked", "HTTP/1.1 204 x")) ==
        "204 x; HTTP/1.1; body: none; close; Transfer-Encoding: chunked");
}

TEST_CASE("interim heads are heads without a body") {
  CHECK(taken("HTTP/1.1 100 Continue\r\n\r\n") == "100 Continue; HTTP/1.1; body: none; keep");
  CHECK(taken("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n") ==
        "103 Early Hints; HTTP/1.1; body: none; keep; Link: </a>");
  CHECK(response_all_ways("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n") ==
        "complete, consumed 25: 100 Continue; HTTP/1.1; body: none; keep");
  CHECK(taken("HTTP/1.1 101 x\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n") ==
        "101 x; HTTP/1.1; body: none; keep; upgrade; Connection: upgrade; Upgrade: websocket");
}

TEST_CASE("a status line may have any reason, or none") {
  CHECK(taken(with("", "HTTP/1.1 204 ")) == "204 ; HTTP/1.1; body: none; keep");
  CHECK(taken(with("", "HTTP/1.1 204")) == "204 ; HTTP/1.1; body: none; keep");
  CHECK(taken(with("", "HTTP/1.1 204 \xc3\xa9\t x ")) == "204 \xc3\xa9\t x ; HTTP/1.1; body: none; keep");
  CHECK(taken(with("Content-Length: 0", "HTTP/1.1 599 x")) ==
        "599 x; HTTP/1.1; body: 0; keep; Content-Length: 0");
}

TEST_CASE("what could still become a response is incomplete") {
  const std::string whole = "HTTP/1.1 200 OK\r\nServer: x\r\n\r\n";
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CHECK(response_all_ways(whole.substr(0, size)) == "incomplete");
  }
}

TEST_CASE("a response is refused where it can be read in two ways, or isn't one") {
  const std::vector<std::string> refused = {
      with("Content-Length: 5\r\nTransfer-Encoding: chunked"),
      with("Content-Length: 5\r\nContent-Length: 5"),
      with("Content-Length: 5, 5"),
      with("Content-Length: +5"),
      with("Content-Length: -1"),
      with("Content-Length:"),
      with("Content-Length: 99999999999999999999"),
      with("Transfer-Encoding: gzip, chunked"),
      with("Transfer-Encoding: identity"),
      with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"),
      with("Transfer-Encoding: chunked", "HTTP/1.0 200 OK"),
      with("X: a\nSet-Cookie: b"),
      with("X: a\rSet-Cookie: b"),
      with("X: a\r\n b"),
      with("X : a"),
      with(": a"),
      with("X: \0"s),
      with("Content-Length: 5", "HTTP/1.1 100 Continue"),
      with("Transfer-Encoding: chunked", "HTTP/1.1 103 x"),
      with("", "HTTP/1.1 101 x"),
      with("Connection: upgrade", "HTTP/1.1 101 x"),
      with("Upgrade: websocket", "HTTP/1.1 101 x"),
      with("Connection: upgrade\r\nUpgrade: h2c", "HTTP/1.1 101 x"),
      with("", ""),
      with("", "HTTP/1.1"),
      with("", "HTTP/1.1 "),
      with("", "HTTP/1.1 20"),
      with("", "HTTP/1.1 2000"),
      with("", "HTTP/1.1 200OK"),
      with("", "HTTP/1.1 200\tOK"),
      with("", "HTTP/1.1  200 OK"),
      with("", "HTTP/1.1\t200 OK"),
      with("", "HTTP/1.1 +20 OK"),
      with("", "HTTP/1.1 -20 OK"),
      with("", "HTTP/1.1 0x2 OK"),
      with("", "HTTP/1.1 2 0 OK"),
      with("", "HTTP/1.1 099 OK"),
      with("", "HTTP/1.1 000 OK"),
      with("", "HTTP/1.1 600 OK"),
      with("", "HTTP/1.1 999 OK"),
      with("", "HTTP/1.1 OK"),
      with("", "HTTP/1.2 200 OK"),
      with("", "HTTP/2.0 200 OK"),
      with("", "HTTP/0.9 200 OK"),
      with("", "http/1.1 200 OK"),
      with("", "ICY 200 OK"),
      with("", "SSH-2.0-OpenSSH_9.2"),
      with("", " HTTP/1.1 200 OK"),
      with("", "HTTP/1.1 200 O\0K"s),
      with("", "HTTP/1.1 200 O\x7fK"),
      "HTTP/1.1 200 O\rK\r\n\r\n",
      "HTTP/1.1 200 OK\n\n",
      "\r\nHTTP/1.1 200 OK\r\n\r\n",
      "<html>",
      "\x15\x03\x01",
  };
  for (const std::string& bytes : refused) {
    INFO(bytes);
    CHECK(response_all_ways(bytes).starts_with("error "));
  }
}

TEST_CASE("a response beyond the limits is refused, however it comes") {
  HeadLimits limits;
  limits.bytes_max = 100;
  limits.fields_max = 3;
  const auto result = [&](const std::string& bytes) {
    return response_all_ways(bytes, Method::get, limits).substr(0, 8);
  };
  const auto reason = [](std::size_t size) { return "HTTP/1.1 200 " + std::string(size, 'x') + "\r\n\r\n"; };
  CHECK(result(reason(100 - 17)) == "complete");
  CHECK(result(reason(100 - 16)) == "error 43");
  CHECK(result(reason(1000)) == "error 43");
  CHECK(result("HTTP/1.1 200 \r\nA: b\r\nA: b\r\nA: b\r\n\r\n") == "complete");
  CHECK(result("HTTP/1.1 200 \r\nA: b\r\nA: b\r\nA: b\r\nA: b\r\n\r\n") == "error 43");
}

}  // namespace
}  // namespace meshtwin
