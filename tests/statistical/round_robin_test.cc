// Round robin over exponential FIFO servers: each is E_n/M/1.
#include "core/models/queueing.h"
#include "tests/statistical/load_control.h"

namespace meshtwin::statistical {
namespace {

struct Row {
  std::uint32_t servers;
  double rho, response, requests;
};

void check_row(const Row& row) {
  const Scenario scenario =
      station(servers(row.servers, 1), {row.rho, row.requests / 20}, RoundRobinConfig{});
  CAPTURE(row.servers);
  check_station(scenario, 20, 51, mean_response, row.response);
}

TEST_CASE("round robin: each server is E_n/M/1") {
  for (const Row& row : {Row{2, .9, 7.5883, 54e6}, Row{10, .9, 5.6603, 30e6}, Row{100, .9, 5.2268, 14e6}}) {
    check_row(row);
  }
}

// Two servers at this load take four times the requests of the others together for an interval as narrow.
TEST_CASE("round robin at a higher load") {
  for (const Row& row : {Row{10, .95, 11.1549, 120e6}, Row{100, .95, 10.2707, 110e6}}) check_row(row);
}

}  // namespace
}  // namespace meshtwin::statistical
