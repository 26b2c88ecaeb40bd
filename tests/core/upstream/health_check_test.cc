#include "core/upstream/health_check.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

namespace meshtwin {
namespace {

// "healthy 1": healthy, with one result against it.
std::string state_of(const HealthCheck& check) {
  return (check.healthy() ? "healthy " : "unhealthy ") + std::to_string(check.against());
}

// A check that `results` ("+" and "-") brought there.
HealthCheck after(const HealthCheckConfig& config, const std::string& results) {
  HealthCheck check(config);
  for (const char result : results) check.on_result(result == '+');
  return check;
}

// Every state of 2 good and 3 bad thresholds, and where each result leads.
TEST_CASE("The table of a health check: state, result, next state, whether it changed") {
  struct Row {
    const char* reached_by;  // from healthy
    const char* state;
    const char* on_good;
    const char* on_bad;
  };
  const HealthCheckConfig config{.healthy_threshold = 2, .unhealthy_threshold = 3};
  for (const Row& row : {Row{"", "healthy 0", "healthy 0", "healthy 1"},
                         Row{"-", "healthy 1", "healthy 0", "healthy 2"},
                         Row{"--", "healthy 2", "healthy 0", "unhealthy 0, changed"},
                         Row{"---", "unhealthy 0", "unhealthy 1", "unhealthy 0"},
                         Row{"---+", "unhealthy 1", "healthy 0, changed", "unhealthy 0"}}) {
    INFO(row.state);
    CHECK(state_of(after(config, row.reached_by)) == row.state);
    for (const bool ok : {true, false}) {
      HealthCheck check = after(config, row.reached_by);
      const bool changed = check.on_result(ok);
      CHECK(state_of(check) + (changed ? ", changed" : "") == (ok ? row.on_good : row.on_bad));
    }
  }
}

// All sequences of twelve results against the definition: a change comes with the result that completes a run
// of the threshold's length against the present state.
TEST_CASE("Every sequence of results changes health where a run against it is as long as its threshold") {
  constexpr std::uint32_t kLength = 12;
  for (const auto& [good, bad, initially] :
       {std::tuple{1u, 1u, true}, std::tuple{2u, 3u, true}, std::tuple{3u, 2u, false},
        std::tuple{1u, 4u, false}, std::tuple{5u, 1u, true}}) {
    for (std::uint32_t results = 0; results < 1u << kLength; ++results) {
      HealthCheck check({good, bad, initially});
      bool healthy = initially;
      std::uint32_t run = 0;
      bool last = initially;
      for (std::uint32_t i = 0; i < kLength; ++i) {
        const bool ok = (results >> i & 1) != 0;
        run = ok == last ? run + 1 : 1;
        last = ok;
        const bool changes = ok != healthy && run >= (ok ? good : bad);
        if (changes) healthy = ok;
        REQUIRE(check.on_result(ok) == changes);
        REQUIRE(check.healthy() == healthy);
      }
    }
  }
}

TEST_CASE("An endpoint that flaps faster than its thresholds stays what it is") {
  HealthCheck healthy({2, 3, true});
  HealthCheck unhealthy({2, 3, false});
  for (int i = 0; i < 100; ++i) {
    CHECK_FALSE(healthy.on_result(i % 3 == 2));
    CHECK_FALSE(unhealthy.on_result(i % 2 == 0));
  }
}

}  // namespace
}  // namespace meshtwin
