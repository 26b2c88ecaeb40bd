// Concurrency limits: what a station without room turns away.
#include "core/models/queueing.h"
#include "tests/statistical/load_control.h"

namespace meshtwin::statistical {
namespace {

TEST_CASE("M/G/c/c: loss by Erlang's formula, whatever the service distribution") {
  const Distribution exponential = Distribution::exponential(kUnit);
  const Distribution constant = Distribution::constant(kUnit);
  const Distribution lognormal = Distribution::lognormal(kUnit, 2);
  struct Row {
    std::uint32_t workers;
    double offered, loss, requests;
    Distribution service;
  };
  for (const Row& row : {Row{10, 8, .121661, 2e6, exponential}, Row{10, 8, .121661, 2e6, constant},
                         Row{10, 10, .214582, 2e6, lognormal}, Row{100, 90, .026957, 32e6, exponential},
                         Row{100, 100, .075700, 5e6, constant}}) {
    ServiceConfig service = servers(1, row.workers, row.service);
    service.queue = 0;
    const Scenario scenario =
        station(service, {row.offered / row.workers, row.requests / 20}, RandomConfig{});
    CAPTURE(row.workers, row.offered);
    CHECK(erlang_b(row.workers, row.offered) == Approx(row.loss).margin(5e-7));
    check_station(scenario, 20, 31, share_failed, row.loss);
  }
}

TEST_CASE("M/M/1/K: loss of a bounded queue") {
  struct Row {
    double rho, loss, requests;
  };
  for (const Row& row : {Row{.8, .023493, 20e6}, Row{.9, .050814, 10e6}, Row{1.2, .192586, 2e6}}) {
    ServiceConfig service = servers(1, 1);
    service.queue = 9;  // and one in service
    const Scenario scenario = station(service, {row.rho, row.requests / 20}, RandomConfig{});
    CAPTURE(row.rho);
    CHECK(mm1k_loss(row.rho, 10) == Approx(row.loss).margin(5e-7));
    check_station(scenario, 20, 32, share_failed, row.loss);
  }
}

}  // namespace
}  // namespace meshtwin::statistical
