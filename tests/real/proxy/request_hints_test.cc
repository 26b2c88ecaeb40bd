#include "real/proxy/request_hints.h"

#include <catch2/catch.hpp>
#include <string>

#include "real/http/head_parser.h"

namespace meshtwin::test {
namespace {

using std::chrono::milliseconds;

template <class Reading>
auto of_request(const std::string& line, const Reading& reading) {
  const std::string bytes = "GET / HTTP/1.1\r\nhost: a\r\n" + line + "\r\n\r\n";
  RequestHead head;
  HeadScan scan;
  REQUIRE(parse_request_head(bytes, {}, head, scan).status == ParseStatus::complete);
  return reading(head);
}

TEST_CASE("A request's timeout is a number of milliseconds above 0") {
  const auto timeout = [](const std::string& value) {
    return of_request("X-Envoy-Expected-Rq-Timeout-Ms: " + value, expected_timeout);
  };
  CHECK(timeout("250") == milliseconds(250));
  for (const char* bad : {"0", "-5", "", "1.5", "5ms", "99999999999999999999"}) {
    INFO(bad);
    CHECK_FALSE(timeout(bad));
  }
}

TEST_CASE("A request's urgency is that of RFC 9218, 3 where it has none") {
  const auto urgency = [](const std::string& value) { return of_request("priority: " + value, urgency_of); };
  CHECK(urgency("u=0") == 0);
  CHECK(urgency("i, u=7") == 7);
  CHECK(urgency("u=5, i") == 5);
  for (const char* none : {"u=8", "u=-1", "u=10", "urgent", "i", "u"}) CHECK(urgency(none) == 3);
}

}  // namespace
}  // namespace meshtwin::test
