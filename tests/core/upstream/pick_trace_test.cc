#include "core/upstream/pick_trace.h"

#include <catch2/catch.hpp>
#include <string>

namespace meshtwin {
namespace {

// "3:1.5 7:2x", x for excluded; the best one first.
std::string text_of(const PickTrace& trace) {
  std::string text;
  for (const PickCandidate& candidate : trace.candidates()) {
    if (!text.empty()) text += ' ';
    text += std::to_string(candidate.endpoint) + ":" + std::to_string(static_cast<int>(candidate.score)) +
            (candidate.excluded ? "x" : "");
  }
  return text;
}

TEST_CASE("Candidates are in the order in which they win, equals as they came") {
  PickTrace trace;
  trace.begin("lowest", {"load", ScoreOrder::lower_wins});
  trace.consider(4, 7);
  trace.consider(2, 3);
  trace.consider(9, 3);
  trace.consider(1, 5, true);
  trace.pick(2, 3);
  CHECK(text_of(trace) == "2:3 9:3 1:5x 4:7");
  CHECK(trace.winner() == 2u);
  CHECK(trace.margin() == 0.0);

  trace.begin("highest", {"weight", ScoreOrder::higher_wins});
  trace.consider(4, 7, true);
  trace.consider(2, 3);
  trace.consider(9, 5);
  trace.pick(9, 5);
  CHECK(text_of(trace) == "4:7x 9:5 2:3");
  CHECK(trace.margin() == 2.0);
  CHECK(trace.rule() == "highest");
  CHECK(trace.meaning().name == "weight");
}

TEST_CASE("A margin needs another one that could have been picked, and a rule other than chance") {
  PickTrace trace;
  CHECK_FALSE(trace.margin());
  trace.begin("lowest", {"load", ScoreOrder::lower_wins});
  trace.consider(4, 7);
  CHECK_FALSE(trace.margin());
  trace.consider(2, 3, true);
  trace.pick(4, 7);
  CHECK_FALSE(trace.margin());
  trace.begin("chance", {"chance", ScoreOrder::drawn});
  trace.pick(4, 1);
  trace.consider(2, 0);
  CHECK_FALSE(trace.margin());
  CHECK(text_of(trace) == "4:1 2:0");
}

TEST_CASE("Of many candidates the best are kept, and the winner in any case") {
  PickTrace trace;
  trace.begin("lowest", {"load", ScoreOrder::lower_wins});
  for (EndpointIndex e = 0; e < 1'000; ++e) trace.consider(e, 1'000.0 - e);
  trace.pick(999, 1);
  CHECK(trace.considered() == 1'000);
  CHECK(trace.candidates().size() == PickTrace::kMaxCandidates);
  CHECK(trace.candidates().front().endpoint == 999);
  CHECK(trace.candidates().back().endpoint == 984);
  CHECK(trace.margin() == 1.0);

  trace.begin("lowest", {"load", ScoreOrder::lower_wins});
  for (EndpointIndex e = 0; e < 1'000; ++e) trace.consider(e, 5);
  trace.pick(500, 5);
  CHECK(trace.candidates().size() == PickTrace::kMaxCandidates);
  CHECK(trace.candidates().back().endpoint == 500);
  CHECK(trace.considered() == 1'000);
  CHECK(trace.margin() == 0.0);
}

}  // namespace
}  // namespace meshtwin
