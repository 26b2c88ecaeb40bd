#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "tests/policies/balancers/bench_of_endpoints.h"

namespace meshtwin::test {
namespace {

using std::chrono::milliseconds;

BenchOfEndpoints of_three() { return {JoinIdleQueueConfig{}, {1, 1, 1}}; }

EndpointIndex begin(BenchOfEndpoints& bench) {
  const EndpointIndex e = bench.pick();
  bench.start(e);
  return e;
}

TEST_CASE("Join idle queue: each idle endpoint once before any of them twice") {
  BenchOfEndpoints bench = of_three();
  std::vector<int> begun(3);
  for (int i = 0; i < 3; ++i) ++begun[begin(bench)];
  CHECK(begun == std::vector<int>{1, 1, 1});
}

TEST_CASE("Join idle queue: who has been idle for longest is first, and busy ones are passed over") {
  BenchOfEndpoints bench = of_three();
  for (int i = 0; i < 3; ++i) begin(bench);
  for (const EndpointIndex e : {1u, 2u, 0u}) bench.finish(e, milliseconds(1));
  bench.start(2);  // by a retry rule that doesn't ask the balancer
  CHECK(begin(bench) == 1);
  CHECK(begin(bench) == 0);
}

TEST_CASE("Join idle queue: an endpoint is idle when its last request ends, and not before") {
  BenchOfEndpoints bench = of_three();
  for (EndpointIndex e = 0; e < 3; ++e) bench.set_active(e, 2);
  bench.finish(1, milliseconds(1));
  int others = 0;
  for (int i = 0; i < 300; ++i) others += bench.pick() != 1 ? 1 : 0;
  CHECK(others > 150);  // uniformly: 200 of them
  bench.finish(1, milliseconds(1));
  CHECK(bench.pick() == 1);
}

TEST_CASE("Join idle queue: ejected ones lose their place, and excluded ones keep it") {
  BenchOfEndpoints bench = of_three();
  for (int i = 0; i < 3; ++i) begin(bench);
  for (const EndpointIndex e : {0u, 1u, 2u}) bench.finish(e, milliseconds(1));
  CHECK(bench.pick({0}) == 1);
  CHECK(begin(bench) == 0);
  bench.endpoints.set_ejected(2, true);
  const EndpointIndex picked = bench.pick();
  CHECK((picked == 0 || picked == 1));
  bench.endpoints.set_ejected(2, false);
  bench.start(1);
  CHECK(bench.pick() == 2);
}

TEST_CASE("Join idle queue: in the dark, who is idle stays first in the queue until a request goes there") {
  BenchOfEndpoints bench = of_three();
  for (int i = 0; i < 3; ++i) begin(bench);
  for (const EndpointIndex e : {2u, 0u, 1u}) bench.finish(e, milliseconds(1));
  const auto pick_while_sent_to = [&](EndpointIndex e) {
    const EndpointIndex own = bench.pick();
    bench.balancer().went_elsewhere(bench.endpoints, Pick::picked(own), Pick::picked(e));
    bench.start(e);
    return own;
  };
  CHECK(pick_while_sent_to(1) == 2);
  CHECK(pick_while_sent_to(1) == 2);
  bench.start(2);  // by a retry rule that doesn't ask the balancer
  CHECK(pick_while_sent_to(0) == 0);
  bench.finish(2, milliseconds(1));
  CHECK(bench.pick() == 2);
}

TEST_CASE("Join idle queue: with none idle any one is picked, evenly") {
  BenchOfEndpoints bench = of_three();
  for (EndpointIndex e = 0; e < 3; ++e) bench.set_active(e, 1 + e);
  for (const std::uint64_t count : bench.count(3, 30'000)) CHECK((count > 9'700 && count < 10'300));
}

}  // namespace
}  // namespace meshtwin::test
