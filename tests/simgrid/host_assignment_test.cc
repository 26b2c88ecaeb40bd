// Who runs where. The engine lives in a child process, which returns the names of hosts.
#include <catch2/catch.hpp>

#include "sim/network/simgrid/host_assignment.h"
#include "sim/run/worker_process.h"
#include "tests/simgrid/flow_script.h"

using namespace meshtwin;
using namespace meshtwin::testing;

namespace {

Scenario two_services() {
  Scenario scenario;
  scenario.services.resize(2);
  scenario.services[0].name = "db";
  scenario.services[0].instances = 2;
  scenario.services[1].name = "api";
  scenario.services[1].instances = 3;
  scenario.clients = {{"web", 2, 1, PoissonArrivals{1}}};
  SimgridNetwork network = star(9, 1e9, std::chrono::milliseconds(1));
  network.zones.push_back({"y", 2, {1e9, Duration(1)}, {}});
  scenario.network = network;
  return scenario;
}

// "web: z/0 z/1; ..." with one sidecar or instance more for each party than it starts with.
std::string assignment(const Scenario& scenario) {
  const auto names = run_in_child([&]() -> Result<std::string> {
    const Result<Platform> platform = make_platform(std::get<SimgridNetwork>(scenario.network));
    if (!platform) return platform.error();
    const Result<HostAssignment> made = HostAssignment::make(scenario, platform.value());
    if (!made) return made.error();
    std::string out;
    const auto add = [&](const std::string& party, std::uint32_t count) {
      out += party + ":";
      for (std::uint32_t i = 0; i <= count; ++i) out += " " + made.value().host(party, i)->get_name();
      out += "; ";
    };
    add("web", scenario.clients[0].sidecars);
    for (const ServiceConfig& service : scenario.services) add(service.name, service.instances);
    return out;
  });
  return names ? names.value() : names.error().message;
}

}  // namespace

TEST_CASE("without a placement all go round all hosts, clients first") {
  Scenario scenario = two_services();
  CHECK(assignment(scenario) == "web: z/0 z/1 z/2; db: z/2 z/3 z/4; api: z/4 z/5 z/6 z/7; ");
}

TEST_CASE("parties go round the hosts of the zones and hosts that they name") {
  Scenario scenario = two_services();
  auto& placement = std::get<SimgridNetwork>(scenario.network).placement;
  placement = {{"web", {"y"}}, {"db", {"z/8", "y/1"}}};
  CHECK(assignment(scenario) == "web: y/0 y/1 y/0; db: z/8 y/1 z/8; api: z/0 z/1 z/2 z/3; ");
}

TEST_CASE("parties that name the same zone go round it together") {
  Scenario scenario = two_services();
  auto& placement = std::get<SimgridNetwork>(scenario.network).placement;
  placement = {{"api", {"z"}}, {"db", {"z"}}, {"web", {"z"}}};
  CHECK(assignment(scenario) == "web: z/0 z/1 z/2; db: z/2 z/3 z/4; api: z/4 z/5 z/6 z/7; ");
}
