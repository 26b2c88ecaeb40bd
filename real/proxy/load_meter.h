// What passes a listener at the moment, counted over all workers, for its load reports.
#pragma once

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "policies/load/server_load.h"

namespace meshtwin {

// The one thing that workers share: a server that told each worker's part of its load would look idle to those who ask
// the wrong one. Locked for a few dozen nanoseconds, twice a request, and only where reports are asked for.
class LoadMeter {
 public:
  void set_concurrency(std::optional<std::uint32_t> concurrency) {
    const std::lock_guard lock(mutex_);
    load_.set_concurrency(concurrency);
  }
  ServerLoad::Ticket arrive(Time now) {
    const std::lock_guard lock(mutex_);
    return load_.arrive(in_order(now));
  }
  void leave(Time now, const ServerLoad::Ticket& ticket, ServerLoad::Ending ending) {
    const std::lock_guard lock(mutex_);
    load_.leave(in_order(now), ticket, ending);
  }
  LoadReport report(Time now) {
    const std::lock_guard lock(mutex_);
    return load_.report(in_order(now));
  }

 private:
  // Workers' loops look at the clock at different times.
  Time in_order(Time now) { return latest_ = std::max(latest_, now); }

  std::mutex mutex_;
  ServerLoad load_;
  Time latest_{};
};

// Those of all listeners, by name. A meter stays while the program runs, whatever is reloaded.
class LoadMeters {
 public:
  LoadMeter& of(const std::string& listener) {
    const std::lock_guard lock(mutex_);
    auto& meter = meters_[listener];
    if (meter == nullptr) meter = std::make_unique<LoadMeter>();
    return *meter;
  }

 private:
  std::mutex mutex_;
  std::map<std::string, std::unique_ptr<LoadMeter>> meters_;
};

}  // namespace meshtwin
