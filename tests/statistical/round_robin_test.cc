// Round robin over exponential FIFO servers: each is E_n/M/1.
#include "core/models/queueing.h"
#include "tests/statistical/load_control.h"

namespace meshtwin::statistical {
namespace {

TEST_CASE("round robin: each server is E_n/M/1") {
  struct Row {
    std::uint32_t servers;
    double rho, response, requests;
  };
  for (const Row& row : {Row{2, .9, 7.5883, 54e6}, Row{10, .9, 5.6603, 30e6}, Row{100, .9, 5.2268, 14e6}}) {
    const Scenario scenario =
        station(servers(row.servers, 1), {row.rho, row.requests / 20}, RoundRobinConfig{});
    CAPTURE(row.servers);
    check_station(scenario, 20, 51, mean_response, row.response);
  }
}

}  // namespace
}  // namespace meshtwin::statistical
