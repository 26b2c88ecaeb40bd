// Platform files in SimGrid's XML.
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <sstream>
#include <utility>

#include <fmt/format.h>

#include "sim/network/simgrid/platform.h"

namespace meshtwin {
namespace {

namespace s4u = simgrid::s4u;

constexpr double kLeastLatency = 1e-9;  // as for inline zones

Error problem(const std::string& file, const std::string& what) {
  return Error{fmt::format("$.network.platform: {}: {}", file, what)};
}

Result<std::string> read_without_comments(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  if (in) text << in.rdbuf();
  if (!in) return problem(file, "it can't be read; give the path of a platform file in SimGrid's XML");
  std::string xml = std::move(text).str();
  for (std::size_t begin; (begin = xml.find("<!--")) != std::string::npos;) {
    const std::size_t end = xml.find("-->", begin);
    xml.erase(begin, end == std::string::npos ? end : end + 3 - begin);
  }
  return xml;
}

bool has_any(const std::string& xml, std::initializer_list<const char*> signs) {
  return std::any_of(signs.begin(), signs.end(),
                     [&](const char* sign) { return xml.find(sign) != std::string::npos; });
}

Result<bool> check_links(const std::string& file, const s4u::Engine& engine) {
  for (s4u::Link* link : engine.get_all_links()) {
    using Policy = s4u::Link::SharingPolicy;
    const Policy policy = link->get_sharing_policy();
    if (policy == Policy::WIFI) {
      return problem(
          file, fmt::format("link {} is a wifi link, which meshtwin doesn't simulate", link->get_name()));
    }
    if (!std::isfinite(link->get_bandwidth()) || link->get_bandwidth() <= 0) {
      return problem(file, fmt::format("link {} has a bandwidth of {} bytes per second; give one above 0",
                                       link->get_name(), link->get_bandwidth()));
    }
    if (!std::isfinite(link->get_latency()) || link->get_latency() < 0) {
      return problem(file, fmt::format("link {} has a latency of {} s; give one of 0 or more",
                                       link->get_name(), link->get_latency()));
    }
    if (link->get_latency() == 0 && policy != Policy::FATPIPE && policy != Policy::SPLITDUPLEX) {
      link->set_latency(kLeastLatency);
    }
  }
  return true;
}

}  // namespace

Result<bool> load_platform_file(const std::string& file, Platform& platform) {
  const Result<std::string> xml = read_without_comments(file);
  if (!xml) return xml.error();
  if (has_any(xml.value(), {"<actor", "<process"})) {
    return problem(file, "it describes actors, and meshtwin runs none; take its <actor> elements out");
  }
  // Links with a profile change in the course of time.
  platform.links_change = has_any(xml.value(), {"_file=", "_file =", "<trace", "<peer"});
  platform.engine->load_platform(std::filesystem::absolute(file).string());
  platform.hosts = platform.engine->get_all_hosts();
  if (platform.hosts.empty()) return problem(file, "it has no host");
  for (s4u::Host* host : platform.hosts) {
    // Up to the root, beyond which get_parent() must not be asked.
    const s4u::NetZone* root = platform.engine->get_netzone_root();
    for (const s4u::NetZone* zone = host->get_englobing_zone();; zone = zone->get_parent()) {
      platform.zones[zone->get_name()].push_back(host);
      if (zone == root) break;
    }
  }
  return check_links(file, *platform.engine);
}

}  // namespace meshtwin
