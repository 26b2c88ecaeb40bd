// Section 4: the power of d choices.
#include <fmt/format.h>

#include "core/models/queueing.h"
#include "sim/validation/call_measures.h"
#include "sim/validation/parts.h"

namespace meshtwin {
namespace {

constexpr const char* kSection = "4 power of d choices";
constexpr const char* kLimit = "exact for ever more servers: Mitzenmacher, TPDS 2001";

LeastRequestConfig draws(std::uint32_t choices, bool replacement = false) {
  LeastRequestConfig out;
  out.choices = choices;
  out.replacement = replacement;
  return out;
}

// The pairs of a hundred servers. From empty servers the mean is a thousandth off after 110 mean services at load .9,
// 160 at .95 and 780 at .99, by the limit's differential equations.
Experiment two_of_a_hundred(bool replacement, double lambda, double response, double half_width) {
  const double warmup = lambda < .95 ? 150 : lambda < .99 ? 300 : 800;
  return {kSection,
          fmt::format("2 choices of 100 servers{}, load {:g}", replacement ? " with replacement" : "", lambda),
          station(servers(100, 1), {lambda, 2e6, warmup}, draws(2, replacement), 10),
          10,
          true,
          {mean_check(response,
                      replacement ? "simulation of 10 runs with replacement," : "simulation of 10 runs, distinct pairs,",
                      ReferenceKind::simulated, half_width)}};
}

// Of n servers and of 4 n: f(n) = f + a / n + O(1 / n^2) for means and for shares of servers (Gast, "Expected values
// estimated via mean-field approximation are 1/N-accurate", SIGMETRICS 2017), so that this is f but for O(1 / n^2).
double extrapolated(double few, double many) { return (4 * many - few) / 3; }

struct Limit {
  std::uint32_t servers;  // the smaller number of them
  std::uint32_t choices;
  double lambda;
  double warmup;       // in mean services
  double measured;     // likewise, in all replications together
  double burst = 0;    // so long arrivals are three times what the servers can do; in mean services
  std::vector<std::uint32_t> lengths{};  // of queues, to be checked
};

ArrivalConfig arrivals(const Limit& limit, std::uint32_t count) {
  const double rate = count / to_seconds(kMeanService);
  if (limit.burst == 0) return PoissonArrivals{limit.lambda * rate};
  return VaryingArrivals{false, {{Time{}, 3 * rate}, {Time(services(limit.burst)), limit.lambda * rate}}};
}

Experiment limit_of(const Limit& limit) {
  constexpr std::uint32_t kReplications = 10;
  Experiment out;
  out.section = kSection;
  out.name = fmt::format("{} choices of {} and {} servers, load {:g}: extrapolated", limit.choices, limit.servers,
                         4 * limit.servers, limit.lambda);
  for (const std::uint32_t count : {limit.servers, 4 * limit.servers}) {
    add_contender(out.scenario, servers(count, 1), draws(limit.choices), arrivals(limit, count));
  }
  out.scenario.warmup = services(limit.warmup);
  out.scenario.duration = out.scenario.warmup + services(limit.measured / kReplications);
  out.replications = kReplications;
  out.checks = {mean_check(jsq_power_of_d_limit(limit.lambda, limit.choices), kLimit)};
  out.checks[0].measure = [](std::span<const Replication> runs) {
    return extrapolated(mean_of_all(runs, 0), mean_of_all(runs, 1));
  };
  for (std::size_t i = 0; i < limit.lengths.size(); ++i) {
    out.checks.push_back(number_check(i, fmt::format("share of servers with {} requests or more", limit.lengths[i]),
                                      jsq_power_of_d_tail(limit.lambda, limit.choices, limit.lengths[i]), kLimit));
  }
  if (limit.lengths.empty()) return out;
  out.numbers_from_calls = [lengths = limit.lengths](const CallsOfRun& run) {
    const auto shares = shares_of_long_queues(run, lengths);
    std::vector<double> numbers;
    for (std::size_t i = 0; i < lengths.size(); ++i) numbers.push_back(extrapolated(shares[0][i], shares[1][i]));
    return numbers;
  };
  return out;
}

// One choice is random: each server is M/M/1, of any number of servers.
Experiment one_choice(double lambda, double requests, double warmup, const std::vector<std::uint32_t>& lengths = {}) {
  constexpr std::uint32_t kServers = 2;
  const std::uint32_t replications = lambda < .99 ? 20 : 10;  // each takes a long warm-up
  Experiment out{kSection,
                 fmt::format("1 choice of {} servers, load {:g}", kServers, lambda),
                 station(servers(kServers, 1), {lambda, requests, warmup}, RandomConfig{}, replications),
                 replications,
                 true,
                 {mean_check(jsq_power_of_d_limit(lambda, 1), "exact: each server is M/M/1")}};
  for (std::size_t i = 0; i < lengths.size(); ++i) {
    out.checks.push_back(number_check(i, fmt::format("share of servers with {} requests or more", lengths[i]),
                                      jsq_power_of_d_tail(lambda, 1, lengths[i]), "exact: rho^i"));
  }
  if (lengths.empty()) return out;
  out.numbers_from_calls = [lengths](const CallsOfRun& run) { return shares_of_long_queues(run, lengths)[0]; };
  return out;
}

}  // namespace

std::vector<Experiment> choice_experiments() {
  std::vector<Experiment> out{one_choice(.5, 5e5, 100), one_choice(.9, 4e6, 2000, {2, 5, 10}),
                              one_choice(.95, 4e6, 5000), one_choice(.99, 8e6, 100'000)};
  struct Row {
    double lambda, distinct, distinct_half, replaced, replaced_half;
  };
  const std::vector<Row> rows{{.5, 1.2677, .0006, 1.2717, .0005},  {.7, 1.6202, .0008, 1.6268, .0007},
                              {.8, 1.9585, .0013, 1.9673, .0013},  {.9, 2.6442, .0029, 2.6581, .0035},
                              {.95, 3.4565, .0063, 3.4760, .0072}, {.99, 5.937, .024, 5.968, .023}};
  for (const Row& row : rows) out.push_back(two_of_a_hundred(false, row.lambda, row.distinct, row.distinct_half));
  for (const Row& row : rows) out.push_back(two_of_a_hundred(true, row.lambda, row.replaced, row.replaced_half));
  // At .99 empty servers take 900 mean services to fill, the limit's differential equations say; after a burst of this
  // length their mean is less than a thousandth off from the 60th on.
  for (const Limit& limit :
       {Limit{100, 2, .5, 20, 4000, 0, {2, 3}}, Limit{100, 3, .5, 20, 4000}, Limit{100, 5, .5, 20, 4000},
        Limit{100, 2, .9, 120, 4000, 0, {2, 3, 4, 5}}, Limit{100, 3, .9, 80, 4000, 0, {2, 3, 4}},
        Limit{100, 5, .9, 60, 4000, 0, {2, 3}}, Limit{200, 2, .95, 200, 2500}, Limit{200, 3, .95, 120, 2500},
        Limit{200, 5, .95, 80, 2500}, Limit{500, 2, .99, 100, 1000, 2.547}, Limit{500, 3, .99, 100, 1000, 1.783},
        Limit{500, 5, .99, 100, 1000, 1.325}}) {
    out.push_back(limit_of(limit));
  }
  return out;
}

}  // namespace meshtwin
