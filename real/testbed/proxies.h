// The proxies of a scenario that is played for real: a process for each sidecar of a client, and one for the inbound
// sidecars of each service that has them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/config/scenario.h"
#include "core/result.h"
#include "real/testbed/shadow_counts.h"
#include "real/files.h"
#include "real/net/address.h"
#include "real/testbed/proxy_process.h"

namespace meshtwin {

class Proxies {
 public:
  // Their files go into `folder`; all of these have to outlive it.
  Proxies(const Scenario& scenario, std::uint64_t seed, const std::filesystem::path& program,
          const ScratchFolder& folder)
      : scenario_(scenario), seed_(seed), program_(program), folder_(folder) {}

  // `instances`: where they listen, by service.
  Result<bool> start_inbound(const std::vector<std::vector<Address>>& instances);
  // Once those are ready.
  Result<bool> start_outbound();

  // All that have been started.
  bool are_ready();
  // The first one that has ended by itself.
  std::optional<Error> problem();
  // Of the clients' sidecars, by client.
  std::vector<std::vector<Address>> addresses() const;
  const std::vector<ProxyProcess>& all() const { return all_; }
  // By service, of the clients' policies; zeros where those have no shadow.
  Result<std::vector<ShadowCounts>> shadow_counts() const;

 private:
  Result<bool> start(const std::string& name, const std::string& config);
  Result<std::string> write_policy(const PolicyConfig& policy, const std::string& file) const;

  const Scenario& scenario_;
  std::uint64_t seed_;
  const std::filesystem::path& program_;
  const ScratchFolder& folder_;
  std::vector<std::vector<Address>> entrances_;  // of the instances, or of their sidecars, by service
  std::vector<ProxyProcess> all_;
  std::size_t inbound_ = 0;  // the first ones are
};

}  // namespace meshtwin
