#include "core/models/document_formula.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <vector>

#include "core/models/queueing.h"

namespace meshtwin {
namespace {

using Observations = std::vector<DocumentObservation>;

TEST_CASE("The formula itself") {
  const DocumentFormula formula{0.010, 0.0005};
  CHECK(formula.response_time(100, 10) == Approx(0.1005));
  CHECK(formula.response_time(0, 10) == 0.0005);
}

TEST_CASE("Points on the line give its coefficients") {
  Observations points;
  for (double load : {1.0, 2.0, 5.0, 40.0}) points.push_back({load, 0.010 * load + 0.0005});
  const auto fit = fit_document_formula(points);
  REQUIRE(fit.ok());
  CHECK(fit.value().formula.single_latency == Approx(0.010));
  CHECK(fit.value().formula.communication_latency == Approx(0.0005));
  CHECK(fit.value().r_squared == Approx(1));
  CHECK(fit.value().largest_relative_residual < 1e-12);
}

// Residuals of the line y = x + 1/3 through (0,0), (1,2), (2,2) are computed by hand, shifted up by 1.
TEST_CASE("Points beside the line give residuals") {
  const auto fit = fit_document_formula(Observations{{0, 1}, {1, 3}, {2, 3}});
  REQUIRE(fit.ok());
  CHECK(fit.value().formula.single_latency == Approx(1));
  CHECK(fit.value().formula.communication_latency == Approx(4.0 / 3));
  CHECK(fit.value().r_squared == Approx(0.75));
  CHECK(fit.value().largest_relative_residual == Approx(1.0 / 3));
}

TEST_CASE("A queue near saturation is where the formula breaks") {
  Observations points;
  for (double rho : {0.1, 0.3, 0.5, 0.7, 0.9, 0.98}) points.push_back({rho, mmc_response_time(1, rho, 1)});
  const auto fit = fit_document_formula(points);
  REQUIRE(fit.ok());
  CHECK(fit.value().r_squared < 0.7);
  CHECK(fit.value().largest_relative_residual > 1);
}

TEST_CASE("Loads of very different size and times that don't vary") {
  const auto wide = fit_document_formula(Observations{{1e-6, 2}, {1e9, 2 + 1e3}, {2e9, 2 + 2e3}});
  REQUIRE(wide.ok());
  CHECK(wide.value().formula.single_latency == Approx(1e-6));
  CHECK(wide.value().formula.communication_latency == Approx(2));
  const auto flat = fit_document_formula(Observations{{1, 3}, {2, 3}, {3, 3}});
  REQUIRE(flat.ok());
  CHECK(flat.value().formula.single_latency == Approx(0).margin(1e-12));
  CHECK(flat.value().r_squared == 1);
}

TEST_CASE("Observations that don't determine a line are refused") {
  CHECK_FALSE(fit_document_formula(Observations{}).ok());
  CHECK_FALSE(fit_document_formula(Observations{{1, 2}}).ok());
  CHECK_FALSE(fit_document_formula(Observations{{1, 2}, {1, 3}}).ok());
  CHECK_FALSE(fit_document_formula(Observations{{1, 2}, {2, 0}}).ok());
  CHECK_FALSE(fit_document_formula(Observations{{1, 2}, {2, std::nan("")}}).ok());
  const double infinity = std::numeric_limits<double>::infinity();
  CHECK_FALSE(fit_document_formula(Observations{{1, 2}, {infinity, 3}}).ok());
}

}  // namespace
}  // namespace meshtwin
