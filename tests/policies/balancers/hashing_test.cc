// Ring hash and Maglev: layouts as published, few keys move, bounded loads.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <string>
#include <vector>

#include "core/random/stream.h"
#include "policies/balancers/hash_ring.h"
#include "policies/balancers/maglev_table.h"
#include "tests/policies/balancers/bench_of_endpoints.h"

namespace meshtwin::test {
namespace {

EndpointNamesPtr named(std::size_t count, std::string_view prefix, std::uint32_t from) {
  auto names = std::make_shared<EndpointNames>();
  for (std::size_t i = 0; i < count; ++i) {
    names->add(static_cast<EndpointIndex>(i), std::string(prefix) + std::to_string(from + i));
  }
  return names;
}

// 127.0.0.1:90 and so on, as in Envoy's tests.
EndpointSet envoys(const std::vector<std::uint32_t>& weights) {
  std::vector<Member> members;
  for (EndpointIndex e = 0; e < weights.size(); ++e) members.push_back({e, weights[e]});
  EndpointSet set;
  set.set_names(named(weights.size(), "127.0.0.1:", 90));
  set.update(std::make_shared<const Membership>(members));
  return set;
}

std::vector<EndpointIndex> owners(BenchOfEndpoints& bench, std::uint64_t keys) {
  std::vector<EndpointIndex> out;
  for (std::uint64_t k = 0; k < keys; ++k) {
    bench.key = xxh64(std::to_string(k));
    out.push_back(bench.pick());
  }
  return out;
}

std::size_t differing(const std::vector<EndpointIndex>& a, const std::vector<EndpointIndex>& b) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < a.size(); ++i) count += a[i] != b[i] ? 1 : 0;
  return count;
}

// Envoy, test/common/upstream/ring_hash_lb_test.cc, "Basic".
TEST_CASE("Ring hash: six endpoints on a ring of twelve stand where Envoy puts them") {
  HashRing ring(RingHashConfig{{}, 12, 8'388'608, {}});
  ring.build(envoys({1, 1, 1, 1, 1, 1}));
  const std::vector<std::pair<std::uint64_t, EndpointIndex>> published = {
      {833437586790550860u, 4},   {928266305478181108u, 2},   {1033482794131418490u, 0},
      {3551244743356806947u, 5},  {3851675632748031481u, 3},  {5583722120771150861u, 1},
      {6311230543546372928u, 1},  {7700377290971790572u, 3},  {13144177310400110813u, 5},
      {13444792449719432967u, 2}, {15516499411664133160u, 4}, {16117243373044804889u, 0}};
  REQUIRE(ring.size() == published.size());
  for (std::size_t i = 0; i < published.size(); ++i) {
    CHECK(ring.point(i) == published[i].first);
    CHECK(ring.endpoint(i) == published[i].second);
    CHECK(ring.place(published[i].first) == i);
    CHECK(ring.place(published[i].first + 1) == (i + 1) % published.size());
  }
  CHECK(ring.place(0) == 0);
  CHECK(ring.place(~std::uint64_t{0}) == 0);
}

// Envoy, test/common/upstream/maglev_lb_test.cc, "Basic" and "Weighted".
TEST_CASE("Maglev: tables of seven and of seventeen entries are Envoy's") {
  const auto table_of = [](std::uint32_t size, const std::vector<std::uint32_t>& weights) {
    MaglevTable table(MaglevConfig{{}, size, {}});
    table.build(envoys(weights));
    std::vector<EndpointIndex> out;
    for (std::uint64_t key = 0; key < 3 * size; ++key) {
      CHECK(table.place(key) == key % size);
      if (key < size) out.push_back(table.endpoint(key));
    }
    return out;
  };
  CHECK(table_of(7, {1, 1, 1, 1, 1, 1}) == std::vector<EndpointIndex>{2, 4, 0, 1, 5, 0, 3});
  CHECK(table_of(17, {1, 2}) ==
        std::vector<EndpointIndex>{1, 0, 0, 1, 0, 1, 1, 0, 1, 1, 1, 1, 1, 0, 1, 0, 1});
}

TEST_CASE("Ring hash: a place is the first point at or after the key, whatever the key") {
  HashRing ring(RingHashConfig{{}, 500, 8'388'608, {}});
  for (const std::size_t endpoints : {std::size_t{1}, std::size_t{2}, std::size_t{7}, std::size_t{600}}) {
    ring.build(envoys(std::vector<std::uint32_t>(endpoints, 1)));
    RandomStream random(endpoints);
    for (int i = 0; i < 20'000; ++i) {
      const std::uint64_t key = random.next();
      std::size_t first = 0;
      while (first < ring.size() && ring.point(first) < key) ++first;
      REQUIRE(ring.place(key) == first % ring.size());
    }
  }
}

