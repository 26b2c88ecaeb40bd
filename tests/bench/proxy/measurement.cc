#include <algorithm>
#include <cstdio>

#include "tests/bench/proxy/load.h"

namespace meshtwin::bench {

void Measurement::start() {
  latencies_.clear();
  latencies_.reserve(1 << 20);
  usage_before_ = cpu_usage(processes_);
  start_ns_ = now_ns();
}

void Measurement::print(std::int64_t late_max_ns) {
  const CpuUsage usage = cpu_usage(processes_);
  const double seconds = static_cast<double>(now_ns() - start_ns_) / 1e9;
  if (latencies_.empty()) fail("no request was answered");
  std::sort(latencies_.begin(), latencies_.end());
  const auto microseconds = [](std::int64_t ns) { return static_cast<double>(ns) / 1e3; };
  const auto at = [&](double share) {
    const double last = static_cast<double>(latencies_.size() - 1);
    return microseconds(latencies_[static_cast<std::size_t>(share * last)]);
  };
  std::printf("{\"requests\": %zu, \"seconds\": %.6f, ", latencies_.size(), seconds);
  std::printf("\"cpu_ns\": %lld, ", static_cast<long long>(usage.running_ns - usage_before_.running_ns));
  std::printf("\"waiting_ns\": %lld, ", static_cast<long long>(usage.waiting_ns - usage_before_.waiting_ns));
  std::printf("\"p50_us\": %.1f, \"p90_us\": %.1f, \"p99_us\": %.1f, ", at(0.5), at(0.9), at(0.99));
  std::printf("\"max_us\": %.1f, \"late_max_us\": %.1f}\n", at(1), microseconds(late_max_ns));
}

}  // namespace meshtwin::bench
