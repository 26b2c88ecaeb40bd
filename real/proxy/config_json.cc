#include "real/proxy/config_json.h"

#include <nlohmann/json.hpp>

#include "core/config/policy_file.h"
#include "core/config/policy_words.h"
#include "core/config/units.h"
#include "real/proxy/config_words.h"

namespace meshtwin {
namespace {

Json route_json(const RouteConfig& route) {
  Json out = Json::object();
  if (!route.host.empty()) out["host"] = route.host;
  if (!route.path_prefix.empty()) out["path_prefix"] = route.path_prefix;
  for (const HeaderMatch& header : route.headers) {
    out["headers"][header.name] = header.value ? Json(*header.value) : Json(true);
  }
  out["upstream"] = route.upstream;
  return out;
}

Json load_reports_json(const LoadReportsConfig& reports) {
  Json out = Json::object();
  if (reports.concurrency) out["concurrency"] = *reports.concurrency;
  return out;
}

Json listener_json(const ListenerConfig& listener) {
  Json routes = Json::array();
  for (const RouteConfig& route : listener.routes) routes.push_back(route_json(route));
  Json out{{"name", listener.name},
          {"address", listener.address.text()},
          {"direction", word_for(kDirectionWords, listener.direction)},
          {"routes", std::move(routes)},
          {"forwarded_for", word_for(kForwardedForWords, listener.forwarded_for)},
          {"heeds_deadlines", listener.heeds_deadlines},
          {"via", listener.via},
          {"call_report", listener.call_report},
          {"connections_max", listener.connections_max},
          {"head_bytes_max", listener.head_bytes_max},
          {"head_timeout", format_duration(listener.head_timeout)},
          {"idle_timeout", format_duration(listener.idle_timeout)},
          {"body_timeout", format_duration(listener.body_timeout)},
          {"body_bytes_min", listener.body_bytes_min}};
  if (listener.load_reports) out["load_reports"] = load_reports_json(*listener.load_reports);
  return out;
}

Json upstream_json(const UpstreamConfig& upstream) {
  Json out{{"policy", canonical_policy(upstream.policy)}};
  out.update(discovery_json(upstream));
  if (upstream.health_check) out["health_check"] = health_check_json(upstream);
  if (upstream.seed) out["seed"] = *upstream.seed;
  out["connect_timeout"] = format_duration(upstream.connect_timeout);
  out["idle_timeout"] = format_duration(upstream.idle_timeout);
  out["idle_connections_max"] = upstream.idle_connections_max;
  out["attempt_header"] = upstream.attempt_header;
  out["propagates_deadline"] = upstream.propagates_deadline;
  return out;
}

Json dns_json(const DnsDiscovery& dns) {
  Json out{{"record", kRecordWords[static_cast<std::size_t>(dns.record)]}, {"host", dns.host}};
  if (dns.record == DnsDiscovery::Record::a) out["port"] = dns.port;
  out["refresh"] = format_duration(dns.refresh);
  return out;
}

Json endpoint_json(const EndpointConfig& endpoint) {
  Json out{{"name", endpoint.name}, {"address", endpoint.address.text()}, {"weight", endpoint.weight}};
  if (endpoint.priority != 0) out["priority"] = endpoint.priority;
  if (!endpoint.locality.empty()) out["locality"] = endpoint.locality;
  if (endpoint.draining) out["draining"] = true;
  return out;
}

}  // namespace

Json discovery_json(const UpstreamConfig& upstream) {
  if (const auto* dns = std::get_if<DnsDiscovery>(&upstream.discovery)) return {{"dns", dns_json(*dns)}};
  if (const auto* file = std::get_if<FileDiscovery>(&upstream.discovery))
    return {{"endpoints_file", file->path}};
  Json endpoints = Json::array();
  for (const EndpointConfig& endpoint : std::get<StaticDiscovery>(upstream.discovery).endpoints) {
    endpoints.push_back(endpoint_json(endpoint));
  }
  return {{"endpoints", std::move(endpoints)}};
}

Json health_check_json(const UpstreamConfig& upstream) {
  if (!upstream.health_check) return nullptr;
  const HealthProbeConfig& check = *upstream.health_check;
  Json out{{"type", kHealthProbeWords[static_cast<std::size_t>(check.type)]}};
  if (check.type == HealthProbeConfig::Type::http) out["path"] = check.path;
  out["interval"] = format_duration(check.interval);
  out["timeout"] = format_duration(check.timeout);
  out["healthy_threshold"] = check.healthy_threshold;
  out["unhealthy_threshold"] = check.unhealthy_threshold;
  return out;
}

Json proxy_config_json(const ProxyConfig& config) {
  Json listeners = Json::array();
  for (const ListenerConfig& listener : config.listeners) listeners.push_back(listener_json(listener));
  Json upstreams = Json::object();
  for (const UpstreamConfig& upstream : config.upstreams) upstreams[upstream.name] = upstream_json(upstream);
  Json out{{"name", config.name},
           {"workers", config.workers},
           {"listeners", std::move(listeners)},
           {"upstreams", std::move(upstreams)}};
  if (!config.locality.empty()) out["locality"] = config.locality;
  if (config.admin) {
    out["admin"]["address"] = config.admin->address.text();
    if (!config.admin->address.is_loopback()) out["admin"]["allow_remote"] = true;
  }
  if (config.access_log) {
    out["access_log"] = {{"path", config.access_log->path},
                         {"query", config.access_log->query},
                         {"sample", config.access_log->sample}};
  }
  if (config.journal) {
    out["journal"] = {{"folder", config.journal->folder},
                      {"bytes_max", config.journal->bytes_max},
                      {"segment_bytes", config.journal->segment_bytes}};
  }
  out["explain_decisions"] = config.explain_decisions;
  out["drain"] = format_duration(config.drain);
  return out;
}

}  // namespace meshtwin
