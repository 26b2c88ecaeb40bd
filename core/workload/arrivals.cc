#include "core/workload/arrivals.h"

#include <cmath>
#include <utility>
#include <variant>

#include "core/random/deterministic_math.h"
#include "core/random/stream.h"

namespace meshtwin {
namespace {

constexpr double kNanoseconds = 1e9;

// `from` and `nanoseconds` later, rounded; kNever where that is out of range.
Time later(Time from, double nanoseconds) { return saturating_add(from, rounded_duration(nanoseconds)); }

double unit_exponential(RandomStream& random) { return -ln(random.unit_open()); }

class PoissonProcess final : public ArrivalProcess {
 public:
  PoissonProcess(const PoissonArrivals& config, std::uint64_t seed)
      : mean_gap_(kNanoseconds / config.rate), random_(seed), next_(after(Time{})) {}
  Time next() override { return std::exchange(next_, after(next_)); }

 private:
  Time after(Time last) { return later(last, unit_exponential(random_) * mean_gap_); }

  double mean_gap_;  // in nanoseconds, not rounded: a whole number would shift high rates
  RandomStream random_;
  Time next_;  // drawn one arrival ahead: the event loop waits for each time, and the logarithm takes long
};

// The k-th arrival, from 0, at k / rate.
class DeterministicProcess final : public ArrivalProcess {
 public:
  explicit DeterministicProcess(const DeterministicArrivals& config) : gap_(kNanoseconds / config.rate) {}
  Time next() override { return later(Time{}, static_cast<double>(count_++) * gap_); }

 private:
  double gap_;
  std::uint64_t count_ = 0;
};

// Markov-modulated Poisson process of two states, which starts with an on period.
class OnOffProcess final : public ArrivalProcess {
 public:
  OnOffProcess(const OnOffArrivals& config, std::uint64_t seed) : config_(config), random_(seed) {
    state_ends_ = later(Time{}, unit_exponential(random_) * static_cast<double>(config_.mean_on.count()));
  }

  Time next() override {
    while (now_ != kNever) {
      const double rate = on_ ? config_.on_rate : config_.off_rate;
      const Time candidate = rate > 0 ? later(now_, unit_exponential(random_) * kNanoseconds / rate) : kNever;
      if (candidate < state_ends_) return now_ = candidate;
      // The exponential distribution has no memory: in the new state the wait begins anew.
      now_ = state_ends_;
      on_ = !on_;
      const Duration mean = on_ ? config_.mean_on : config_.mean_off;
      state_ends_ = later(now_, unit_exponential(random_) * static_cast<double>(mean.count()));
    }
    return kNever;
  }

 private:
  OnOffArrivals config_;
  RandomStream random_;
  bool on_ = true;
  Time now_{};
  Time state_ends_{};
};

// Poisson with a rate that varies: the integral of the rate between arrivals is exponential with mean 1, and
// is inverted piece by piece (Cinlar's method).
class VaryingProcess final : public ArrivalProcess {
 public:
  VaryingProcess(VaryingArrivals config, std::uint64_t seed) : config_(std::move(config)), random_(seed) {}

  Time next() override {
    double wanted = unit_exponential(random_);
    while (true) {
      const Piece piece = current_piece();
      const double length = static_cast<double>((piece.ends - now_).count()) / kNanoseconds;
      const double end_rate = piece.ends == kNever ? piece.rate : piece.rate + piece.slope * length;
      const double area = piece.ends == kNever ? HUGE_VAL : (piece.rate + end_rate) / 2 * length;
      if (piece.ends == kNever && piece.rate <= 0) return kNever;
      if (wanted < area) return now_ = later(now_, seconds_until(piece, wanted) * kNanoseconds);
      wanted -= area;
      now_ = piece.ends;
      ++next_point_;
    }
  }

 private:
  struct Piece {
    double rate = 0;   // at now_
    double slope = 0;  // per second
    Time ends = kNever;
  };

  Piece current_piece() {
    const auto& points = config_.points;
    while (next_point_ < points.size() && points[next_point_].at <= now_) ++next_point_;
    const Time ends = next_point_ < points.size() ? points[next_point_].at : kNever;
    if (next_point_ == 0) return {config_.linear ? points[0].per_second : 0, 0, ends};
    const RatePoint& from = points[next_point_ - 1];
    if (!config_.linear || ends == kNever) return {from.per_second, 0, ends};
    const RatePoint& to = points[next_point_];
    const double slope = (to.per_second - from.per_second) / to_seconds(to.at - from.at);
    return {from.per_second + slope * to_seconds(now_ - from.at), slope, ends};
  }

  // Solves rate t + slope t^2 / 2 = wanted for the smallest t >= 0, in the form that is stable for small
  // slopes.
  static double seconds_until(const Piece& piece, double wanted) {
    const double root = std::sqrt(std::fmax(0, piece.rate * piece.rate + 2 * piece.slope * wanted));
    return 2 * wanted / (piece.rate + root);
  }

  VaryingArrivals config_;
  RandomStream random_;
  Time now_{};
  std::size_t next_point_ = 0;
};

class TraceProcess final : public ArrivalProcess {
 public:
  explicit TraceProcess(std::vector<Time> times) : times_(std::move(times)) {}
  Time next() override { return at_ < times_.size() ? times_[at_++] : kNever; }

 private:
  std::vector<Time> times_;
  std::size_t at_ = 0;
};

using Process = std::unique_ptr<ArrivalProcess>;

Process make(const PoissonArrivals& c, std::uint64_t seed) {
  return std::make_unique<PoissonProcess>(c, seed);
}
Process make(const DeterministicArrivals& c, std::uint64_t) {
  return std::make_unique<DeterministicProcess>(c);
}
Process make(const OnOffArrivals& c, std::uint64_t seed) { return std::make_unique<OnOffProcess>(c, seed); }
Process make(const VaryingArrivals& c, std::uint64_t seed) {
  return std::make_unique<VaryingProcess>(c, seed);
}
Process make(const TraceArrivals& c, std::uint64_t) { return std::make_unique<TraceProcess>(c.times); }
Process make(const ClosedArrivals&, std::uint64_t) { return nullptr; }

}  // namespace

std::unique_ptr<ArrivalProcess> make_arrivals(const ArrivalConfig& config, std::uint64_t seed) {
  return std::visit([&](const auto& c) { return make(c, seed); }, config);
}

}  // namespace meshtwin
