// Requests that are refused, with the status they are answered with.
#include <catch2/catch.hpp>
#include <string>
#include <string_view>

#include "tests/conformance/http1/codec_feed.h"

namespace meshtwin {
namespace {

using namespace std::string_literals;

struct Refused {
  std::string bytes;
  int answer;
};

void check(const std::vector<Refused>& table) {
  for (const Refused& entry : table) {
    INFO(entry.bytes);
    const std::string got = request_all_ways(entry.bytes);
    CHECK(got.substr(0, got.find(" (")) == "error " + std::to_string(entry.answer));
  }
}

// A request whose head has these lines besides Host.
std::string with(const std::string& lines) { return "POST / HTTP/1.1\r\nHost: a\r\n" + lines + "\r\n\r\n"; }

TEST_CASE("a request is refused when its length can be read in two ways") {
  check({
      {with("Content-Length: 5\r\nTransfer-Encoding: chunked"), 400},
      {with("Transfer-Encoding: chunked\r\nContent-Length: 5"), 400},
      {with("Content-Length: 0\r\nTransfer-Encoding: chunked"), 400},
      {with("Content-Length: 5\r\nTransfer-Encoding: identity"), 400},
      {with("Content-Length: 5\r\nContent-Length: 5"), 400},
      {with("Content-Length: 5\r\nContent-Length: 6"), 400},
      {with("Content-Length: 5\r\ncontent-length: 0"), 400},
      {with("Content-Length: 5, 5"), 400},
      {with("Content-Length: 5,"), 400},
      {with("Content-Length:"), 400},
      {with("Content-Length: \t "), 400},
      {with("Content-Length: +5"), 400},
      {with("Content-Length: -5"), 400},
      {with("Content-Length: -0"), 400},
      {with("Content-Length: 0x5"), 400},
      {with("Content-Length: 5a"), 400},
      {with("Content-Length: 5 0"), 400},
      {with("Content-Length: 5.0"), 400},
      {with("Content-Length: 1e3"), 400},
      {with("Content-Length: \"5\""), 400},
      {with("Content-Length: 5;q=1"), 400},
      {with("Content-Length: \xef\xbc\x95"), 400},
      {with("Content-Length: 18446744073709551616"), 400},
      {with("Content-Length: 18446744073709551615"), 400},
      {with("Content-Length: 9223372036854775808"), 400},
      {with("Content-Length: 1000000000000000000"), 400},
      {with("Content-Length: 0000000000000000005"), 400},
      {with("Content-Length: 99999999999999999999999999999999999999999999"), 400},
  });
}

TEST_CASE("a request is refused when its transfer coding is anything but one chunked") {
  check({
      {with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"), 400},
      {with("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity"), 400},
      {with("Transfer-Encoding: identity\r\nTransfer-Encoding: chunked"), 400},
      {with("Transfer-Encoding: chunked, chunked"), 501},
      {with("Transfer-Encoding: gzip, chunked"), 501},
      {with("Transfer-Encoding: chunked, gzip"), 501},
      {with("Transfer-Encoding: chunked,"), 501},
      {with("Transfer-Encoding: ,chunked"), 501},
      {with("Transfer-Encoding: identity"), 501},
      {with("Transfer-Encoding: gzip"), 501},
      {with("Transfer-Encoding: xchunked"), 501},
      {with("Transfer-Encoding: chunkedx"), 501},
      {with("Transfer-Encoding: chunk"), 501},
      {with("Transfer-Encoding: \"chunked\""), 501},
      {with("Transfer-Encoding: chunked;q=1"), 501},
      {with("Transfer-Encoding:"), 501},
      {with("Transfer-Encoding: \x0b"
            "chunked"),
       400},
      {with("Transfer-Encoding: chunked\x0c"), 400},
      {with("Transfer-Encoding : chunked"), 400},
      {with("Transfer-Encoding\t: chunked"), 400},
      {with(" Transfer-Encoding: chunked"), 400},
      {with("Transfer-Encoding:\r\n chunked"), 400},
      {with("Transfer-Encoding\r\n: chunked"), 400},
      {with("X: y\rTransfer-Encoding: chunked"), 400},
      {with("X: y\nTransfer-Encoding: chunked"), 400},
      {"POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
      {"POST / HTTP/1.0\r\nTransfer-Encoding: identity\r\n\r\n", 400},
  });
}

TEST_CASE("a request is refused for line ends and controls that some parsers take otherwise") {
  check({
      {"GET / HTTP/1.1\nHost: a\n\n", 400},
      {"GET / HTTP/1.1\r\nHost: a\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: a\r\n\n", 400},
      {"GET / HTTP/1.1\nHost: a\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\rHost: a\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: a\r\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: a\r\n\rGET / HTTP/1.1\r\n\r\n", 400},
      {"GET / HTTP/1.1\rHost: a\r\n\r\n", 400},
      {"\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"\rGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {" GET / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"\r\n GET / HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {with("X: a\rb"), 400},
      {with("X: a\nb"), 400},
      {with("X: \r\r"), 400},
      {with("X: a\0b"s), 400},
      {with("X: \0"s), 400},
      {with("X\0: b"s), 400},
      {with("X: a\x01"), 400},
      {with("X: a\x08"), 400},
      {with("X: a\x0b"
            "b"),
       400},
      {with("X: a\x1f"), 400},
      {with("X: a\x7f"), 400},
      {with("X: a\x1b[2J"), 400},
      {with("X: a\r\n b"), 400},
      {with("X: a\r\n\tb"), 400},
      {with("X: a\r\n "), 400},
      {"GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\n\tX: a\r\nHost: a\r\n\r\n", 400},
      {"\0GET / HTTP/1.1\r\nHost: a\r\n\r\n"s, 400},
      {"GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n"s, 400},
      {"GET / HTTP/1.1\0\r\nHost: a\r\n\r\n"s, 400},
  });
}

TEST_CASE("every control in a value is refused wherever it stands, and no other byte is") {
  const std::string plain = "GET / HTTP/1.1\r\nHost: a\r\nX: <" + std::string(40, 'x') + ">\r\n\r\n";
  const std::size_t begin = plain.find('<') + 1;
  for (int byte = 0; byte < 256; ++byte) {
    const bool control = (byte < ' ' && byte != '\t') || byte == 0x7f;
    for (std::size_t at = 0; at < 40; ++at) {
      std::string bytes = plain;
      bytes[begin + at] = static_cast<char>(byte);
      RequestHead head;
      HeadScan scan;
      const ParseResult result = parse_request_head(bytes, {}, head, scan);
      if (result.answer != (control ? 400 : 0)) FAIL("byte " << byte << " at " << at);
    }
  }
}

TEST_CASE("a line that ends without CR LF is refused before the head ends") {
  for (const std::string second : {"\n", "\nHost: a", "\r\nHost: a\n", "\r\nHost: a\r\nX: y\nZ"}) {
    INFO(second);
    RequestHead head;
    HeadScan scan;
    const std::string first = "GET / HTTP/1.1";
    CHECK(parse_request_head(first, {}, head, scan).status == ParseStatus::incomplete);
    CHECK(parse_request_head(first + second, {}, head, scan).answer == 400);
  }
}

TEST_CASE("a request is refused for names of fields that aren't tokens") {
  check({
      {with("X : a"), 400},
      {with("X\t: a"), 400},
      {with(": a"), 400},
      {with(":"), 400},
      {with("X"), 400},
      {with("X Y: a"), 400},
      {with("X\xc3\xa9: a"), 400},
      {with("X(: a"), 400},
      {with("X\"Y\": a"), 400},
      {with("X/Y: a"), 400},
      {with("X[0]: a"), 400},
      {with("X,Y: a"), 400},
      {with("X;Y: a"), 400},
      {with("X=Y: a"), 400},
      {with("X@Y: a"), 400},
      {with("{X}: a"), 400},
      {with("X\\Y: a"), 400},
      {with("X<Y: a"), 400},
      {with("?X: a"), 400},
      {with("X\x7f: a"), 400},
      {with("Host : b"), 400},
      {with(" : a"), 400},
      {with("GET / HTTP/1.1"), 400},
      {with("Connection: a b"), 400},
      {with("Connection: a;b"), 400},
      {with("Connection: close, \"x\""), 400},
      {with("Content-Length : 5"), 400},
      {with("Content-Length\xc2\xa0: 5"), 400},
  });
}

TEST_CASE("a request is refused without exactly one valid Host") {
  const auto host = [](const std::string& value) { return "GET / HTTP/1.1\r\nHost: " + value + "\r\n\r\n"; };
  check({
      {"GET / HTTP/1.1\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nX-Host: a\r\n\r\n", 400},
      {"GET http://a/ HTTP/1.1\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: a\r\nhost: b\r\n\r\n", 400},
      {"GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", 400},
      {"GET http://a/ HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400},
      {host("a b"), 400},
      {host("a, b"), 400},
      {host("a,b"), 400},
      {host("user@a"), 400},
      {host("user:password@a"), 400},
      {host("a/b"), 400},
      {host("a?b"), 400},
      {host("a#b"), 400},
      {host("a\\b"), 400},
      {host("http://a"), 400},
      {host("a%00"), 400},
      {host("\xc3\xa9.example"), 400},
      {host(":80"), 400},
      {host("a:b"), 400},
      {host("a:-1"), 400},
      {host("a:+1"), 400},
      {host("a:80:80"), 400},
      {host("a:65536"), 400},
      {host("a:000080"), 400},
      {host("[::1"), 400},
      {host("[]"), 400},
      {host("[:]"), 400},
      {host("::1"), 400},
      {host("[::1]x"), 400},
      {host("[::1]80"), 400},
      {host("[::1]:x"), 400},
      {host("[::g]"), 400},
      {host("[fe80::1%25eth0]"), 400},
      {host("a;b"), 400},
      {host("(a)"), 400},
      {host("\"a\""), 400},
  });
}

TEST_CASE("a request is refused for a request line that isn't one") {
  const auto line = [](const std::string& text) { return text + "\r\nHost: a\r\n\r\n"; };
  check({
      {line(""), 400},
      {line("GET"), 400},
      {line("GET "), 400},
      {line("GET /"), 400},
      {line("GET / "), 400},
      {line("GET  / HTTP/1.1"), 400},
      {line("GET /  HTTP/1.1"), 400},
      {line("GET / HTTP/1.1 "), 400},
      {line("GET / HTTP/1.1\t"), 400},
      {line("GET\t/ HTTP/1.1"), 400},
      {line("GET /\tHTTP/1.1"), 400},
      {line("GET\x0b/ HTTP/1.1"), 400},
      {line("GET\xa0/ HTTP/1.1"), 400},
      {line("GET / a HTTP/1.1"), 400},
      {line("GET HTTP/1.1"), 400},
      {line("/ HTTP/1.1"), 400},
      {line("G/T / HTTP/1.1"), 400},
      {line("GET: / HTTP/1.1"), 400},
      {line("(GET) / HTTP/1.1"), 400},
      {line("G\xc9T / HTTP/1.1"), 400},
      {line("\x16\x03\x01\x02"), 400},
      {line("GET / http/1.1"), 400},
      {line("GET / Http/1.1"), 400},
      {line("GET / HTTP/1.10"), 400},
      {line("GET / HTTP/11.1"), 400},
      {line("GET / HTTP/01.1"), 400},
      {line("GET / HTTP/1"), 400},
      {line("GET / HTTP/1."), 400},
      {line("GET / HTTP/.1"), 400},
      {line("GET / HTTP/a.b"), 400},
      {line("GET / HTTP/1,1"), 400},
      {line("GET / HTTP 1.1"), 400},
      {line("GET / HTTP/-1.1"), 400},
      {line("GET / HTTPS/1.1"), 400},
      {line("GET / ICY/1.1"), 400},
      {line("GET / HTTP/1.2"), 505},
      {line("GET / HTTP/1.9"), 505},
      {line("GET / HTTP/0.9"), 505},
      {line("GET / HTTP/2.0"), 505},
      {line("GET / HTTP/3.1"), 505},
      {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505},
  });
}

TEST_CASE("a request is refused for a target that routers and servers could take otherwise") {
  const auto target = [](const std::string& text) { return "GET " + text + " HTTP/1.1\r\nHost: a\r\n\r\n"; };
  check({
      {target("x"), 400},
      {target("*"), 400},
      {target("?a"), 400},
      {target("a:80"), 400},
      {target("//"
              "\xc3\xa9"),
       400},
      {target("/\xff"), 400},
      {target("/\x7f"), 400},
      {target("/a#b"), 400},
      {target("/a?b#c"), 400},
      {target("/a\\b"), 400},
      {target("/<a>"), 400},
      {target("/\"a\""), 400},
      {target("/{a}"), 400},
      {target("/a^b"), 400},
      {target("/a`b"), 400},
      {target("http:/a/"), 400},
      {target("http:///a"), 400},
      {target("http://"), 400},
      {target("http://?a"), 400},
      {target("http://a?b"), 400},
      {target("http://user@a/"), 400},
      {target("http://user:password@a/"), 400},
      {target("http://a:x/"), 400},
      {target("http://a:65536/"), 400},
      {target("http://a,b/"), 400},
      {target("http://[::1/"), 400},
      {target("http://a\\@b/"), 400},
      {target("ftp://a/"), 400},
      {target("file:///etc/passwd"), 400},
      {target("javascript://a/"), 400},
      {target("://a/"), 400},
      {target("/x\r\nX: y"), 400},
      {"OPTIONS ** HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"OPTIONS *? HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {"CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n", 501},
      {"CONNECT / HTTP/1.1\r\nHost: a\r\n\r\n", 501},
  });
}

TEST_CASE("a request beyond the limits is refused, however it comes") {
  HeadLimits limits;
  limits.bytes_max = 200;
  limits.target_max = 50;
  limits.fields_max = 5;
  const auto result = [&](const std::string& bytes) {
    const std::string got = request_all_ways(bytes, limits);
    return got.substr(0, std::min(got.find(" ("), got.find(',')));
  };
  const auto target = [](std::size_t size) {
    return "GET /" + std::string(size - 1, 'x') + " HTTP/1.1\r\nHost: a\r\n\r\n";
  };
  CHECK(result(target(50)) == "complete");
  CHECK(result(target(51)) == "error 414");
  CHECK(result(target(500)) == "error 414");
  CHECK(result("GET /" + std::string(500, 'x')) == "error 414");
  CHECK(result("GET /?" + std::string(500, 'x')) == "error 414");
  CHECK(result(std::string(500, 'G')) == "error 414");

  // "GET / HTTP/1.1\r\nHost: a\r\n" has 25 bytes, "X: " and both line ends 7.
  const auto value = [](std::size_t size) {
    return "GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(size, 'y') + "\r\n\r\n";
  };
  CHECK(result(value(200 - 32)) == "complete");
  CHECK(result(value(200 - 31)) == "error 431");
  CHECK(result(value(1000)) == "error 431");
  CHECK(result("GET / HTTP/1.1\r\nHost: a\r\n" + std::string(1000, 'x')) == "error 431");

  const auto fields = [](std::size_t count) {
    std::string bytes = "GET / HTTP/1.1\r\nHost: a\r\n";
    for (std::size_t i = 1; i < count; ++i) bytes.append("X: y\r\n");
    return bytes + "\r\n";
  };
  CHECK(result(fields(5)) == "complete");
  CHECK(result(fields(6)) == "error 431");
  CHECK(result(fields(100)) == "error 431");

  // An error before the limit is an error, whether or not the bytes behind it are there.
  CHECK(result("GET / HTTP/1.1\r\nHost: a b\r\n" + std::string(1000, 'x')) == "error 400");
  CHECK(result("GET / HTTP/1.1\r\nHost: a\r\nX: " + std::string(1000, 'y') + "\n\r\n") == "error 431");
}

}  // namespace
}  // namespace meshtwin
