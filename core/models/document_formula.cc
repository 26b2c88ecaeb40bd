#include "core/models/document_formula.h"

#include <Eigen/QR>
#include <algorithm>
#include <cmath>

namespace meshtwin {

Result<DocumentFormulaFit> fit_document_formula(std::span<const DocumentObservation> observations) {
  const auto rows = static_cast<Eigen::Index>(observations.size());
  Eigen::MatrixX2d loads(rows, 2);
  Eigen::VectorXd times(rows);
  for (Eigen::Index i = 0; i < rows; ++i) {
    const DocumentObservation& point = observations[static_cast<std::size_t>(i)];
    if (!std::isfinite(point.requests_per_instance) || !std::isfinite(point.response_time) ||
        point.response_time <= 0) {
      return Error{"fit: loads and response times must be finite, and response times positive"};
    }
    loads.row(i) << point.requests_per_instance, 1;
    times(i) = point.response_time;
  }
  const auto [least, most] =
      std::ranges::minmax_element(observations, {}, &DocumentObservation::requests_per_instance);
  if (observations.empty() || least->requests_per_instance == most->requests_per_instance) {
    return Error{"fit: needs observations at two or more different loads"};
  }

  const Eigen::Vector2d solution = loads.colPivHouseholderQr().solve(times);
  const Eigen::VectorXd residuals = times - loads * solution;
  const double spread = (times.array() - times.mean()).square().sum();
  DocumentFormulaFit fit;
  fit.formula = {solution(0), solution(1)};
  // Response times that don't vary at all are met exactly by a constant.
  fit.r_squared = spread > 0 ? 1 - residuals.squaredNorm() / spread : 1;
  fit.largest_relative_residual = (residuals.array().abs() / times.array()).maxCoeff();
  return fit;
}

}  // namespace meshtwin
