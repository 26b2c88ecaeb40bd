// The parts that scenario_file.cc reads a scenario in. Each writes its part of the Scenario and reports what
// is wrong to the Diagnostics of the values; services come first, since the other parts refer to them.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/config/distribution_reader.h"
#include "core/config/reader.h"
#include "core/config/scenario.h"

namespace meshtwin {

inline constexpr std::uint32_t kMaxInstances = 1'000'000;  // of one service; also sidecars of one client
inline constexpr double kMaxRate = 1e9;                    // requests per second

// An instance that the file names at `place`.
struct InstanceMention {
  Value place;
  std::uint32_t service = 0;
  std::uint32_t instance = 0;
};

struct ScenarioReading {
  Scenario& scenario;
  const ScenarioFiles& files;
  std::map<std::string, std::uint32_t, std::less<>> services;  // index by name
  std::vector<InstanceMention>
      mentions;  // checked at the end, since instances may join later than they are named

  // The number of the place that the text names.
  LocalityIndex locality(const Value& name) const;
  // The service that the text names; reports one that isn't there.
  std::uint32_t service(const Value& name) const;
  // Splits `checkout/0` into service and instance; the instance is none where the service stands alone.
  std::uint32_t service_and_instance(const Value& target, std::optional<std::uint32_t>& instance) const;
};

// Letters, digits, `_` and `-`, at most 63: what metrics, targets and the names of hosts are made of.
void check_name(std::string_view name, const Value& place);

void read_services(const Value& value, ScenarioReading& reading);
void read_clients(const Value& value, ScenarioReading& reading);
ArrivalConfig read_arrivals(const Value& value, const ScenarioFiles& files);
// `status`: what is answered where the file gives none.
RefusalConfig read_refusal(const Value& value, std::uint16_t status);
NetworkConfig read_network(const Value& value, const ScenarioReading& reading);
void read_overheads(const Value& value, ScenarioReading& reading);
void read_policies(const Value& value, ScenarioReading& reading);
void read_changes(const Value& value, ScenarioReading& reading);
void read_faults(const Value& value, ScenarioReading& reading);
void read_expectations(const Value& value, ScenarioReading& reading);

}  // namespace meshtwin
