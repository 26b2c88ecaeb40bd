// What one instance of a service is like: the service's values with the instance's own ones on top.
#pragma once

#include <cstdint>

#include "core/config/scenario.h"

namespace meshtwin {

struct InstanceTraits {
  std::uint32_t concurrency = 1;
  std::uint32_t weight = 1;
  Distribution service_time;
};

// Of instance `ordinal`, from 0.
inline InstanceTraits traits_of(const ServiceConfig& service, std::uint32_t ordinal) {
  InstanceTraits traits{service.concurrency, service.weight, service.service_time};
  for (const InstanceOverride& own : service.overrides) {
    if (own.instance != ordinal) continue;
    traits.concurrency = own.concurrency.value_or(traits.concurrency);
    traits.weight = own.weight.value_or(traits.weight);
    traits.service_time = own.service_time.value_or(traits.service_time);
  }
  return traits;
}

inline bool concerns(const FaultConfig& fault, std::uint32_t service, std::uint32_t ordinal) {
  return fault.service == service && fault.instance.value_or(ordinal) == ordinal;
}

}  // namespace meshtwin
