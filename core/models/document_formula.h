// The simplest latency model of a balanced service, and how well it fits what was observed:
//   T = requests / instances * single-request latency + communication latency
#pragma once

#include <span>

#include "core/result.h"

namespace meshtwin {

// Both latencies in the same unit, which is that of the response time.
struct DocumentFormula {
  double single_latency = 0;
  double communication_latency = 0;

  constexpr double response_time(double requests, double instances) const {
    return requests / instances * single_latency + communication_latency;
  }
};

struct DocumentObservation {
  double requests_per_instance = 0;
  double response_time = 0;  // > 0
};

struct DocumentFormulaFit {
  DocumentFormula formula;
  // The share of the variance of the response times that the formula explains: 1 when every point lies on the
  // line, 0 when a constant does as well.
  double r_squared = 0;
  // The largest |observed - formula| / observed: where the formula breaks, though r_squared may hide it.
  double largest_relative_residual = 0;
};

// Least squares on the response times. An error unless there are two different numbers of requests per
// instance and all numbers are finite and the response times positive. A fitted latency may come out
// negative, which means that the formula doesn't hold.
Result<DocumentFormulaFit> fit_document_formula(std::span<const DocumentObservation> observations);

}  // namespace meshtwin
