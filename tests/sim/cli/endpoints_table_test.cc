#include "sim/cli/endpoints_table.h"

#include <catch2/catch.hpp>

using namespace meshtwin;

namespace {

ServiceResult service_of(const std::vector<EndpointResult>& endpoints) {
  ServiceResult service;
  service.name = "a";
  service.endpoints = endpoints;
  for (const EndpointResult& e : endpoints) service.attempts += e.attempts;
  return service;
}

}  // namespace

TEST_CASE("endpoints that are alike take one row") {
  const ServiceResult even =
      service_of({{"a/0", 100, 0, 0.5}, {"a/1", 102, 0, 0.51}, {"a/2", 98, 0, 0.49}, {"a/3", 100, 0, 0.5}});
  CHECK(endpoints_table({even}, 80) ==
        "  endpoint        attempts  failed            busy\n"
        "  a, all 4  24.5 to 25.5 %       -  49.0 to 51.0 %\n");
}

TEST_CASE("an endpoint that stands out by load, failures or use has a row of its own") {
  for (const EndpointResult& odd : {EndpointResult{"a/0", 50, 0, 0.5}, EndpointResult{"a/0", 100, 10, 0.5},
                                    EndpointResult{"a/0", 100, 0, 0.9}}) {
    const std::string table =
        endpoints_table({service_of({odd, {"a/1", 100, 0, 0.5}, {"a/2", 100, 0, 0.5}})}, 80);
    INFO(table);
    CHECK(table.find("\n  a/0 ") != std::string::npos);
    CHECK(table.find("\n  a, the other 2 ") != std::string::npos);
  }
}

TEST_CASE("what there is no telling apart is left out") {
  CHECK(endpoints_table({service_of({{"a/0", 100, 0, 0.5}})}, 80).empty());
  CHECK(endpoints_table({service_of({{"a/0", 0, 0, 0}, {"a/1", 0, 0, 0}})}, 80).empty());
}

TEST_CASE("many odd endpoints are cut to the most telling, in their order") {
  std::vector<EndpointResult> endpoints;
  for (int i = 0; i < 40; ++i) {
    endpoints.push_back(
        {"a/" + std::to_string(i), i < 20 ? 100u + 20u * static_cast<unsigned>(i) : 100u, 0, 0.5});
  }
  const std::string table = endpoints_table({service_of(endpoints)}, 80);
  INFO(table);
  CHECK(table.find("a/19 ") != std::string::npos);
  CHECK(table.find("a/18 ") < table.find("a/19 "));
  CHECK(table.find("a, the other 32 ") != std::string::npos);
}
