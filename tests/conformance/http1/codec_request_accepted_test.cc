// Requests that are taken, and all that the parser says about them.
#include <catch2/catch.hpp>
#include <string>

#include "tests/conformance/http1/codec_feed.h"

namespace meshtwin {
namespace {

// Behind "complete, consumed N: " where N is all.
std::string taken(const std::string& bytes) {
  const std::string got = request_all_ways(bytes);
  const std::string prefix = "complete, consumed " + std::to_string(bytes.size()) + ": ";
  return got.starts_with(prefix) ? got.substr(prefix.size()) : got;
}

std::string with(const std::string& lines) { return "POST / HTTP/1.1\r\nHost: a\r\n" + lines + "\r\n\r\n"; }

TEST_CASE("a plain request is taken as it is") {
  CHECK(
      taken("GET /a/b?c=d HTTP/1.1\r\nHost: shop.example:8080\r\nAccept: */*\r\n\r\n") ==
      "GET /a/b?c=d at shop.example:8080; HTTP/1.1; body: none; keep; Host: shop.example:8080; Accept: */*");
}

TEST_CASE("the bytes behind a request's head are left alone") {
  CHECK(request_all_ways("GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /next HTTP/9.9\r\n\r\n") ==
        "complete, consumed 27: GET / at a; HTTP/1.1; body: none; keep; Host: a");
  CHECK(request_all_ways("GET / HTTP/1.1\r\nHost: a\r\n\r\n\n\n") ==
        "complete, consumed 27: GET / at a; HTTP/1.1; body: none; keep; Host: a");
}

TEST_CASE("what could still become a request is incomplete") {
  for (const std::string bytes :
       {"", "\r", "\r\n", "\r\n\r\n", "G", "GET", "GET ", "GET /", "GET / ", "GET / HTTP/1.1",
        "GET / HTTP/1.1\r", "GET / HTTP/1.1\r\n", "GET / HTTP/1.1\r\nHost",
        "GET / HTTP/1.1\r\nHost:", "GET / HTTP/1.1\r\nHost: a", "GET / HTTP/1.1\r\nHost: a\r",
        "GET / HTTP/1.1\r\nHost: a\r\n", "GET / HTTP/1.1\r\nHost: a\r\n\r"}) {
    INFO(bytes);
    CHECK(request_all_ways(bytes) == "incomplete");
  }
}

TEST_CASE("up to two empty lines before a request are skipped") {
  const std::string rest = "GET / at a; HTTP/1.1; body: none; keep; Host: a";
  CHECK(taken("\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n") == rest);
  CHECK(taken("\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n") == rest);
}

TEST_CASE("a request's body is framed by what its head says") {
  CHECK(taken(with("Content-Length: 5")) ==
        "POST / at a; HTTP/1.1; body: 5; keep; Host: a; Content-Length: 5");
  CHECK(taken(with("content-length:0")) ==
        "POST / at a; HTTP/1.1; body: 0; keep; Host: a; content-length: 0");
  CHECK(taken(with("CONTENT-LENGTH: \t 007 \t")) ==
        "POST / at a; HTTP/1.1; body: 7; keep; Host: a; CONTENT-LENGTH: 007");
  CHECK(taken(with("Content-Length: 999999999999999999")) ==
        "POST / at a; HTTP/1.1; body: 999999999999999999; keep; Host: a; Content-Length: 999999999999999999");
  CHECK(taken(with("Transfer-Encoding: chunked")) ==
        "POST / at a; HTTP/1.1; body: chunked; keep; Host: a; Transfer-Encoding: chunked");
  CHECK(taken(with("tRANSFER-eNCODING:\tChunKed ")) ==
        "POST / at a; HTTP/1.1; body: chunked; keep; Host: a; tRANSFER-eNCODING: ChunKed");
  CHECK(taken(with("Content_Length: 5")) ==
        "POST / at a; HTTP/1.1; body: none; keep; Host: a; Content_Length: 5");
  CHECK(taken(with("X-Content-Length: 5")) ==
        "POST / at a; HTTP/1.1; body: none; keep; Host: a; X-Content-Length: 5");
}

TEST_CASE("a request says what becomes of its connection") {
  const auto end = [](const std::string& version, const std::string& lines) {
    const std::string got = taken("GET / " + version + "\r\nHost: a\r\n" + lines + "\r\n");
    return got.substr(std::min(got.size(), std::string("GET / at a; HTTP/1.1; body: none; ").size()));
  };
  CHECK(end("HTTP/1.1", "") == "keep; Host: a");
  CHECK(end("HTTP/1.0", "") == "close; Host: a");
  CHECK(end("HTTP/1.1", "Connection: close\r\n") == "close; Host: a; Connection: close");
  CHECK(end("HTTP/1.1", "Connection: CLOSE\r\n") == "close; Host: a; Connection: CLOSE");
  CHECK(end("HTTP/1.1", "Connection: keep-alive, close\r\n") ==
        "close; Host: a; Connection: keep-alive, close");
  CHECK(end("HTTP/1.1", "Connection: ,, x\t,close ,\r\n") ==
        "close; Host: a; Connection: ,, x\t,close ,; option x");
  CHECK(end("HTTP/1.1", "Connection: keep-alive\r\nConnection: close\r\n") ==
        "close; Host: a; Connection: keep-alive; Connection: close");
  CHECK(end("HTTP/1.0", "Connection: Keep-Alive\r\n") == "keep; Host: a; Connection: Keep-Alive");
  CHECK(end("HTTP/1.0", "Connection: Keep-Alive, close\r\n") ==
        "close; Host: a; Connection: Keep-Alive, close");
  CHECK(end("HTTP/1.1", "Connection: closed\r\n") == "keep; Host: a; Connection: closed; option closed");
  CHECK(end("HTTP/1.1", "Proxy-Connection: close\r\n") == "keep; Host: a; Proxy-Connection: close");
  CHECK(end("HTTP/1.1", "Connection:\r\n") == "keep; Host: a; Connection: ");
}

TEST_CASE("a request upgrades with both fields, in HTTP/1.1, and not to HTTP/2") {
  const auto upgrades = [](const std::string& version, const std::string& lines) {
    return taken("GET / " + version + "\r\nHost: a\r\n" + lines + "\r\n").find("; upgrade") !=
           std::string::npos;
  };
  CHECK(upgrades("HTTP/1.1", "Connection: Upgrade\r\nUpgrade: websocket\r\n"));
  CHECK(upgrades("HTTP/1.1", "upgrade: websocket\r\nconnection: keep-alive, upgrade\r\n"));
  CHECK_FALSE(upgrades("HTTP/1.0", "Connection: Upgrade\r\nUpgrade: websocket\r\n"));
  CHECK_FALSE(upgrades("HTTP/1.1", "Upgrade: websocket\r\n"));
  CHECK_FALSE(upgrades("HTTP/1.1", "Connection: Upgrade\r\n"));
  CHECK_FALSE(upgrades("HTTP/1.1", "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"));
  CHECK_FALSE(upgrades("HTTP/1.1", "Connection: Upgrade\r\nUpgrade: websocket, H2C\r\n"));
  CHECK_FALSE(upgrades("HTTP/1.1", "Connection: Upgrade\r\nUpgrade: websocket\r\nUpgrade: h2c\r\n"));
}

TEST_CASE("an absolute target gives the host and leaves the path") {
  CHECK(taken("GET http://b:81/c?d HTTP/1.1\r\nHost: a\r\n\r\n") ==
        "GET /c?d at b:81; HTTP/1.1; body: none; keep; Host: a");
  CHECK(taken("GET HTTPS://b HTTP/1.1\r\nHost: a\r\n\r\n") ==
        "GET / at b; HTTP/1.1; body: none; keep; Host: a");
  CHECK(taken("GET http://[::1]:8080/ HTTP/1.0\r\n\r\n") ==
        "GET / at [::1]:8080; HTTP/1.0; body: none; close");
  CHECK(taken("OPTIONS http://b HTTP/1.1\r\nHost: b\r\n\r\n") ==
        "OPTIONS * at b; HTTP/1.1; body: none; keep; Host: b");
  CHECK(taken("OPTIONS * HTTP/1.1\r\nHost: b\r\n\r\n") ==
        "OPTIONS * at b; HTTP/1.1; body: none; keep; Host: b");
  CHECK(taken("GET /http://b/ HTTP/1.1\r\nHost: a\r\n\r\n") ==
        "GET /http://b/ at a; HTTP/1.1; body: none; keep; Host: a");
}

TEST_CASE("hosts are names and addresses with or without a port") {
  for (const std::string host : {"a", "a.b-c_d~e", "A.EXAMPLE", "1.2.3.4", "1.2.3.4:80", "a:", "a:0",
                                 "a:65535", "[::1]", "[::ffff:1.2.3.4]", "[2001:DB8::1]:443"}) {
    CHECK(taken("GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n") ==
          "GET / at " + host + "; HTTP/1.1; body: none; keep; Host: " + host);
  }
  CHECK(taken("GET / HTTP/1.1\r\nHost:\r\n\r\n") == "GET / at ; HTTP/1.1; body: none; keep; Host: ");
  CHECK(taken("GET / HTTP/1.0\r\n\r\n") == "GET / at ; HTTP/1.0; body: none; close");
}

TEST_CASE("values may have bytes above ASCII and lose white space around them") {
  CHECK(taken("GET / HTTP/1.1\r\nHost:a\r\nX:  \t b\tc \xc3\xa9\xff \t\r\nY:\r\nZ: :\r\n!#$%&'*+-.^_`|~9: "
              "t\r\n\r\n") ==
        "GET / at a; HTTP/1.1; body: none; keep; Host: a; X: b\tc \xc3\xa9\xff; Y: ; Z: :; !#$%&'*+-.^_`|~9: "
        "t");
}

TEST_CASE("methods are any token, and told apart by case") {
  const auto method = [](const std::string& text) {
    RequestHead head;
    HeadScan scan;
    const ParseResult result = parse_request_head(text + " / HTTP/1.1\r\nHost: a\r\n\r\n", {}, head, scan);
    REQUIRE(result.status == ParseStatus::complete);
    return head.method;
  };
  CHECK(method("GET") == Method::get);
  CHECK(method("HEAD") == Method::head);
  CHECK(method("POST") == Method::post);
  CHECK(method("PUT") == Method::put);
  CHECK(method("DELETE") == Method::delete_);
  CHECK(method("OPTIONS") == Method::options);
  CHECK(method("TRACE") == Method::trace);
  CHECK(method("PATCH") == Method::patch);
  CHECK(method("get") == Method::other);
  CHECK(method("M-SEARCH") == Method::other);
  CHECK(method("connect") == Method::other);
}

TEST_CASE("an expectation counts in HTTP/1.1 alone") {
  CHECK(taken(with("Content-Length: 1\r\nExpect: 100-Continue")).starts_with("POST / at a (expects); "));
  CHECK(taken(with("Expect: 200-maybe")).starts_with("POST / at a; "));
  CHECK(taken("POST / HTTP/1.0\r\nHost: a\r\nExpect: 100-continue\r\n\r\n").starts_with("POST / at a; "));
}

TEST_CASE("queries may hold what browsers send") {
  CHECK(taken("GET /a?b={\"c\"}|[d]^`\\<e>?/%zz HTTP/1.1\r\nHost: a\r\n\r\n")
            .starts_with("GET /a?b={\"c\"}|[d]^`\\<e>?/%zz at a; "));
}

TEST_CASE("known fields are known by name in any case, and no others are") {
  CHECK(known_header("Host") == KnownHeader::host);
  CHECK(known_header("TE") == KnownHeader::te);
  CHECK(known_header("via") == KnownHeader::via);
  CHECK(known_header("expect") == KnownHeader::expect);
  CHECK(known_header("Trailer") == KnownHeader::trailer);
  CHECK(known_header("UPGRADE") == KnownHeader::upgrade);
  CHECK(known_header("Connection") == KnownHeader::connection);
  CHECK(known_header("Keep-Alive") == KnownHeader::keep_alive);
  CHECK(known_header("traceSTATE") == KnownHeader::tracestate);
  CHECK(known_header("traceparent") == KnownHeader::traceparent);
  CHECK(known_header("X-Request-ID") == KnownHeader::x_request_id);
  CHECK(known_header("Content-Length") == KnownHeader::content_length);
  CHECK(known_header("x-forwarded-for") == KnownHeader::x_forwarded_for);
  CHECK(known_header("Proxy-Connection") == KnownHeader::proxy_connection);
  CHECK(known_header("Transfer-Encoding") == KnownHeader::transfer_encoding);
  CHECK(known_header("X-Forwarded-Proto") == KnownHeader::x_forwarded_proto);
  CHECK(known_header("Proxy-Authenticate") == KnownHeader::proxy_authenticate);
  CHECK(known_header("Proxy-Authorization") == KnownHeader::proxy_authorization);
  CHECK(known_header("keep_alive") == KnownHeader::lookalike);
  CHECK(known_header("Transfer_Encoding") == KnownHeader::lookalike);
  CHECK(known_header("x_forwarded-for") == KnownHeader::lookalike);
  for (const std::string_view name :
       {"X", "tf", "vi", "vib", "hosts", "hist", "upgrad", "connectioN2", "keep_alivf", "transfer_encodinG_",
        "content-lengtg", "dontent-length", "content~length", "x-forwarded-fox", "proxy-authorizatiom",
        "proxy-authorizations", "a-name-that-is-longer-than-any"}) {
    INFO(name);
    CHECK(known_header(name) == KnownHeader::other);
  }
}

}  // namespace
}  // namespace meshtwin
