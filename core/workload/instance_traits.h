// What one instance of a service is like: the service's values with the instance's own ones on top.
#pragma once

#include <cstdint>

#include "core/config/scenario.h"

namespace meshtwin {

struct InstanceTraits {
  std::uint32_t concurrency = 1;
  std::uint32_t weight = 1;
  Distribution service_time;
  LocalityIndex locality = 0;
  std::uint8_t priority = 0;
};

// Of instance `ordinal`, from 0.
inline InstanceTraits traits_of(const ServiceConfig& service, std::uint32_t ordinal) {
  InstanceTraits traits{service.concurrency, service.weight, service.service_time, service.locality,
                        service.priority};
  for (const InstanceOverride& own : service.overrides) {
    if (own.instance != ordinal) continue;
    traits.concurrency = own.concurrency.value_or(traits.concurrency);
    traits.weight = own.weight.value_or(traits.weight);
    traits.service_time = own.service_time.value_or(traits.service_time);
    traits.locality = own.locality.value_or(traits.locality);
    traits.priority = own.priority.value_or(traits.priority);
  }
  return traits;
}

inline bool concerns(const FaultConfig& fault, std::uint32_t service, std::uint32_t ordinal) {
  return fault.service == service && fault.instance.value_or(ordinal) == ordinal;
}

}  // namespace meshtwin
