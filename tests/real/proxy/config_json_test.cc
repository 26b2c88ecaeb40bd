#include "real/proxy/config_json.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "real/proxy/config_file.h"
#include "tests/real/proxy/sample_config.h"

using namespace meshtwin;

TEST_CASE("a configuration written out reads as the same configuration") {
  const auto first = parse_proxy_config(kSampleConfig, "p.json", load_sample_policy, ConfigDefaults{1});
  REQUIRE(first.ok());
  const Json written = proxy_config_json(*first.value());
  const auto second = parse_proxy_config(written.dump(), "p.json", load_sample_policy, ConfigDefaults{9});
  INFO((second ? "" : second.error().message));
  REQUIRE(second.ok());
  CHECK(proxy_config_json(*second.value()) == written);
  CHECK(written["workers"] == 2);
  CHECK(written["listeners"][0]["routes"][0]["headers"]["x-debug"] == true);
  CHECK(written["upstreams"]["mail"]["dns"]["record"] == "srv");
  CHECK(written["upstreams"]["checkout"]["policy"]["timeout"] == "2s");
  for (std::size_t i = 0; i < first.value()->upstreams.size(); ++i) {
    CHECK(first.value()->upstreams[i].policy_sha256 == second.value()->upstreams[i].policy_sha256);
  }
}
