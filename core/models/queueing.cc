#include "core/models/queueing.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace meshtwin {

double erlang_b(std::uint32_t servers, double offered) {
  assert(servers >= 1 && offered >= 0);
  double blocked = 1;
  for (std::uint32_t c = 1; c <= servers; ++c) blocked = offered * blocked / (c + offered * blocked);
  return blocked;
}

double erlang_c(std::uint32_t servers, double offered) {
  assert(offered < servers);
  const double blocked = erlang_b(servers, offered);
  return blocked / (1 - offered / servers * (1 - blocked));
}

double mmc_response_time(std::uint32_t servers, double rho, double mean_service) {
  return mean_service + allen_cunneen_wait(servers, rho, mean_service, 1, 1);
}

double mm1_response_quantile(double rho, double mean_service, double q) {
  assert(rho >= 0 && rho < 1 && q >= 0 && q < 1);
  return -std::log1p(-q) * mean_service / (1 - rho);
}

double mg1_wait(double rho, double mean_service, double cv2) {
  assert(rho >= 0 && rho < 1);
  return rho / (1 - rho) * (1 + cv2) / 2 * mean_service;
}

double mg1_processor_sharing_response_time(double rho, double service) {
  assert(rho >= 0 && rho < 1);
  return service / (1 - rho);
}

double allen_cunneen_wait(std::uint32_t servers, double rho, double mean_service, double arrivals_cv2,
                          double service_cv2) {
  assert(rho >= 0 && rho < 1);
  const double mmc_wait = erlang_c(servers, servers * rho) / (servers * (1 - rho)) * mean_service;
  return mmc_wait * (arrivals_cv2 + service_cv2) / 2;
}

double mm1k_loss(double rho, std::uint32_t capacity) {
  assert(rho >= 0 && capacity >= 1);
  // rho^K / (1 + rho + ... + rho^K) by recursion: no cancellation at rho = 1, no overflow above.
  double loss = 1;
  for (std::uint32_t k = 1; k <= capacity; ++k) loss = rho * loss / (1 + rho * loss);
  return loss;
}

double gim1_erlang_sigma(std::uint32_t servers, double rho) {
  assert(servers >= 1 && rho > 0 && rho < 1);
  const double n = servers;
  // The right side is convex in sigma and exceeds it below the root, so Newton's steps from 0 rise towards
  // the root without passing it; they end where rounding stops them.
  double sigma = 0;
  for (;;) {
    const double image = std::exp(-n * std::log1p((1 - sigma) / (n * rho)));
    const double slope = n * image / (n * rho + 1 - sigma);
    const double next = sigma + (image - sigma) / (1 - slope);
    if (!(next > sigma) || next >= 1) return sigma;
    sigma = next;
  }
}

double round_robin_response_time(std::uint32_t servers, double rho, double mean_service) {
  return mean_service / (1 - gim1_erlang_sigma(servers, rho));
}

double jsq_power_of_d_limit(double lambda, std::uint32_t choices) {
  assert(lambda >= 0 && lambda < 1 && choices >= 1);
  if (choices == 1) return 1 / (1 - lambda);
  constexpr double kNegligible = 1e-18;
  // The exponent (d^i - d) / (d - 1) starts at 0 and goes from e to d (e + 1).
  double sum = 0;
  double exponent = 0;
  for (double term = 1; term > kNegligible; term = std::pow(lambda, exponent)) {
    sum += term;
    exponent = choices * (exponent + 1);
  }
  return sum;
}

double jsq_power_of_d_tail(double lambda, std::uint32_t choices, std::uint32_t length) {
  assert(lambda >= 0 && lambda < 1 && choices >= 1);
  if (choices == 1) return std::pow(lambda, length);
  return std::pow(lambda, (std::pow(choices, length) - 1) / (choices - 1));
}

double retry_amplification(double failure, std::uint32_t max_attempts) {
  assert(failure >= 0 && failure <= 1 && max_attempts >= 1);
  if (failure == 1) return max_attempts;
  return (1 - std::pow(failure, max_attempts)) / (1 - failure);
}

double retry_budget_amplification(double tokens_per_success, double failure) {
  assert(tokens_per_success >= 0 && tokens_per_success < 1 && failure >= 0 && failure <= 1);
  return 1 / (1 - tokens_per_success * (1 - failure));
}

double adaptive_throttle_rejection(double requests, double accepts, double multiplier) {
  assert(accepts >= 0 && requests >= accepts && multiplier >= 1);
  return std::max(0.0, (requests - multiplier * accepts) / (requests + 1));
}

}  // namespace meshtwin
