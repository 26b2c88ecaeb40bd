#include "real/testbed/proxies.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/config/policy_file.h"
#include "real/testbed/proxy_config.h"
#include "real/testbed/shadow_counts.h"

namespace meshtwin {

Result<bool> Proxies::start(const std::string& name, const std::string& config) {
  const std::string file = fmt::format("proxy-{}.json", all_.size());
  if (const auto written = write_file(folder_ / file, config); !written) return written;
  auto proxy = ProxyProcess::start(name, program_, folder_ / file, folder_ / (file + ".err"));
  if (!proxy) return proxy.error();
  all_.push_back(std::move(proxy).value());
  return true;
}

Result<std::string> Proxies::write_policy(const PolicyConfig& policy, const std::string& file) const {
  if (const auto written = write_file(folder_ / file, canonical_policy_text(policy)); !written) return written.error();
  return file;
}

Result<bool> Proxies::start_inbound(const std::vector<std::vector<Address>>& instances) {
  entrances_ = instances;
  for (std::uint32_t s = 0; s < scenario_.services.size(); ++s) {
    const ServiceConfig& service = scenario_.services[s];
    if (!service.inbound) continue;
    const auto policy = write_policy(*service.inbound, fmt::format("inbound-{}.json", s));
    if (!policy) return policy.error();
    const std::string text = inbound_config_text(scenario_, seed_, s, instances[s], policy.value());
    if (const auto started = start(service.name + "/inbound", text); !started) return started;
  }
  inbound_ = all_.size();
  return true;
}

Result<bool> Proxies::start_outbound() {
  std::size_t next = 0;
  for (std::uint32_t s = 0; s < scenario_.services.size(); ++s) {
    const ServiceConfig& service = scenario_.services[s];
    if (!service.inbound) continue;
    const ProxyProcess& proxy = all_[next++];
    for (std::size_t i = 0; i < entrances_[s].size(); ++i) {
      entrances_[s][i] = proxy.listener(fmt::format("{}/{}", service.name, i));
    }
  }
  std::vector<std::string> policies;
  for (std::uint32_t s = 0; s < scenario_.services.size(); ++s) {
    auto policy = write_policy(scenario_.policies[s].config, fmt::format("policy-{}.json", s));
    if (!policy) return policy.error();
    policies.push_back(std::move(policy).value());
  }
  for (const ClientConfig& client : scenario_.clients) {
    for (std::uint32_t i = 0; i < client.sidecars; ++i) {
      const std::string name = fmt::format("{}/{}", client.name, i);
      const std::string text = proxy_config_text(scenario_, seed_, name, client, entrances_[client.service],
                                                 policies[client.service]);
      if (const auto started = start(name, text); !started) return started;
    }
  }
  return true;
}

bool Proxies::are_ready() {
  return std::all_of(all_.begin(), all_.end(), [](ProxyProcess& proxy) { return proxy.is_ready(); });
}

std::optional<Error> Proxies::problem() {
  for (ProxyProcess& proxy : all_) {
    if (!proxy.runs()) return Error{proxy.how_it_ended()};
  }
  return std::nullopt;
}

std::vector<std::vector<Address>> Proxies::addresses() const {
  std::vector<std::vector<Address>> out;
  std::size_t next = inbound_;
  for (const ClientConfig& client : scenario_.clients) {
    auto& sidecars = out.emplace_back();
    for (std::uint32_t i = 0; i < client.sidecars; ++i) sidecars.push_back(all_[next++].listener(kProxyListener));
  }
  return out;
}

Result<std::vector<ShadowCounts>> Proxies::shadow_counts() const {
  std::vector<ShadowCounts> out(scenario_.services.size());
  std::size_t next = inbound_;
  for (const ClientConfig& client : scenario_.clients) {
    for (std::uint32_t i = 0; i < client.sidecars; ++i) {
      const ProxyProcess& proxy = all_[next++];
      if (!proxy.admin()) continue;
      const Result<ShadowCounts> counts = fetch_shadow_counts(*proxy.admin());
      if (!counts) return counts.error();
      out[client.service].counters += counts.value().counters;
      add_shares(counts.value().shares, out[client.service].shares);
    }
  }
  return out;
}

}  // namespace meshtwin
