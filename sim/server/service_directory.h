// Which instances a service has had and has, version by version, as the registry knows it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/upstream/endpoint_names.h"
#include "core/upstream/membership.h"
#include "core/workload/instance_traits.h"

namespace meshtwin {

// An endpoint of a service is the ordinal of its instance: checkout/3 is endpoint 3 of checkout.
class ServiceDirectory {
 public:
  explicit ServiceDirectory(std::size_t services) : services_(services) {}

  // The new endpoint of `service`, which runs on `instance`. Not a member before the next publish().
  EndpointIndex add(std::uint32_t service, std::uint32_t instance, const InstanceTraits& traits) {
    Service& s = services_[service];
    s.instances.push_back(instance);
    const auto endpoint = static_cast<EndpointIndex>(s.instances.size() - 1);
    s.members.push_back({endpoint, traits.weight, true, false, traits.priority, traits.locality});
    return endpoint;
  }
  // "checkout/3", for those balancers that go by names.
  void name(std::uint32_t service, EndpointIndex endpoint, std::string name) {
    services_[service].names->add(endpoint, std::move(name));
  }
  EndpointNamesPtr names(std::uint32_t service) const { return services_[service].names; }
  void remove(std::uint32_t service, EndpointIndex endpoint) {
    std::erase_if(services_[service].members, [&](const Member& m) { return m.endpoint == endpoint; });
  }
  // Makes the current members known as a new version, whose number it returns.
  std::uint32_t publish(std::uint32_t service) {
    Service& s = services_[service];
    s.versions.push_back(std::make_shared<const Membership>(s.members));
    return static_cast<std::uint32_t>(s.versions.size() - 1);
  }

  std::uint32_t instance(std::uint32_t service, EndpointIndex endpoint) const {
    return services_[service].instances[endpoint];
  }
  const std::vector<std::uint32_t>& instances(std::uint32_t service) const {
    return services_[service].instances;
  }
  MembershipPtr version(std::uint32_t service, std::uint32_t number) const {
    return services_[service].versions[number];
  }
  std::uint32_t latest(std::uint32_t service) const {
    return static_cast<std::uint32_t>(services_[service].versions.size() - 1);
  }

 private:
  struct Service {
    std::vector<std::uint32_t> instances;  // by endpoint, those that left included
    std::vector<Member> members;
    std::vector<MembershipPtr> versions;
    std::shared_ptr<EndpointNames> names = std::make_shared<EndpointNames>();
  };
  std::vector<Service> services_;
};

}  // namespace meshtwin