TEST_CASE("Ring hash: points are in proportion to weights, and the lightest endpoint has one") {
  HashRing ring(RingHashConfig{{}, 1024, 8'388'608, {}});
  ring.build(envoys({1, 2, 5}));
  std::vector<int> points(3);
  for (std::size_t i = 0; i < ring.size(); ++i) ++points[ring.endpoint(i)];
  CHECK(points == std::vector<int>{128, 256, 640});
  HashRing small(RingHashConfig{{}, 1, 8'388'608, {}});
  small.build(envoys({1, 1000}));
  CHECK(small.size() == 1001);
  HashRing bounded(RingHashConfig{{}, 1, 10, {}});
  bounded.build(envoys({1, 1, 1}));
  CHECK(bounded.size() == 3);
}

TEST_CASE("The shares of keys that are reported add up, and are those that are picked") {
  for (const BalancerConfig& config : {BalancerConfig(RingHashConfig{}), BalancerConfig(MaglevConfig{})}) {
    BenchOfEndpoints bench(config, {1, 2, 3, 4});
    constexpr std::uint64_t kKeys = 100'000;
    std::vector<double> counts(4);
    for (const EndpointIndex e : owners(bench, kKeys)) ++counts[e];
    double sum = 0;
    for (EndpointIndex e = 0; e < 4; ++e) {
      const double share = bench.score(e);
      CHECK(std::abs(counts[e] - kKeys * share) < 3.9 * std::sqrt(kKeys * share * (1 - share)));
      sum += share;
    }
    CHECK(sum == Approx(1).epsilon(1e-12));
  }
}

TEST_CASE("Maglev: entries differ by one at most where weights are equal, and follow them where they aren't") {
  for (const std::size_t count : {std::size_t{3}, std::size_t{10}, std::size_t{1000}}) {
    MaglevTable table(MaglevConfig{});
    table.build(envoys(std::vector<std::uint32_t>(count, 7)));
    double least = 1;
    double most = 0;
    for (EndpointIndex e = 0; e < count; ++e) {
      least = std::min(least, table.share(e));
      most = std::max(most, table.share(e));
    }
    CHECK(std::lround((most - least) * static_cast<double>(table.size())) <= 1);
  }
  MaglevTable table(MaglevConfig{});
  table.build(envoys({1, 2, 5}));
  for (EndpointIndex e = 0; e < 3; ++e) {
    CHECK(table.share(e) == Approx(std::vector<double>{1. / 8, 2. / 8, 5. / 8}[e]).margin(2.0 / 65537));
  }
}

