#include "real/testbed/proxy_config.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/support/scenario_parts.h"

namespace meshtwin {
namespace {

TEST_CASE("a client's connections are its proxy's, and without any the pool is as good as endless") {
  Scenario scenario = make_scenario({constant_service("a", 1)}, {make_client("web", 0, PoissonArrivals{1})});
  const auto upstream = [&] {
    const std::string text =
        proxy_config_text(scenario, 1, "web/0", scenario.clients[0], {Address::loopback(8080)}, "policy.json");
    return nlohmann::json::parse(text)["upstreams"]["a"];
  };
  CHECK(upstream()["idle_connections_max"] == 10'000);
  CHECK_FALSE(upstream().contains("idle_timeout"));
  scenario.clients[0].connections = ConnectionsConfig{.connect_timeout = std::chrono::milliseconds(200),
                                                      .idle_timeout = std::chrono::seconds(30),
                                                      .idle_connections_max = 100};
  CHECK(upstream()["idle_connections_max"] == 100);
  CHECK(upstream()["idle_timeout"] == "30s");
  CHECK(upstream()["connect_timeout"] == "200ms");
  scenario.clients[0].connections->type = ConnectionType::short_lived;
  CHECK(upstream()["idle_connections_max"] == 0);
}

}  // namespace
}  // namespace meshtwin
