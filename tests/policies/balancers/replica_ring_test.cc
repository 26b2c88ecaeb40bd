#include "policies/balancers/replica_ring.h"

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <map>
#include <set>
#include <string>

#include "tests/policies/balancers/bench_of_endpoints.h"

namespace meshtwin::test {
namespace {

using Replicas = std::set<EndpointIndex>;
constexpr std::uint64_t kKeys = 1'200;

// Evenly spread over all there are.
std::uint64_t key_of(std::uint64_t number) {
  constexpr std::uint64_t kStep = ~std::uint64_t{0} / kKeys;
  return kStep * number + kStep / 2;
}

class Ring {
 public:
  void set(const std::vector<std::uint32_t>& members, std::uint32_t weight = 1) {
    std::vector<Member> list;
    for (const EndpointIndex e : members) list.push_back({e, weight});
    endpoints.update(std::make_shared<const Membership>(list));
  }
  std::vector<EndpointIndex> drawn(std::uint64_t key, std::size_t count,
                                   const std::vector<EndpointIndex>& excluded = {}) {
    std::array<EndpointIndex, kMaxChoices> out{};
    const std::size_t taken = ring.draw(PickContext{endpoints, excluded, random, Time{}, key}, count, out);
    return {out.begin(), out.begin() + static_cast<std::ptrdiff_t>(taken)};
  }
  Replicas replicas(std::uint64_t key, std::size_t count, const std::vector<EndpointIndex>& excluded = {}) {
    const auto list = drawn(key, count, excluded);
    Replicas out(list.begin(), list.end());
    REQUIRE(out.size() == list.size());
    return out;
  }

