#include "core/upstream/pick_trace.h"

#include <algorithm>
#include <cmath>

namespace meshtwin {

void PickTrace::begin(std::string_view rule, const ScoreMeaning& meaning) {
  rule_ = rule;
  meaning_ = meaning;
  count_ = 0;
  considered_ = 0;
  winner_.reset();
}

void PickTrace::consider(EndpointIndex endpoint, double score, bool excluded) {
  ++considered_;
  std::size_t at = count_;
  while (at > 0 && better(score, candidates_[at - 1].score)) --at;
  if (at == kMaxCandidates) return;
  if (count_ < kMaxCandidates) ++count_;
  const auto from = candidates_.begin() + static_cast<std::ptrdiff_t>(at);
  const auto end = candidates_.begin() + static_cast<std::ptrdiff_t>(count_);
  std::move_backward(from, end - 1, end);
  *from = {endpoint, excluded, score};
}

void PickTrace::pick(EndpointIndex endpoint, double score) {
  winner_ = endpoint;
  for (std::size_t i = 0; i < count_; ++i) {
    if (candidates_[i].endpoint != endpoint) continue;
    candidates_[i].excluded = false;  // it was full, and so was everybody else
    return;
  }
  // It was considered, and gave way to as many equals.
  if (count_ == kMaxCandidates) {
    candidates_.back() = {endpoint, false, score};
  } else {
    consider(endpoint, score);
  }
}

std::optional<double> PickTrace::margin() const {
  if (!winner_ || meaning_.order == ScoreOrder::drawn) return std::nullopt;
  std::optional<double> winning;
  std::optional<double> other;
  for (const PickCandidate& candidate : candidates()) {
    if (candidate.endpoint == *winner_) {
      winning = candidate.score;
    } else if (!candidate.excluded && !other) {
      other = candidate.score;
    }
  }
  if (!winning || !other) return std::nullopt;
  return std::fabs(*winning - *other);
}

}  // namespace meshtwin
