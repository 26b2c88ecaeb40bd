// Small CSV tables that scenarios name. Lines that start with # and empty lines are skipped.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/random/distributions.h"
#include "core/result.h"
#include "core/time.h"

namespace meshtwin {

// Why a table of quantiles makes no distribution (see Distribution::empirical), and in which row from 0.
struct QuantileProblem {
  std::size_t row = 0;
  std::string what;
};
std::optional<QuantileProblem> check_quantiles(const std::vector<Distribution::Quantile>& quantiles);

// The header `probability,ms` and two numbers a line: probabilities from 0 to 1, values in milliseconds that
// don't fall. Errors read `FILE:LINE: what`.
Result<std::vector<Distribution::Quantile>> parse_quantile_table(std::string_view text,
                                                                 const std::string& file);

// One time a line since the start of the run, which don't fall, under a header that says the unit: `seconds`,
// `milliseconds`, `microseconds` or `nanoseconds`; seconds without a header. Errors read `FILE:LINE: what`.
Result<std::vector<Time>> parse_arrival_times(std::string_view text, const std::string& file);

}  // namespace meshtwin
