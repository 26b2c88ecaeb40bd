#include "core/upstream/endpoint_set.h"

#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <vector>

namespace meshtwin {
namespace {

using List = std::vector<EndpointIndex>;

MembershipPtr members(const std::vector<Member>& list) { return std::make_shared<const Membership>(list); }
List eligible(const EndpointSet& set) { return {set.eligible().begin(), set.eligible().end()}; }

TEST_CASE("A membership knows its members and their weights") {
  const Membership some({{2, 5}, {7, 5}, {9, 5}});
  CHECK(some.endpoints() == List{2, 7, 9});
  CHECK(some.contains(7));
  CHECK_FALSE(some.contains(8));
  CHECK(some.weight(9) == 5);
  CHECK(some.weight(8) == 0);
  CHECK(some.weight(100) == 0);
  CHECK(some.equal_weights());
  CHECK(some.index_bound() == 10);
  CHECK_FALSE(Membership({{0, 1}, {1, 2}}).equal_weights());
  const Membership none(std::vector<Member>{});
  CHECK(none.endpoints().empty());
  CHECK_FALSE(none.contains(0));
  CHECK(none.equal_weights());
}

TEST_CASE("No endpoints are known at first, which is not the same as none") {
  EndpointSet set;
  CHECK_FALSE(set.known());
  CHECK(set.eligible().empty());
  CHECK_FALSE(set.is_eligible(0));
  set.set_ejected(0, true);
  set.update(members({}));
  CHECK(set.known());
  CHECK(set.eligible().empty());
}

TEST_CASE("Ejected members are not eligible, and each change has a version") {
  EndpointSet set;
  set.update(members({{0, 1}, {1, 1}, {4, 1}}));
  const std::uint64_t start = set.version();
  set.set_ejected(1, false);
  set.set_ejected(3, true);
  CHECK(set.version() == start);
  set.set_ejected(1, true);
  CHECK(set.version() == start + 1);
  set.set_ejected(1, true);
  CHECK(set.version() == start + 1);
  CHECK(eligible(set) == List{0, 4});
  CHECK_FALSE(set.is_eligible(1));
  set.set_ejected(0, true);
  set.set_ejected(4, true);
  CHECK(eligible(set).empty());
  set.set_ejected(4, false);
  CHECK(eligible(set) == List{4});
  set.set_ejected(0, false);
  set.set_ejected(1, false);
  CHECK(eligible(set) == List{0, 1, 4});
}

TEST_CASE("Members keep their ejection over an update, those that left lose it") {
  EndpointSet set;
  set.update(members({{0, 1}, {1, 1}, {2, 1}}));
  set.set_ejected(0, true);
  set.set_ejected(1, true);
  const std::uint64_t version = set.version();
  set.update(members({{1, 1}, {2, 1}, {3, 1}}));
  CHECK(set.version() > version);
  CHECK(eligible(set) == List{2, 3});
  set.update(members({{0, 1}, {1, 1}}));
  CHECK(eligible(set) == List{0});
}

TEST_CASE("Unhealthy members are members and not eligible") {
  const Membership some({{2, 1, true}, {3, 1, false}, {5, 1, false}});
  CHECK(some.endpoints() == List{2, 3, 5});
  CHECK(some.unhealthy() == List{3, 5});
  CHECK(some.healthy(2));
  CHECK_FALSE(some.healthy(3));
  CHECK_FALSE(some.healthy(4));

  EndpointSet set;
  set.update(members({{0, 1}, {1, 1}, {2, 1}, {3, 1}}));
  set.attempt_started(1);
  set.set_ejected(2, true);
  set.update(members({{0, 1, false}, {1, 1, false}, {2, 1}, {3, 1}}));
  CHECK(eligible(set) == List{3});
  CHECK(set.active(1) == 1);
  const std::uint64_t version = set.version();
  set.set_ejected(1, true);
  CHECK(set.version() > version);
  CHECK(eligible(set) == List{3});
  set.update(members({{0, 1}, {1, 1}, {2, 1}, {3, 1}}));
  CHECK(eligible(set) == List{0, 3});
  set.set_ejected(1, false);
  set.set_ejected(2, false);
  CHECK(eligible(set) == List{0, 1, 2, 3});
  set.update(members({{0, 1, false}}));
  CHECK(eligible(set).empty());
}

TEST_CASE("The standing of an endpoint: health comes before ejection, membership before both") {
  EndpointSet set;
  CHECK(set.standing(0) == Standing::not_a_member);
  set.update(members({{0, 1}, {1, 1}, {2, 1, false}, {4, 1, false}}));
  set.set_ejected(1, true);
  set.set_ejected(2, true);
  const std::vector<std::string> expected = {"eligible", "ejected", "unhealthy", "not_a_member", "unhealthy",
                                             "not_a_member"};
  for (EndpointIndex e = 0; e < expected.size(); ++e) CHECK(name(set.standing(e)) == expected[e]);
}

TEST_CASE("Active requests outlive the membership") {
  EndpointSet set;
  set.update(members({{0, 1}, {5, 2}}));
  set.attempt_started(5);
  set.attempt_started(5);
  set.update(members({{0, 1}}));
  CHECK(set.active(5) == 2);
  CHECK(set.weight(5) == 0);
  set.attempt_finished(5);
  set.update(members({{0, 1}, {5, 2}}));
  CHECK(set.active(5) == 1);
  CHECK(set.weight(5) == 2);
}

}  // namespace
}  // namespace meshtwin
