#include "real/testbed/shadow_counts.h"

#include <catch2/catch.hpp>

namespace meshtwin {
namespace {

TEST_CASE("what a shadow would have done is read off the metrics of all upstreams") {
  const ShadowCounts read = parse_shadow_counts(
      "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n\r\n"
      "# HELP shadow_total What was asked\n"
      "# TYPE shadow_total counter\n"
      "shadow_total{upstream=\"a\",decision=\"picks\"} 120\n"
      "shadow_total{upstream=\"b\",decision=\"picks\"} 3\n"
      "shadow_total{upstream=\"a\",decision=\"picks_differing\"} 40\n"
      "shadow_pick_distance{upstream=\"a\"} 0.25\n"
      "shadow_pick_total{upstream=\"a\",endpoint=\"a/0\",by=\"policy\"} 7\n"
      "shadow_pick_total{upstream=\"a\",endpoint=\"a/2\",by=\"policy\"} 8\n"
      "shadow_pick_total{upstream=\"a\",endpoint=\"a/2\",by=\"shadow\"} 9\n"
      "shadow_pick_total{upstream=\"a\",endpoint=\"nowhere\",by=\"shadow\"} 5\n"
      "shadow_totals{upstream=\"a\",decision=\"picks\"} 1000\n"
      "upstream_call_total{upstream=\"picks\"} 7\n"
      "shadow_total{upstream=\"a\",decision=\"ejections\"} 2");
  const ShadowCounters& counts = read.counters;
  CHECK(counts[ShadowCounters::picks] == 123);
  CHECK(counts[ShadowCounters::picks_differing] == 40);
  CHECK(counts[ShadowCounters::ejections] == 2);
  CHECK(counts[ShadowCounters::attempts] == 0);
  REQUIRE(read.shares.size() == 3);
  CHECK((read.shares[0].policy == 7 && read.shares[0].shadow == 0));
  CHECK((read.shares[1].policy == 0 && read.shares[1].shadow == 0));
  CHECK((read.shares[2].policy == 8 && read.shares[2].shadow == 9));
  for (const char* nothing : {"", "shadow_total{", "shadow_pick_total{", "shadow_pick_total{endpoint=\"a/"}) {
    CHECK(parse_shadow_counts(nothing).counters.counts == ShadowCounters{}.counts);
    CHECK(parse_shadow_counts(nothing).shares.empty());
  }
}

}  // namespace
}  // namespace meshtwin
