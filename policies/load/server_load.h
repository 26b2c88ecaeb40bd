// What a server knows of its own load, for its load reports.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/call/load_report.h"
#include "core/time.h"

namespace meshtwin {

// Told of each request that comes and goes. Rates, utilization and service time are averages that forget by 1/e in
// kMemory. The service time is the time for which places of the concurrency were taken over the answers in it, so that
// nobody needs to know when a request's service began.
// Latency is the median of the latest kKept requests that came when about as many were inside as are now and that
// ended within kRecent (Wydrowski et al., Prequal, NSDI 2024, section 4).
class ServerLoad {
 public:
  static constexpr Duration kMemory = std::chrono::seconds(1);
  static constexpr Duration kRecent = std::chrono::seconds(10);
  static constexpr std::size_t kKept = 16;

  struct Ticket {
    Time arrived{};
    std::uint32_t in_flight = 0;  // itself included
  };
  enum class Ending : std::uint8_t { answered, failed, given_up };

  // `concurrency`: requests that are worked on at a time; none: unbounded, and no utilization is told.
  explicit ServerLoad(std::optional<std::uint32_t> concurrency = std::nullopt) : concurrency_(concurrency) {}

  void set_concurrency(std::optional<std::uint32_t> concurrency) { concurrency_ = concurrency; }

  Ticket arrive(Time now);
  void leave(Time now, const Ticket& ticket, Ending ending);
  // All that were inside are gone.
  void forget_all(Time now);
  std::uint32_t in_flight() const { return in_flight_; }

  // Asking changes nothing.
  LoadReport report(Time now) const;

 private:
  struct Sample {
    Time at{};
    Duration latency{};
  };
  struct Samples {
    std::array<Sample, kKept> ring;
    std::uint32_t count = 0;  // ever
  };
  static std::size_t bucket_of(std::uint32_t in_flight);
  struct Averages {
    double busy = 0;  // places taken
    double answers = 0;  // decayed counts
    double errors = 0;
  };
  Averages averages_at(Time now) const;
  void move_to(Time now);
  Duration latency_of(Time now, const Samples& samples) const;
  Duration latency_near(Time now, std::uint32_t in_flight) const;

  std::optional<std::uint32_t> concurrency_;
  std::uint32_t in_flight_ = 0;
  std::optional<Time> since_;  // the first request
  Time at_{};                  // of the averages
  Averages averages_;
  std::vector<Samples> samples_;  // by bucket of the number in flight at their arrival
};

}  // namespace meshtwin
