// Why a balancer picked what it picked: the rule, the candidates with their scores, and the margin.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "core/call/events.h"

namespace meshtwin {

// How scores decide.
enum class ScoreOrder : std::uint8_t {
  lower_wins,
  higher_wins,
  drawn,  // by chance: a score is a probability, and none wins over another
};

struct ScoreMeaning {
  std::string_view name;  // static text, such as "active requests"
  ScoreOrder order = ScoreOrder::lower_wins;
};

struct PickCandidate {
  EndpointIndex endpoint = 0;
  bool excluded = false;  // kept out of this pick: the call was there before, or the endpoint is full
  double score = 0;
};

// Filled by a balancer that is asked for it, in the order begin, consider (each candidate once), pick. Costs
// at most what the pick itself does, as an order of growth, and allocates nothing.
class PickTrace {
 public:
  static constexpr std::size_t kMaxCandidates = 16;

  // `rule` is static text, such as "least_request: fewest active requests of those drawn".
  void begin(std::string_view rule, const ScoreMeaning& meaning);
  // Of more than kMaxCandidates the best ones are kept; of those drawn, the first ones.
  void consider(EndpointIndex endpoint, double score, bool excluded = false);
  // The winner, with the score that it was judged by; it is kept in any case.
  void pick(EndpointIndex endpoint, double score);

  std::string_view rule() const { return rule_; }
  const ScoreMeaning& meaning() const { return meaning_; }
  // The best one first; of those drawn, in the order in which they came.
  std::span<const PickCandidate> candidates() const { return {candidates_.data(), count_}; }
  // All that were considered, those that were not kept included.
  std::uint64_t considered() const { return considered_; }
  // None where nothing was picked.
  std::optional<EndpointIndex> winner() const { return winner_; }
  // By how much the winner's score beats the best other one that wasn't excluded; 0 for a tie. None without
  // another one, and where chance decided.
  std::optional<double> margin() const;

 private:
  bool better(double a, double b) const {
    return meaning_.order == ScoreOrder::lower_wins    ? a < b
           : meaning_.order == ScoreOrder::higher_wins ? a > b
                                                       : false;
  }

  std::string_view rule_;
  ScoreMeaning meaning_;
  std::array<PickCandidate, kMaxCandidates> candidates_;
  std::size_t count_ = 0;
  std::uint64_t considered_ = 0;
  std::optional<EndpointIndex> winner_;
};

}  // namespace meshtwin
