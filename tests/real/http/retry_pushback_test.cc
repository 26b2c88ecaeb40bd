#include "real/http/retry_pushback.h"

#include <catch2/catch.hpp>
#include <string>

#include "real/http/head_parser.h"

namespace meshtwin::test {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

std::optional<Duration> retry_of(const std::string& line) {
  const std::string bytes = "HTTP/1.1 503 No\r\n" + line + "\r\ncontent-length: 0\r\n\r\n";
  ResponseHead head;
  HeadScan scan;
  REQUIRE(parse_response_head(bytes, {}, Method::get, head, scan).status == ParseStatus::complete);
  return retry_after(head);
}

TEST_CASE("A response says when to retry in seconds, or as gRPC does") {
  CHECK(retry_of("retry-after: 2") == seconds(2));
  CHECK(retry_of("Retry-After: 0") == seconds(0));
  CHECK_FALSE(retry_of("retry-after: Fri, 31 Dec 1999 23:59:59 GMT"));
  CHECK_FALSE(retry_of("retry-after: -1"));
  CHECK(retry_of("grpc-retry-pushback-ms: 15") == milliseconds(15));
  CHECK(*retry_of("grpc-retry-pushback-ms: -1") < Duration::zero());
  CHECK(*retry_of("grpc-retry-pushback-ms: soon") < Duration::zero());
  CHECK_FALSE(retry_of("server: x"));
}

TEST_CASE("A pushback that was written is read again, in milliseconds") {
  const auto again = [](Duration wish) {
    std::string line;
    append_retry_pushback(wish, line);
    REQUIRE(line.ends_with("\r\n"));
    return retry_of(line.substr(0, line.size() - 2));
  };
  for (const Duration wish : {Duration(0), Duration(milliseconds(1)), Duration(seconds(90))}) CHECK(again(wish) == wish);
  CHECK(again(microseconds(1600)) == milliseconds(2));
  CHECK(*again(Duration(-1)) < Duration::zero());
}

}  // namespace
}  // namespace meshtwin::test
