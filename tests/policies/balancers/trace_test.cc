// What each balancer says about its picks, and how it sees the endpoints in between.
#include <algorithm>
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "tests/policies/balancers/bench_of_endpoints.h"

namespace meshtwin::test {
namespace {

// "rule | meaning | 3:1 7:2x | won 3 by 1", x for excluded ones.
std::string text_of(const PickTrace& trace) {
  const auto number = [](double value) {
    const std::string text = std::to_string(value);
    return text.substr(0, text.find('.') + 3);
  };
  std::string text = std::string(trace.rule()) + " | " + std::string(trace.meaning().name) + " |";
  for (const PickCandidate& candidate : trace.candidates()) {
    text += " " + std::to_string(candidate.endpoint) + ":" + number(candidate.score) +
            (candidate.excluded ? "x" : "");
  }
  if (trace.winner()) text += " | won " + std::to_string(*trace.winner());
  if (trace.margin()) text += " by " + number(*trace.margin());
  return text;
}

std::string traced(BenchOfEndpoints& bench, const std::vector<EndpointIndex>& excluded = {}) {
  PickTrace trace;
  bench.pick(excluded, &trace);
  return text_of(trace);
}

TEST_CASE("Random explains a draw by its chance") {
  BenchOfEndpoints bench(RandomConfig{}, {1, 1, 1, 1});
  CHECK(traced(bench, {0, 1, 2}) == "random: uniformly | chance | 3:1.00 0:0.00x 1:0.00x 2:0.00x | won 3");
  CHECK(bench.score(2) == 0.25);
}

TEST_CASE("Weighted random explains a draw by its chance") {
  BenchOfEndpoints bench(WeightedRandomConfig{}, {6, 0, 2, 0});
  CHECK(traced(bench, {0, 3}) ==
        "weighted_random: in proportion to weights | chance | 2:1.00 0:0.00x 3:0.00x | won 2");
  CHECK(traced(bench, {0, 2, 1}) ==
        "weighted_random: uniformly, since no weight is left | chance | "
        "3:1.00 0:0.00x 2:0.00x 1:0.00x | won 3");
  CHECK(bench.score(0) == 0.75);
  CHECK(bench.score(1) == 0);
  bench.pick();
  CHECK(bench.score(0) == 0.75);
  bench.endpoints.set_ejected(2, true);
  CHECK(bench.score(0) == 1);
  CHECK(bench.score(2) == 0);
}

TEST_CASE("Round robin explains a pick by the turns that the others have to wait") {
  BenchOfEndpoints bench(RoundRobinConfig{}, {1, 1, 1, 1});
  CHECK(bench.score(2) == 0);
  while (bench.pick() != 3) {
  }
  CHECK(bench.score(0) == 0);
  CHECK(bench.score(3) == 3);
  CHECK(traced(bench, {0}) ==
        "round_robin: the next in order | turns to wait | 0:0.00x 1:1.00 2:2.00 3:3.00 | won 1 by 1.00");
  bench.endpoints.set_ejected(2, true);
  CHECK(bench.score(3) == 0);
  CHECK(bench.score(1) == 2);
  CHECK(bench.score(2) == 3);
}

TEST_CASE("Weighted round robin explains a pick by current weights") {
  BenchOfEndpoints bench(WeightedRoundRobinConfig{}, {5, 1, 1, 0});
  const std::string rule = "weighted_round_robin: highest current weight | current weight |";
  CHECK(bench.score(0) == 5);
  CHECK(traced(bench) == rule + " 0:5.00 1:1.00 2:1.00 | won 0 by 4.00");
  CHECK(traced(bench) == rule + " 0:3.00 1:2.00 2:2.00 | won 0 by 1.00");
  CHECK(bench.score(0) == 1);
  CHECK(bench.score(1) == 3);
  CHECK(traced(bench) == rule + " 1:3.00 2:3.00 0:1.00 | won 1 by 0.00");
  CHECK(traced(bench, {0}) == rule + " 2:4.00 0:1.00x 1:-3.00 | won 2 by 7.00");
  CHECK(traced(bench, {0, 1, 2}) == rule + " 2:2.00x 0:1.00x 3:0.00 1:-3.00x | won 3");
}

TEST_CASE("Least request explains a pick by active requests, or by weights over them") {
  BenchOfEndpoints two(LeastRequestConfig{2, 1.0}, {1, 1, 1});
  for (EndpointIndex e = 0; e < 3; ++e) two.set_active(e, e + 1);
  CHECK(traced(two, {0}) ==
        "least_request: fewest active requests of all | active requests | "
        "0:1.00x 1:2.00 2:3.00 | won 1 by 1.00");
  CHECK(two.score(2) == 3);
  for (int i = 0; i < 50; ++i) {
    PickTrace trace;
    const EndpointIndex picked = two.pick({}, &trace);
    CHECK(trace.candidates().size() == 2);
    CHECK(trace.candidates()[0].endpoint == picked);
    CHECK(trace.winner() == picked);
    CHECK(trace.margin() == trace.candidates()[1].score - trace.candidates()[0].score);
    CHECK(trace.rule() == "least_request: fewest active requests of those drawn");
  }
  BenchOfEndpoints again(LeastRequestConfig{3, 1.0, std::nullopt, true}, {1, 1, 1, 1});
  for (EndpointIndex e = 0; e < 4; ++e) again.set_active(e, e + 1);
  std::size_t least = 4;
  for (int i = 0; i < 200; ++i) {
    PickTrace trace;
    const EndpointIndex picked = again.pick({}, &trace);
    CHECK(trace.rule() == "least_request: fewest active requests of those drawn");
    CHECK(trace.candidates()[0].endpoint == picked);
    CHECK(trace.considered() == trace.candidates().size());
    least = std::min(least, trace.candidates().size());
  }
  CHECK(least == 1);
  BenchOfEndpoints all(LeastRequestConfig{std::nullopt, 1.0}, {4, 1, 2});
  all.set_active(0, 1);
  CHECK(traced(all, {1}) ==
        "least_request: highest weight / (active + 1)^bias of all | weight / (active + 1)^bias | "
        "0:2.00 2:2.00 1:1.00x | won " + std::to_string(all.last_picked()) + " by 0.00");
  CHECK(all.score(0) == 2);
}

TEST_CASE("Least request by weights explains a pick by the deadlines of its schedule") {
  BenchOfEndpoints bench(LeastRequestConfig{2, 1.0}, {4, 1, 2});
  for (int i = 0; i < 200; ++i) {
    const std::vector<EndpointIndex> excluded =
        i % 3 == 0 ? std::vector<EndpointIndex>{static_cast<EndpointIndex>(i % 2)}
                   : std::vector<EndpointIndex>{};
    PickTrace trace;
    const EndpointIndex picked = bench.pick(excluded, &trace);
    CHECK(trace.meaning().name == "virtual deadline");
    CHECK(trace.winner() == picked);
    CHECK(trace.candidates().size() >= 2);
    REQUIRE(trace.margin());
    for (const PickCandidate& candidate : trace.candidates()) {
      CHECK(candidate.excluded == (!excluded.empty() && candidate.endpoint == excluded[0]));
    }
  }
  CHECK(bench.score(0) == 4);
}

}  // namespace
}  // namespace meshtwin::test
