// What an upstream tells about its endpoints.
#include <catch2/catch.hpp>
#include <memory>
#include <vector>

#include "policies/catalog.h"

namespace meshtwin {
namespace {

using std::chrono::milliseconds;

constexpr Time at(std::int64_t ms) { return Time(milliseconds(ms)); }

TEST_CASE("The view of an endpoint: standing, weight, active requests, breaker, score") {
  PolicyConfig config;
  config.breaker =
      WindowBreakerConfig{milliseconds(100), 0, milliseconds(50), 1, WindowBreakerConfig::Scope::endpoint};
  const auto upstream = make_upstream(config, 1);
  CHECK(upstream->endpoint_view(at(0), 3).standing == Standing::not_a_member);
  upstream->update_endpoints(Time{}, 
      std::make_shared<const Membership>(std::vector<Member>{{0, 7}, {1, 7}, {2, 7, false}, {4, 7}}));
  const AttemptTicket open = upstream->start_attempt(at(1), 0);
  upstream->finish_attempt(at(2), upstream->start_attempt(at(1), 1), Verdict::failure);

  const EndpointView busy = upstream->endpoint_view(at(10), 0);
  CHECK(busy.standing == Standing::eligible);
  CHECK(busy.weight == 7);
  CHECK(busy.active == 1);
  CHECK(busy.breaker == Breaker::State::closed);
  CHECK(busy.opens_until == kNever);
  CHECK(busy.score == 1);
  CHECK(busy.meaning.name == "active requests");
  CHECK(busy.meaning.order == ScoreOrder::lower_wins);

  const EndpointView ejected = upstream->endpoint_view(at(10), 1);
  CHECK(ejected.standing == Standing::ejected);
  CHECK(ejected.breaker == Breaker::State::open);
  CHECK(ejected.opens_until == at(52));
  CHECK(upstream->endpoint_view(at(60), 1).breaker == Breaker::State::half_open);
  CHECK(upstream->endpoint_view(at(60), 1).opens_until == kNever);
  CHECK(upstream->endpoint_view(at(10), 1).breaker == Breaker::State::open);

  CHECK(upstream->endpoint_view(at(10), 2).standing == Standing::unhealthy);
  CHECK(upstream->endpoint_view(at(10), 3).standing == Standing::not_a_member);
  CHECK(upstream->endpoint_view(at(10), 99).standing == Standing::not_a_member);
  upstream->update_endpoints(Time{}, std::make_shared<const Membership>(std::vector<Member>{{4, 7}}));
  CHECK(upstream->endpoint_view(at(10), 0).active == 1);
  CHECK(upstream->endpoint_view(at(10), 0).standing == Standing::not_a_member);
  upstream->finish_attempt(at(20), open, Verdict::success);
}

}  // namespace
}  // namespace meshtwin