TEST_CASE("With one key more or one member more, nothing but what has to move moves on a ring") {
  BenchOfEndpoints bench(RingHashConfig{{}, 1, 8'388'608, {}}, std::vector<std::uint32_t>(200, 1));
  const auto before = owners(bench, 20'000);
  bench.set_weights(std::vector<std::uint32_t>(201, 1));  // a point each, with and without it
  const auto after = owners(bench, 20'000);
  for (std::size_t i = 0; i < before.size(); ++i) REQUIRE((after[i] == before[i] || after[i] == 200));
}

// NSDI 2016, figure 12, and section 5.3: on top of the removed backend's part, up to a few percent of the entries
// change where the table is a hundred times as large as the number of backends.
TEST_CASE("Maglev: a member that leaves moves its own keys and few others") {
  constexpr std::uint64_t kKeys = 60'000;
  BenchOfEndpoints bench(MaglevConfig{}, std::vector<std::uint32_t>(100, 1));
  const auto before = owners(bench, kKeys);
  std::vector<Member> members;
  for (EndpointIndex e = 0; e < 99; ++e) members.push_back({e, 1});
  bench.set_members(members);
  const auto after = owners(bench, kKeys);
  std::size_t own = 0;
  std::size_t others = 0;
  for (std::size_t i = 0; i < before.size(); ++i) {
    if (before[i] == 99) {
      ++own;
    } else if (before[i] != after[i]) {
      ++others;
    }
  }
  CHECK(own == Approx(kKeys / 100.0).epsilon(.15));
  CHECK(static_cast<double>(others) < .02 * kKeys);
}

TEST_CASE("An ejection moves the keys of the ejected endpoint alone, and they come back") {
  for (const BalancerConfig& config : {BalancerConfig(RingHashConfig{}), BalancerConfig(MaglevConfig{})}) {
    BenchOfEndpoints bench(config, std::vector<std::uint32_t>(20, 1));
    const auto before = owners(bench, 20'000);
    bench.endpoints.set_ejected(4, true);
    const auto during = owners(bench, 20'000);
    std::vector<int> heirs(20);
    for (std::size_t i = 0; i < before.size(); ++i) {
      REQUIRE((before[i] == 4) == (before[i] != during[i]));
      if (before[i] == 4) ++heirs[during[i]];
    }
    CHECK(std::count(heirs.begin(), heirs.end(), 0) <= 2);  // itself, and hardly another one
    bench.endpoints.set_ejected(4, false);
    CHECK(differing(before, owners(bench, 20'000)) == 0);
  }
}

TEST_CASE("A retry that avoids its first endpoint has a second one of its own, the same each time") {
  for (const BalancerConfig& config : {BalancerConfig(RingHashConfig{}), BalancerConfig(MaglevConfig{})}) {
    BenchOfEndpoints bench(config, std::vector<std::uint32_t>(20, 1));
    for (std::uint64_t key = 0; key < 500; ++key) {
      bench.key = mix(key, 1);
      const EndpointIndex first = bench.pick();
      const EndpointIndex second = bench.pick({first});
      CHECK(first != second);
      CHECK(second == bench.pick({first}));
      CHECK(first == bench.pick());
    }
  }
}

TEST_CASE("Clients that call the endpoints by the same names agree, whatever their numbers") {
  for (const BalancerConfig& config : {BalancerConfig(RingHashConfig{}), BalancerConfig(MaglevConfig{})}) {
    BenchOfEndpoints one(config, {1});
    BenchOfEndpoints two(config, {1});
    one.endpoints.set_names(named(8, "checkout/", 0));
    auto shifted = std::make_shared<EndpointNames>();
    for (EndpointIndex e = 0; e < 8; ++e) shifted->add(e + 3, "checkout/" + std::to_string(e));
    two.endpoints.set_names(shifted);
    std::vector<Member> members;
    one.set_weights(std::vector<std::uint32_t>(8, 1));
    for (EndpointIndex e = 0; e < 8; ++e) members.push_back({e + 3, 1});
    two.set_members(members);
    const auto a = owners(one, 5'000);
    const auto b = owners(two, 5'000);
    std::size_t same = 0;
    for (std::size_t i = 0; i < a.size(); ++i) same += a[i] + 3 == b[i] ? 1 : 0;
    // Maglev's turns go by number, so that the order of members shows in a few entries where it differs.
    CHECK(same == a.size());
  }
}

TEST_CASE("Without a key, requests are spread at random") {
  BenchOfEndpoints bench(MaglevConfig{}, std::vector<std::uint32_t>(4, 1));
  for (const std::uint64_t count : bench.count(4, 40'000)) {
    CHECK(std::abs(static_cast<double>(count) - 10'000) < 3.9 * std::sqrt(7'500));
  }
}

// Mirrokni, Thorup, Zadimoghaddam: no endpoint has more than ceil(f * (m + 1) / n) of m requests under way.
TEST_CASE("Bounded loads: one hot key fills an endpoint up to its bound, and then the next ones") {
  for (const BalancerConfig& config : {BalancerConfig(RingHashConfig{{}, 1024, 8'388'608, 125}),
                                       BalancerConfig(MaglevConfig{{}, 65'537, 125})}) {
    BenchOfEndpoints bench(config, std::vector<std::uint32_t>(10, 1));
    bench.key = 12345;
    const EndpointIndex first = bench.pick();
    for (std::uint32_t m = 0; m < 1000; ++m) {
      const EndpointIndex e = bench.pick();
      bench.start(e);
      REQUIRE(bench.endpoints.active(e) <= std::ceil(1.25 * (m + 1) / 10));
    }
    CHECK(bench.endpoints.active(first) == 125);
    // Every other key is where it would be without a bound, as far as there is room.
    BenchOfEndpoints idle(config, std::vector<std::uint32_t>(10, 1));
    idle.key = 12345;
    CHECK(idle.pick() == first);
  }
}

TEST_CASE("Bounded loads: parts are by weight, and all are full at once only above the bound") {
  BenchOfEndpoints bench(MaglevConfig{{}, 65'537, 100}, {1, 3});
  RandomStream random(5);
  for (std::uint32_t m = 0; m < 400; ++m) {
    bench.key = random.next();
    const EndpointIndex e = bench.pick();
    bench.start(e);
    REQUIRE(bench.endpoints.active(e) <= std::ceil((m + 1) * (e == 0 ? .25 : .75)));
  }
  CHECK(bench.endpoints.active(0) == 100);
}

}  // namespace
}  // namespace meshtwin::test
