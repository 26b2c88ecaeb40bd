#include <catch2/catch.hpp>

#include <limits>

#include "core/results/replication_codec.h"

using namespace meshtwin;

namespace {

// Different numbers everywhere, among them ones that doubles or 32 bits couldn't hold.
class Numbers {
 public:
  std::uint64_t whole() { return std::numeric_limits<std::uint64_t>::max() - ++used_; }
  std::uint32_t small() { return 7 + ++used_; }
  double real() { return 0.1 * ++used_; }
  Duration duration() { return Duration((std::int64_t{1} << 60) + ++used_); }
  LatencySummary summary() { return {real(), real(), real(), real(), real(), real(), real()}; }
  Histogram histogram() {
    Histogram out;
    out.record(duration(), small());
    out.record(Duration(small()), 3);
    return out;
  }

 private:
  std::uint32_t used_ = 0;
};

Replication sample() {
  Numbers n;
  Replication out{n.whole(), n.whole(), Time(n.duration()), true, n.duration(), {}, "real", {"late", "hot"}};
  for (int i = 0; i < 2; ++i) {
    ServiceTotals& s = out.services.emplace_back();
    s.requests = n.whole(), s.successes = n.whole(), s.succeeded_in_time = n.whole(), s.attempts = n.whole();
    s.connections_opened = n.whole();
    for (auto& failures : s.failures) failures = n.whole();
    s.success_latency = n.histogram();
    if (i == 0) s.failure_latency = n.histogram();
    s.endpoints = {{n.whole(), n.whole(), n.duration()}, {n.whole(), n.whole(), n.duration()}};
    s.batches = {{n.whole(), n.whole(), n.whole(), n.whole(), n.whole(), n.summary(), n.summary()}};
    s.slices = {{n.whole(), n.whole(), n.whole(), n.real(), n.summary(), {n.small(), n.small()}}};
    for (auto& count : s.shadow.counts) count = n.whole();
    s.shadow_shares = {{n.whole(), n.whole()}, {n.whole(), n.whole()}};
  }
  return out;
}

std::vector<double> members(const LatencySummary& s) {
  return {s.mean, s.p50, s.p90, s.p95, s.p99, s.p999, s.max};
}

void check_same(const ServiceTotals& a, const ServiceTotals& b) {
  CHECK(a.requests == b.requests);
  CHECK(a.successes == b.successes);
  CHECK(a.succeeded_in_time == b.succeeded_in_time);
  CHECK(a.attempts == b.attempts);
  CHECK(a.connections_opened == b.connections_opened);
  CHECK(a.failures == b.failures);
  CHECK(a.success_latency.data() == b.success_latency.data());
  CHECK(a.failure_latency.data() == b.failure_latency.data());
  CHECK(a.shadow.counts == b.shadow.counts);
  REQUIRE(a.shadow_shares.size() == b.shadow_shares.size());
  for (std::size_t i = 0; i < a.shadow_shares.size(); ++i) {
    CHECK(a.shadow_shares[i].policy == b.shadow_shares[i].policy);
    CHECK(a.shadow_shares[i].shadow == b.shadow_shares[i].shadow);
  }
  REQUIRE(a.endpoints.size() == b.endpoints.size());
  for (std::size_t i = 0; i < a.endpoints.size(); ++i) {
    CHECK(a.endpoints[i].attempts == b.endpoints[i].attempts);
    CHECK(a.endpoints[i].failures == b.endpoints[i].failures);
    CHECK(a.endpoints[i].demand == b.endpoints[i].demand);
    CHECK(a.endpoints[i].busy == b.endpoints[i].busy);
  }
  REQUIRE(a.batches.size() == b.batches.size());
  for (std::size_t i = 0; i < a.batches.size(); ++i) {
    CHECK(a.batches[i].requests == b.batches[i].requests);
    CHECK(a.batches[i].ended == b.batches[i].ended);
    CHECK(a.batches[i].succeeded_in_time == b.batches[i].succeeded_in_time);
    CHECK(a.batches[i].successes == b.batches[i].successes);
    CHECK(a.batches[i].attempts == b.batches[i].attempts);
    CHECK(members(a.batches[i].latency) == members(b.batches[i].latency));
    CHECK(members(a.batches[i].success_latency) == members(b.batches[i].success_latency));
  }
  REQUIRE(a.slices.size() == b.slices.size());
  for (std::size_t i = 0; i < a.slices.size(); ++i) {
    CHECK(a.slices[i].started == b.slices[i].started);
    CHECK(a.slices[i].finished == b.slices[i].finished);
    CHECK(a.slices[i].succeeded == b.slices[i].succeeded);
    CHECK(a.slices[i].mean_in_flight == b.slices[i].mean_in_flight);
    CHECK(members(a.slices[i].latency) == members(b.slices[i].latency));
    CHECK(a.slices[i].endpoint_attempts == b.slices[i].endpoint_attempts);
  }
}

}  // namespace

TEST_CASE("a replication comes back exactly") {
  const Replication before = sample();
  const Result<Replication> decoded = decode(encode(before));
  REQUIRE(decoded.ok());
  const Replication& after = decoded.value();
  CHECK(after.seed == before.seed);
  CHECK(after.events == before.events);
  CHECK(after.ended_at == before.ended_at);
  CHECK(after.partial);
  CHECK(after.slice_length == before.slice_length);
  CHECK(after.on == "real");
  CHECK(after.warnings == before.warnings);
  REQUIRE(after.services.size() == 2);
  for (std::size_t i = 0; i < 2; ++i) check_same(after.services[i], before.services[i]);
}

TEST_CASE("an empty replication comes back empty") {
  const Result<Replication> decoded = decode(encode({}));
  REQUIRE(decoded.ok());
  CHECK(decoded.value().services.empty());
  CHECK_FALSE(decoded.value().partial);
}

TEST_CASE("damaged bytes are an error") {
  const std::string bytes = encode(sample());
  for (const std::size_t length : {std::size_t{0}, std::size_t{1}, bytes.size() / 2, bytes.size() - 1}) {
    CHECK_FALSE(decode(std::string_view(bytes).substr(0, length)).ok());
  }
  CHECK_FALSE(decode(bytes + "x").ok());
  CHECK_FALSE(decode("hello").ok());
  CHECK_FALSE(decode("\x80").ok());
}
