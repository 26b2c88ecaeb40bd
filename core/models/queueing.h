// Closed forms of queueing theory, for comparison with simulations. Times have the unit of the argument that
// brings them in; rho is the load of each server, so 0 <= rho < 1 wherever a queue is unbounded.
#pragma once

#include <cstdint>

namespace meshtwin {

// Probability that all servers are busy in M/G/c/c, where arrivals that find no free server are lost.
// `offered` is arrival rate x mean service >= 0, servers >= 1. Holds for every service distribution (Erlang
// B).
double erlang_b(std::uint32_t servers, double offered);

// Probability of waiting in M/M/c; 0 <= offered < servers (Erlang C).
double erlang_c(std::uint32_t servers, double offered);

// Mean response time, waiting included, of M/M/c with the given load of each server.
double mmc_response_time(std::uint32_t servers, double rho, double mean_service);

// The q-quantile of the response time of M/M/1, which is exponential; q in [0, 1).
double mm1_response_quantile(double rho, double mean_service, double q);

// Mean wait in M/G/1, FIFO; `cv2` is the squared coefficient of variation of the service
// (Pollaczek-Khinchine).
double mg1_wait(double rho, double mean_service, double cv2);

// Mean response time of a request that needs `service`, in M/G/1 with processor sharing; the distribution of
// the others' service doesn't matter.
double mg1_processor_sharing_response_time(double rho, double service);

// Mean wait in G/G/c, approximately, from the squared coefficients of variation of the times between arrivals
// and of the service (Allen, Cunneen). Exact for M/M/c and for M/G/1.
double allen_cunneen_wait(std::uint32_t servers, double rho, double mean_service, double arrivals_cv2,
                          double service_cv2);

// Share of arrivals lost by M/M/1/K, with room for `capacity` >= 1 requests, the one in service included. rho
// is any load >= 0.
double mm1k_loss(double rho, std::uint32_t capacity);

// Round robin over `servers` exponential FIFO servers with Poisson arrivals makes each one E_n/M/1. Sigma is
// the probability that an arrival there has to wait: the root below 1 of s = (n rho / (n rho + 1 - s))^n.
double gim1_erlang_sigma(std::uint32_t servers, double rho);

// Mean response time under that round robin: mean_service / (1 - sigma).
double round_robin_response_time(std::uint32_t servers, double rho, double mean_service);

// Mean response time, in mean services, when each arrival joins the shortest of `choices` >= 1 random queues,
// for ever more exponential servers with load `lambda` (Mitzenmacher, IEEE TPDS 2001). One choice is M/M/1.
double jsq_power_of_d_limit(double lambda, std::uint32_t choices);

// Share of those servers with at least `length` requests.
double jsq_power_of_d_tail(double lambda, std::uint32_t choices, std::uint32_t length);

// Mean number of attempts of a call that makes up to `max_attempts` >= 1 while each fails with probability
// `failure` in [0, 1]. Layers of retries multiply.
double retry_amplification(double failure, std::uint32_t max_attempts);

// Upper bound of the mean number of attempts when each success puts `tokens_per_success` in [0, 1) into a
// bucket and each retry takes a whole token out of it: A = 1 + tokens_per_success * (1 - failure) * A.
double retry_budget_amplification(double tokens_per_success, double failure);

// Probability with which a client rejects a request itself under adaptive throttling (Beyer et al., "Site
// Reliability Engineering", 2016, ch. 21), from its recent requests and accepted requests; multiplier >= 1.
double adaptive_throttle_rejection(double requests, double accepts, double multiplier);

}  // namespace meshtwin