  EndpointSet endpoints;
  ReplicaRing ring;
  RandomStream random{1};
};

TEST_CASE("Replicas of a key: each member has as many keys, and each key its neighbours on the ring") {
  Ring ring;
  ring.set({0, 1, 2, 3, 4, 5});
  std::map<Replicas, std::uint64_t> keys;
  for (std::uint64_t k = 0; k < kKeys; ++k) ++keys[ring.replicas(key_of(k), 3)];
  CHECK(keys == std::map<Replicas, std::uint64_t>{{{0, 1, 2}, 200}, {{1, 2, 3}, 200}, {{2, 3, 4}, 200},
                                                  {{3, 4, 5}, 200}, {{0, 4, 5}, 200}, {{0, 1, 5}, 200}});
}

TEST_CASE("Replicas of a key: each of them comes first as often, so that the first of equals may win") {
  Ring ring;
  ring.set({0, 1, 2, 3, 4, 5});
  std::map<EndpointIndex, int> first;
  for (int i = 0; i < 30'000; ++i) ++first[ring.drawn(key_of(0), 3)[0]];
  CHECK(first.size() == 3);
  for (const auto& [endpoint, count] : first) CHECK(count == Approx(10'000).margin(400));
}

// Who is out keeps its place: the others' keys stay, and its own have one replica less.
TEST_CASE("Replicas of a key: those that are out or excluded are left out, and others step in only for all of them") {
  Ring ring;
  ring.set({0, 1, 2, 3, 4, 5});
  ring.endpoints.set_ejected(1, true);
  CHECK(ring.replicas(key_of(0), 3) == Replicas{0, 2});
  CHECK(ring.replicas(key_of(0), 3, {0}) == Replicas{2});
  CHECK(ring.replicas(key_of(0), 3, {0, 2}) == Replicas{3});
  CHECK(ring.replicas(key_of(0), 3, {0, 2, 3, 4, 5}) == Replicas{0, 2});
  CHECK(ring.replicas(key_of(kKeys / 6 * 3), 3) == Replicas{3, 4, 5});
}

TEST_CASE("Replicas of a key: members of weight 0 have no place, unless all have that weight") {
  Ring ring;
  ring.endpoints.update(std::make_shared<const Membership>(std::vector<Member>{{0, 1}, {1, 0}, {2, 5}, {3, 1}}));
  CHECK(ring.replicas(key_of(0), 3) == Replicas{0, 2, 3});
  CHECK(ring.replicas(key_of(0), 2) == Replicas{0, 2});
  ring.set({0, 1, 2}, 0);
  CHECK(ring.replicas(key_of(0), 2) == Replicas{0, 1});
}

TEST_CASE("Replicas of a key: one member that comes or goes takes one replica from a key, two at the seam at most") {
  for (EndpointIndex changed = 0; changed < 10; ++changed) {
    Ring with, without;
    std::vector<std::uint32_t> members;
    for (EndpointIndex e = 0; e < 10; ++e) members.push_back(e);
    with.set(members);
    members.erase(members.begin() + changed);
    without.set(members);
    std::uint64_t kept_less = 0;
    for (std::uint64_t k = 0; k < kKeys; ++k) {
      const Replicas before = with.replicas(key_of(k), 3), after = without.replicas(key_of(k), 3);
      const auto kept = std::count_if(before.begin(), before.end(), [&](EndpointIndex e) { return after.contains(e); });
      REQUIRE(kept >= 1);
      kept_less += kept == 1 ? 1 : 0;
    }
    CHECK(kept_less <= kKeys / 10);
  }
}

// By name, and not by number, which a client gives out as it learns of them.
TEST_CASE("Replicas of a key are the same for clients that learnt of the members in another order") {
  Ring one, other;
  one.set({0, 1, 2, 3, 4});
  other.set({0, 1, 2, 3, 4});
  const auto names = [](const std::string& letters) {
    auto out = std::make_shared<EndpointNames>();
    for (EndpointIndex e = 0; e < letters.size(); ++e) out->add(e, letters.substr(e, 1));
    return out;
  };
  one.endpoints.set_names(names("abcde"));
  other.endpoints.set_names(names("edcba"));
  for (std::uint64_t k = 0; k < kKeys; ++k) {
    Replicas mirrored;
    for (const EndpointIndex e : other.replicas(key_of(k), 3)) mirrored.insert(4 - e);
    REQUIRE(one.replicas(key_of(k), 3) == mirrored);
  }
}

TEST_CASE("Balancers that compare replicas go to the better one of the key's, and to no other") {
  const HashKeyConfig key;
  const BalancerConfig config = GENERATE_COPY(BalancerConfig(LeastRequestConfig{2, 1, std::nullopt, false, key}),
                                              BalancerConfig(PeakEwmaConfig{.replicas_of = key}),
                                              BalancerConfig(C3Config{2, 1, 0.1, std::nullopt, key}));
  BenchOfEndpoints bench(config, {1, 1, 1, 1, 1, 1});
  bench.reports = true;
  bench.key = key_of(0);
  for (const EndpointIndex e : {0u, 1u, 2u}) {
    bench.start(e);
    bench.finish(e, std::chrono::milliseconds(5));
  }
  const auto idle = bench.count(6, 1'000);
  CHECK(idle[0] + idle[1] == 1'000);
  CHECK(std::min(idle[0], idle[1]) > 400);
  bench.start(0);
  CHECK(bench.count(6, 100)[1] == 100);
  RandomStream random(1);
  Replicas uniformly;
  for (int i = 0; i < 100; ++i) {
    const PickContext context{bench.endpoints, {}, random, bench.now, bench.key};
    uniformly.insert(bench.balancer().pick_uniformly(context).endpoint);
  }
  CHECK(uniformly == Replicas{0, 1});
  bench.key.reset();
  const auto without_key = bench.count(6, 3'000);
  CHECK(*std::min_element(without_key.begin() + 1, without_key.end()) > 100);
}

TEST_CASE("Least request among replicas heeds weights") {
  BenchOfEndpoints bench(LeastRequestConfig{2, 1, std::nullopt, false, HashKeyConfig{}}, {1, 4, 1});
  bench.key = key_of(0);
  bench.start(1);
  bench.start(1);
  CHECK(bench.count(3, 100)[1] == 100);  // 4 / 3 to 1
  bench.start(1);
  bench.start(1);
  CHECK(bench.count(3, 100)[0] == 100);  // 4 / 5 to 1
}

}  // namespace
}  // namespace meshtwin::test
