#include "policies/load/server_load.h"

#include <algorithm>
#include <bit>
#include <cassert>

#include "core/random/deterministic_math.h"

namespace meshtwin {
namespace {

double seconds(Duration duration) { return static_cast<double>(duration.count()) * 1e-9; }

double kept_after(Duration time) { return meshtwin::exp(-seconds(time) / seconds(ServerLoad::kMemory)); }

}  // namespace

// Up to 15 each its own, then four to each doubling.
std::size_t ServerLoad::bucket_of(std::uint32_t in_flight) {
  constexpr std::uint32_t kExact = 16;
  if (in_flight < kExact) return in_flight;
  const auto width = static_cast<std::uint32_t>(std::bit_width(in_flight));  // 5 or more
  return kExact + 4 * (width - 5) + (in_flight >> (width - 3) & 3);
}

ServerLoad::Averages ServerLoad::averages_at(Time now) const {
  assert(now >= at_);
  if (now == at_) return averages_;
  const double kept = kept_after(now - at_);
  const double taken = concurrency_ ? std::min(in_flight_, *concurrency_) : in_flight_;
  return {averages_.busy * kept + taken * (1 - kept), averages_.answers * kept, averages_.errors * kept};
}

void ServerLoad::move_to(Time now) {
  averages_ = averages_at(now);
  at_ = now;
}

ServerLoad::Ticket ServerLoad::arrive(Time now) {
  if (!since_) since_ = at_ = now;
  move_to(now);
  ++in_flight_;
  return {now, in_flight_};
}

void ServerLoad::leave(Time now, const Ticket& ticket, Ending ending) {
  move_to(now);
  assert(in_flight_ > 0);
  --in_flight_;
  if (ending == Ending::given_up) return;
  averages_.answers += 1;
  if (ending == Ending::failed) {
    averages_.errors += 1;
    return;
  }
  const std::size_t bucket = bucket_of(ticket.in_flight);
  if (bucket >= samples_.size()) samples_.resize(bucket + 1);
  Samples& samples = samples_[bucket];
  samples.ring[samples.count++ % kKept] = {now, now - ticket.arrived};
}

void ServerLoad::forget_all(Time now) {
  if (!since_) return;
  move_to(now);
  in_flight_ = 0;
}

LoadReport ServerLoad::report(Time now) const {
  LoadReport out;
  out.in_flight = in_flight_;
  if (!since_) return out;
  const auto [busy, answers, errors] = averages_at(now);
  const double seen = 1 - kept_after(now - *since_);  // the part of the averages that time has filled
  if (seen > 0) {
    if (concurrency_) out.application_utilization = busy / seen / *concurrency_;
    out.requests_per_second = answers / seen / seconds(kMemory);
    out.errors_per_second = errors / seen / seconds(kMemory);
  }
  if (answers > 0) {
    const double per_answer = busy * seconds(kMemory) / answers;
    out.service_time = Duration(static_cast<std::int64_t>(std::min(per_answer, 1e9) * 1e9));
  }
  out.latency = latency_near(now, in_flight_ + 1);
  return out;
}

Duration ServerLoad::latency_of(Time now, const Samples& samples) const {
  std::array<Duration, kKept> recent;
  std::size_t count = 0;
  for (std::size_t i = 0; i < std::min<std::size_t>(samples.count, kKept); ++i) {
    if (now - samples.ring[i].at <= kRecent) recent[count++] = samples.ring[i].latency;
  }
  if (count == 0) return Duration::zero();
  const auto middle = recent.begin() + static_cast<std::ptrdiff_t>((count - 1) / 2);
  std::nth_element(recent.begin(), middle, recent.begin() + static_cast<std::ptrdiff_t>(count));
  return std::max(*middle, Duration(1));
}

// Of as many in flight, or else of the nearest number that there is something for, the lower one first.
Duration ServerLoad::latency_near(Time now, std::uint32_t in_flight) const {
  const auto wanted = static_cast<std::ptrdiff_t>(bucket_of(in_flight));
  const auto buckets = static_cast<std::ptrdiff_t>(samples_.size());
  for (std::ptrdiff_t distance = 0; distance <= std::max(wanted, buckets); ++distance) {
    for (const std::ptrdiff_t bucket : {wanted - distance, wanted + distance}) {
      if (bucket < 0 || bucket >= buckets) continue;
      const Duration latency = latency_of(now, samples_[static_cast<std::size_t>(bucket)]);
      if (latency != Duration::zero()) return latency;
    }
  }
  return Duration::zero();
}

}  // namespace meshtwin
