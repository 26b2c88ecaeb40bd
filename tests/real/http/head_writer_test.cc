#include "real/http/head_writer.h"

#include <catch2/catch.hpp>
#include <string>

#include "real/http/date.h"
#include "real/http/head_parser.h"

namespace meshtwin {
namespace {

RequestHead parsed_request(std::string_view bytes) {
  RequestHead head;
  HeadScan scan;
  REQUIRE(parse_request_head(bytes, {}, head, scan).status == ParseStatus::complete);
  return head;
}

// The request that comes of `bytes`, with its own target.
std::string sent_on(const std::string& bytes, RequestOptions options = {}) {
  const RequestHead head = parsed_request(bytes);
  if (options.target.empty()) options.target = head.target;
  std::string out;
  write_request_head(head, options, out);
  return out;
}

std::string with(const std::string& lines, const std::string& version = "HTTP/1.1") {
  return "POST / " + version + "\r\nHost: a\r\n" + lines + "\r\n";
}
std::string expected(const std::string& lines) { return "POST / HTTP/1.1\r\nhost: a\r\n" + lines + "\r\n"; }

std::string answered(const std::string& bytes, ResponseOptions options = {}, Method method = Method::get) {
  ResponseHead head;
  HeadScan scan;
  REQUIRE(parse_response_head(bytes, {}, method, head, scan).status == ParseStatus::complete);
  std::string out;
  write_response_head(head, options, out);
  return out;
}

TEST_CASE("a request goes on with the canonical target and Host first, behind what was written before") {
  const RequestHead head =
      parsed_request("GET http://B:80/%61 HTTP/1.0\r\nAccept: */*\r\nHost: ignored\r\nX: y\r\n\r\n");
  RequestOptions options;
  options.target = "/a";
  std::string out = "before";
  write_request_head(head, options, out);
  CHECK(out == "beforeGET /a HTTP/1.1\r\nhost: B:80\r\nAccept: */*\r\nX: y\r\n\r\n");
}

TEST_CASE("fields are written in one form, and never in parts of the client's line") {
  CHECK(sent_on(with("A:1\r\nB: 2\r\nT:\t2\r\nC:  3 \r\nD: 4\r\nE: 5\t\r\nF:\r\nG: \r\nH: 8\r\n")) ==
        expected("A: 1\r\nB: 2\r\nT: 2\r\nC: 3\r\nD: 4\r\nE: 5\r\nF: \r\nG: \r\nH: 8\r\n"));
}

TEST_CASE("fields of one hop end here, with those that Connection names") {
  CHECK(sent_on(with("A: 1\r\n"
                     "Connection: close, B\r\n"
                     "b: 2\r\n"
                     "Keep-Alive: timeout=5\r\n"
                     "Proxy-Connection: keep-alive\r\n"
                     "TE: trailers\r\n"
                     "Upgrade: websocket\r\n"
                     "Proxy-Authorization: x\r\n"
                     "Proxy-Authenticate: x\r\n"
                     "Connection: D,\r\n"
                     "C: 3\r\n"
                     "D: 4\r\n"
                     "E: 5\r\n")) == expected("A: 1\r\nC: 3\r\nE: 5\r\n"));
}

TEST_CASE("fields that are written anew are named by Connection in vain") {
  RequestOptions options;
  options.client_ip = "10.0.0.1";
  CHECK(
      sent_on(with("Connection: host, content-length, x-forwarded-for\r\nContent-Length: 5\r\n"), options) ==
      expected("x-forwarded-for: 10.0.0.1\r\nx-forwarded-proto: http\r\ncontent-length: 5\r\n"));
}

TEST_CASE("a body's length or coding is written exactly once, last") {
  CHECK(sent_on(with("CONTENT-LENGTH: 007\r\nA: 1\r\n")) == expected("A: 1\r\ncontent-length: 7\r\n"));
  CHECK(sent_on(with("Content-Length: 0\r\n")) == expected("content-length: 0\r\n"));
  CHECK(sent_on(with("Transfer-Encoding: CHUNKED\r\nA: 1\r\n")) ==
        expected("A: 1\r\ntransfer-encoding: chunked\r\n"));
  CHECK(sent_on(with("")) == expected(""));
}

TEST_CASE("Trailer goes on where trailers can, and Expect where it counts") {
  CHECK(sent_on(with("Trailer: X\r\nTransfer-Encoding: chunked\r\n")) ==
        expected("Trailer: X\r\ntransfer-encoding: chunked\r\n"));
  CHECK(sent_on(with("Trailer: X\r\nContent-Length: 1\r\n")) == expected("content-length: 1\r\n"));
  CHECK(sent_on(with("Expect: 100-continue\r\nContent-Length: 1\r\n")) ==
        expected("Expect: 100-continue\r\ncontent-length: 1\r\n"));
  CHECK(sent_on(with("Expect: 100-continue\r\nContent-Length: 1\r\n", "HTTP/1.0")) ==
        expected("content-length: 1\r\n"));
  CHECK(sent_on(with("Expect: else\r\n")) == expected(""));
}

TEST_CASE("Via is added behind those that were there, with the version that came") {
  RequestOptions options;
  options.via = "mesh";
  CHECK(sent_on(with("Via: 1.1 b\r\n"), options) == expected("Via: 1.1 b\r\nvia: 1.1 mesh\r\n"));
  CHECK(sent_on(with("", "HTTP/1.0"), options) == expected("via: 1.0 mesh\r\n"));
}

TEST_CASE("the client's address is added to X-Forwarded-For in one line, or replaces it") {
  const std::string bytes = with(
      "X-Forwarded-For: 1.1.1.1\r\nX-Forwarded-Proto: https\r\nA: 1\r\nX-Forwarded-For:\r\n"
      "x-forwarded-for: 2.2.2.2, 3.3.3.3\r\n");
  RequestOptions options;
  CHECK(sent_on(bytes) ==
        expected("X-Forwarded-For: 1.1.1.1\r\nX-Forwarded-Proto: https\r\nA: 1\r\nX-Forwarded-For: \r\n"
                 "x-forwarded-for: 2.2.2.2, 3.3.3.3\r\n"));
  options.client_ip = "10.0.0.1";
  CHECK(sent_on(bytes, options) == expected("X-Forwarded-Proto: https\r\nA: 1\r\n"
                                            "x-forwarded-for: 1.1.1.1, 2.2.2.2, 3.3.3.3, 10.0.0.1\r\n"));
  options.replace_forwarded = true;
  options.scheme = "https";
  CHECK(sent_on(bytes, options) ==
        expected("A: 1\r\nx-forwarded-for: 10.0.0.1\r\nx-forwarded-proto: https\r\n"));
}

TEST_CASE("request id and traceparent are passed, or made where there is none") {
  RequestOptions options;
  options.request_id = "made";
  options.traceparent = "00-made";
  CHECK(sent_on(with(""), options) == expected("x-request-id: made\r\ntraceparent: 00-made\r\n"));
  CHECK(sent_on(with("X-Request-Id: b\r\nTraceparent: 00-c\r\nTracestate: d\r\n"), options) ==
        expected("X-Request-Id: b\r\nTraceparent: 00-c\r\nTracestate: d\r\n"));
}

TEST_CASE("an upgrade goes on with its own Connection and Upgrade, and no other does") {
  CHECK(sent_on(
            with("Upgrade: websocket\r\nConnection: keep-alive, Upgrade\r\nSec-WebSocket-Version: 13\r\n")) ==
        expected("Sec-WebSocket-Version: 13\r\nconnection: upgrade\r\nupgrade: websocket\r\n"));
  CHECK(sent_on(with("Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: x\r\n")) ==
        expected(""));
}

TEST_CASE("a response goes on without the fields of its hop") {
  ResponseOptions options;
  options.via = "mesh";
  options.extra = "x-extra: 1\r\n";
  CHECK(answered("HTTP/1.0 404 Not here\r\nA: 1\r\nConnection: keep-alive, B\r\nB: 2\r\nKeep-Alive: x\r\n"
                 "Proxy-Authenticate: x\r\nUpgrade: x\r\nC:3\r\nContent-Length: 5\r\n\r\n",
                 options) ==
        "HTTP/1.1 404 Not here\r\nA: 1\r\nC: 3\r\nvia: 1.0 mesh\r\nx-extra: 1\r\ncontent-length: 5\r\n\r\n");
}

TEST_CASE("a response's framing is converted for what the client speaks") {
  const std::string chunked = "HTTP/1.1 200 OK\r\nTrailer: X\r\nTransfer-Encoding: chunked\r\n\r\n";
  const std::string unframed = "HTTP/1.1 200 OK\r\nA: 1\r\n\r\n";
  const std::string fixed = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n";
  ResponseOptions options;
  CHECK(answered(chunked, options) == "HTTP/1.1 200 OK\r\nTrailer: X\r\ntransfer-encoding: chunked\r\n\r\n");
  CHECK(answered(unframed, options) == "HTTP/1.1 200 OK\r\nA: 1\r\ntransfer-encoding: chunked\r\n\r\n");
  CHECK(answered(fixed, options) == "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n");
  options.client_minor_version = 0;
  CHECK(answered(chunked, options) == "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n");
  CHECK(answered(unframed, options) == "HTTP/1.1 200 OK\r\nA: 1\r\nconnection: close\r\n\r\n");
  CHECK(answered(fixed, options) == "HTTP/1.1 200 OK\r\ncontent-length: 5\r\nconnection: keep-alive\r\n\r\n");
  options.keep_alive = false;
  CHECK(answered(fixed, options) == "HTTP/1.1 200 OK\r\ncontent-length: 5\r\nconnection: close\r\n\r\n");
}

TEST_CASE("the writer says how the body that follows has to be framed") {
  const auto kind = [](const std::string& bytes, std::uint8_t client_minor_version) {
    ResponseHead head;
    HeadScan scan;
    REQUIRE(parse_response_head(bytes, {}, Method::get, head, scan).status == ParseStatus::complete);
    ResponseOptions options;
    options.client_minor_version = client_minor_version;
    std::string out;
    return write_response_head(head, options, out);
  };
  CHECK(kind("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", 1) == BodyFraming::Kind::chunked);
  CHECK(kind("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", 0) == BodyFraming::Kind::until_close);
  CHECK(kind("HTTP/1.1 200 OK\r\n\r\n", 1) == BodyFraming::Kind::chunked);
  CHECK(kind("HTTP/1.1 200 OK\r\n\r\n", 0) == BodyFraming::Kind::until_close);
  CHECK(kind("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", 0) == BodyFraming::Kind::fixed);
  CHECK(kind("HTTP/1.1 204 x\r\n\r\n", 0) == BodyFraming::Kind::none);
}

TEST_CASE("a response without a body keeps the length that it would have had, where it may name one") {
  CHECK(answered("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", {}, Method::head) ==
        "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n");
  CHECK(answered("HTTP/1.1 304 x\r\nContent-Length: 5\r\n\r\n") ==
        "HTTP/1.1 304 x\r\ncontent-length: 5\r\n\r\n");
  CHECK(answered("HTTP/1.1 204 x\r\nContent-Length: 0\r\n\r\n") == "HTTP/1.1 204 x\r\n\r\n");
  CHECK(answered("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", {}, Method::head) ==
        "HTTP/1.1 200 OK\r\n\r\n");
}

TEST_CASE("interim heads go on, and 101 with its upgrade") {
  const auto interim = [](const std::string& bytes) {
    ResponseHead head;
    HeadScan scan;
    REQUIRE(parse_response_head(bytes, {}, Method::get, head, scan).status == ParseStatus::complete);
    std::string out;
    write_interim_head(head, out);
    return out;
  };
  CHECK(interim("HTTP/1.1 100 Continue\r\nConnection: close\r\nContent-Length: 0\r\n\r\n") ==
        "HTTP/1.1 100 Continue\r\n\r\n");
  CHECK(interim("HTTP/1.1 103 x\r\nLink: </a>\r\n\r\n") == "HTTP/1.1 103 x\r\nLink: </a>\r\n\r\n");
  CHECK(interim("HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nA: 1\r\n\r\n") ==
        "HTTP/1.1 101 x\r\nA: 1\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n");
}

TEST_CASE("local responses are whole, and end with their head for HEAD") {
  ResponseOptions options;
  std::string out;
  write_local_response(503, "no endpoint\n", options, false, out);
  CHECK(out ==
        "HTTP/1.1 503 Service Unavailable\r\ncontent-type: text/plain\r\ncontent-length: 12\r\n\r\nno "
        "endpoint\n");
  out.clear();
  options.keep_alive = false;
  options.extra = "x-extra: 1\r\n";
  write_local_response(400, "bad\n", options, true, out);
  CHECK(out ==
        "HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain\r\ncontent-length: 4\r\nx-extra: 1\r\n"
        "connection: close\r\n\r\n");
}

TEST_CASE("a head that was written is read with the same fields") {
  RequestOptions options;
  options.via = "mesh";
  const std::string once =
      sent_on(with("A:1\r\nB: 2\r\nContent-Length: 05\r\nConnection: c\r\nC: 3\r\n"), options);
  CHECK(sent_on(once) == once);
}

TEST_CASE("a response without Date gets one, another keeps its own") {
  ResponseOptions options;
  options.date = "Sun, 06 Nov 1994 08:49:37 GMT";
  CHECK(answered("HTTP/1.1 204 N\r\nA: 1\r\n\r\n", options) ==
        "HTTP/1.1 204 N\r\nA: 1\r\ndate: Sun, 06 Nov 1994 08:49:37 GMT\r\n\r\n");
  CHECK(answered("HTTP/1.1 204 N\r\nDate: then\r\n\r\n", options) == "HTTP/1.1 204 N\r\nDate: then\r\n\r\n");
}

TEST_CASE("dates are written as RFC 9110 shows them") {
  CHECK(http_date(784'111'777) == "Sun, 06 Nov 1994 08:49:37 GMT");
  CHECK(http_date(951'782'400) == "Tue, 29 Feb 2000 00:00:00 GMT");
}

TEST_CASE("Max-Forwards counts for TRACE and OPTIONS alone, and goes on as one less") {
  const auto forwards = [](const std::string& method, const std::string& value) {
    return max_forwards(parsed_request(method + " / HTTP/1.1\r\nHost: a\r\nMax-Forwards: " + value + "\r\n\r\n"));
  };
  CHECK(forwards("OPTIONS", "0") == 0u);
  CHECK(forwards("TRACE", "10") == 10u);
  CHECK(forwards("GET", "0") == std::nullopt);
  for (const char* value : {"", "-1", "1x", "99999999999"}) CHECK(forwards("OPTIONS", value) == std::nullopt);
  RequestOptions options;
  options.max_forwards = 9;
  CHECK(sent_on(with("Max-Forwards: 10\r\nA: 1\r\n"), options) == expected("A: 1\r\nmax-forwards: 9\r\n"));
}

}  // namespace
}  // namespace meshtwin
