#include "core/models/queueing.h"

#include <catch2/catch.hpp>
#include <cmath>

namespace meshtwin {
namespace {

// Equal to the reference as printed, with its number of decimals.
auto printed(double value, int decimals) {
  return Approx(value).epsilon(0).margin(0.5001 * std::pow(10, -decimals));
}

TEST_CASE("M/M/1") {
  CHECK(mmc_response_time(1, 0.8, 1) == Approx(5));
  CHECK(mm1_response_quantile(0.8, 1, 0.5) == printed(3.4657, 4));
  CHECK(mm1_response_quantile(0.8, 1, 0.99) == printed(23.026, 3));
  CHECK(mm1_response_quantile(0.8, 1, 0.999) == printed(34.539, 3));
  CHECK(mm1_response_quantile(0.8, 1, 0) == 0);
}

TEST_CASE("M/M/c, Erlang C") {
  struct Row {
    std::uint32_t servers;
    double rho, waiting, response;
  };
  for (const Row& row : {Row{2, .8, .711111, 2.777778}, Row{4, .8, .596432, 1.745541},
                         Row{10, .9, .668732, 1.668732}, Row{100, .95, .506457, 1.101291}}) {
    CHECK(erlang_c(row.servers, row.servers * row.rho) == printed(row.waiting, 6));
    CHECK(mmc_response_time(row.servers, row.rho, 1) == printed(row.response, 6));
    CHECK(mmc_response_time(row.servers, row.rho, 0.01) == Approx(row.response / 100).epsilon(1e-6));
  }
  CHECK(erlang_c(3, 0) == 0);
}

TEST_CASE("M/G/1, Pollaczek-Khinchine") {
  const double cv2[] = {0, 1, 4, 20};
  const double at_80[] = {2, 4, 10, 42};
  const double at_90[] = {4.5, 9, 22.5, 94.5};
  for (int i = 0; i < 4; ++i) {
    CHECK(mg1_wait(0.8, 1, cv2[i]) == Approx(at_80[i]));
    CHECK(mg1_wait(0.9, 1, cv2[i]) == Approx(at_90[i]));
    CHECK(mg1_wait(0.9, 0.01, cv2[i]) == Approx(at_90[i] / 100));
  }
}

TEST_CASE("M/G/1 with processor sharing") {
  CHECK(mg1_processor_sharing_response_time(0.8, 1) == Approx(5));
  CHECK(mg1_processor_sharing_response_time(0.8, 3) == Approx(15));
}

TEST_CASE("Allen-Cunneen agrees with the exact cases") {
  for (double rho : {0.3, 0.8, 0.95}) {
    for (double cv2 : {0.0, 1.0, 7.0}) {
      CHECK(allen_cunneen_wait(1, rho, 2, 1, cv2) == Approx(mg1_wait(rho, 2, cv2)).margin(1e-12));
    }
    CHECK(1 + allen_cunneen_wait(7, rho, 1, 1, 1) == Approx(mmc_response_time(7, rho, 1)));
  }
  // Half of M/M/c's wait when either the arrivals or the service times are regular.
  CHECK(allen_cunneen_wait(4, 0.8, 1, 0, 1) == printed(0.745541 / 2, 6));
}

TEST_CASE("M/G/c/c, Erlang B") {
  CHECK(erlang_b(10, 8) == printed(.121661, 6));
  CHECK(erlang_b(10, 10) == printed(.214582, 6));
  CHECK(erlang_b(100, 90) == printed(.026957, 6));
  CHECK(erlang_b(100, 100) == printed(.075700, 6));
  CHECK(erlang_b(1, 1) == Approx(0.5));
  CHECK(erlang_b(5, 0) == 0);
}

TEST_CASE("M/M/1/K loss") {
  CHECK(mm1k_loss(.8, 10) == printed(.023493, 6));
  CHECK(mm1k_loss(.9, 10) == printed(.050814, 6));
  CHECK(mm1k_loss(1.2, 10) == printed(.192586, 6));
  CHECK(mm1k_loss(1, 10) == Approx(1.0 / 11));
  // Far above capacity all but 1/rho is lost.
  CHECK(mm1k_loss(50, 100000) == Approx(0.98));
}

TEST_CASE("Round robin over exponential servers is E_n/M/1") {
  struct Row {
    double rho, two, ten, hundred, infinity;
  };
  for (const Row& row :
       {Row{.9, 7.5883, 5.6603, 5.2268, 5.1787}, Row{.95, 15.0857, 11.1549, 10.2707, 10.1724}}) {
    CHECK(round_robin_response_time(2, row.rho, 1) == printed(row.two, 4));
    CHECK(round_robin_response_time(10, row.rho, 1) == printed(row.ten, 4));
    CHECK(round_robin_response_time(100, row.rho, 1) == printed(row.hundred, 4));
    CHECK(round_robin_response_time(4000000000, row.rho, 1) == printed(row.infinity, 4));
    CHECK(round_robin_response_time(2, row.rho, 1e-3) == Approx(row.two / 1000).epsilon(1e-4));
  }
}

TEST_CASE("Sigma solves its equation") {
  for (std::uint32_t n : {1U, 2U, 10U, 1000U}) {
    for (double rho : {0.01, 0.5, 0.9, 0.999}) {
      const double sigma = gim1_erlang_sigma(n, rho);
      CAPTURE(n, rho);
      CHECK(sigma == Approx(std::pow(n * rho / (n * rho + 1 - sigma), n)).margin(1e-300));
      CHECK(sigma < 1);
    }
    // One server makes it M/M/1.
    CHECK(gim1_erlang_sigma(1, 0.7) == Approx(0.7));
  }
}

TEST_CASE("Power of d choices in the limit of many servers") {
  struct Row {
    double lambda, one, two, three, five;
  };
  for (const Row& row : {Row{.5, 2, 1.2657, 1.1252, 1.0313}, Row{.9, 10, 2.6141, 2.0279, 1.6329},
                         Row{.95, 20, 3.3830, 2.5351, 1.9888}, Row{.99, 100, 5.4320, 3.8578, 2.9017}}) {
    CHECK(jsq_power_of_d_limit(row.lambda, 1) == Approx(row.one));
    CHECK(jsq_power_of_d_limit(row.lambda, 2) == printed(row.two, 4));
    CHECK(jsq_power_of_d_limit(row.lambda, 3) == printed(row.three, 4));
    CHECK(jsq_power_of_d_limit(row.lambda, 5) == printed(row.five, 4));
  }
  CHECK(jsq_power_of_d_limit(0, 2) == 1);
}

TEST_CASE("The queue tail of d choices adds up to the response time by Little's law") {
  CHECK(jsq_power_of_d_tail(0.9, 2, 3) == Approx(std::pow(0.9, 7)));
  CHECK(jsq_power_of_d_tail(0.9, 1, 3) == Approx(std::pow(0.9, 3)));
  for (std::uint32_t choices : {1U, 2U, 5U}) {
    double in_system = 0;
    for (std::uint32_t length = 1; length < 500; ++length) {
      in_system += jsq_power_of_d_tail(0.9, choices, length);
    }
    CHECK(in_system / 0.9 == Approx(jsq_power_of_d_limit(0.9, choices)));
  }
}

TEST_CASE("Retries amplify, and layers of them multiply") {
  CHECK(retry_amplification(0.5, 3) == 1.75);
  CHECK(retry_amplification(0.9, 3) == Approx(2.71));
  CHECK(retry_amplification(0, 3) == 1);
  CHECK(retry_amplification(1, 3) == 3);
  CHECK(std::pow(retry_amplification(1, 3), 5) == 243);
  CHECK(std::pow(retry_amplification(1, 4), 3) == 64);
}

TEST_CASE("A retry budget bounds the amplification") {
  CHECK(retry_budget_amplification(0.1, 0.3) == printed(1.0753, 4));
  CHECK(retry_budget_amplification(0.1, 0.5) == printed(1.0526, 4));
  CHECK(retry_budget_amplification(0.1, 1) == 1);
}

TEST_CASE("Adaptive throttling rejects what exceeds twice the accepted requests") {
  CHECK(adaptive_throttle_rejection(100, 50, 2) == 0);
  CHECK(adaptive_throttle_rejection(100, 100, 2) == 0);
  CHECK(adaptive_throttle_rejection(99, 0, 2) == Approx(0.99));
  CHECK(adaptive_throttle_rejection(99, 25, 2) == Approx(0.49));
  CHECK(adaptive_throttle_rejection(0, 0, 2) == 0);
}

}  // namespace
}  // namespace meshtwin
