#include "real/testbed/shadow_counts.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <string>

#include <fmt/format.h>

#include "real/net/socket.h"

namespace meshtwin {
namespace {

constexpr int kPatienceMs = 5000;  // for each step
constexpr std::string_view kRequest = "GET /metrics HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";

bool wait_for(int fd, short events) {
  pollfd waiting{fd, events, 0};
  return ::poll(&waiting, 1, kPatienceMs) == 1;
}

std::uint64_t value_of(std::string_view line) {
  std::uint64_t count = 0;
  const std::size_t space = line.rfind(' ');
  if (space != std::string_view::npos) std::from_chars(line.data() + space + 1, line.data() + line.size(), count);
  return count;
}

void read_count(std::string_view line, ShadowCounters& counters) {
  for (std::size_t i = 0; i < ShadowCounters::kCounts; ++i) {
    const std::string label = fmt::format("decision=\"{}\"", ShadowCounters::kNames[i]);
    if (line.find(label) != std::string_view::npos) counters.counts[i] += value_of(line);
  }
}

void read_share(std::string_view line, std::vector<PickShare>& shares) {
  constexpr std::uint32_t kInstancesMax = 1'000'000;
  constexpr std::string_view kLabel = "endpoint=\"";
  const std::size_t label = line.find(kLabel);
  if (label == std::string_view::npos) return;
  const std::string_view rest = line.substr(label + kLabel.size());
  const std::string_view name = rest.substr(0, rest.find('"'));
  const std::size_t slash = name.rfind('/');
  std::uint32_t instance = kInstancesMax;
  if (slash != std::string_view::npos) {
    std::from_chars(name.data() + slash + 1, name.data() + name.size(), instance);
  }
  if (instance >= kInstancesMax) return;
  if (instance >= shares.size()) shares.resize(instance + std::size_t{1});
  const bool by_shadow = line.find("by=\"shadow\"") != std::string_view::npos;
  (by_shadow ? shares[instance].shadow : shares[instance].policy) += value_of(line);
}

}  // namespace

Result<ShadowCounts> fetch_shadow_counts(const Address& admin) {
  const Error silent{fmt::format("the proxy's metrics at {} don't answer", admin.text())};
  const Result<Fd> connection = connect_tcp(admin);
  if (!connection) return connection.error();
  const int fd = connection.value().get();
  if (!wait_for(fd, POLLOUT)) return silent;
  const ssize_t sent = ::send(fd, kRequest.data(), kRequest.size(), MSG_NOSIGNAL);
  if (sent != static_cast<ssize_t>(kRequest.size())) return silent;
  std::string text;
  std::array<char, 16384> piece;
  while (true) {
    if (!wait_for(fd, POLLIN)) return silent;
    const ssize_t count = ::read(fd, piece.data(), piece.size());
    if (count < 0) return silent;
    if (count == 0) break;
    text.append(piece.data(), static_cast<std::size_t>(count));
  }
  if (!text.starts_with("HTTP/1.1 200 ")) return silent;
  return parse_shadow_counts(text);
}

ShadowCounts parse_shadow_counts(std::string_view metrics) {
  ShadowCounts out;
  while (!metrics.empty()) {
    const std::size_t end = std::min(metrics.find('\n'), metrics.size());
    const std::string_view line = metrics.substr(0, end);
    metrics.remove_prefix(std::min(end + 1, metrics.size()));
    if (line.starts_with("shadow_total{")) read_count(line, out.counters);
    if (line.starts_with("shadow_pick_total{")) read_share(line, out.shares);
  }
  return out;
}

}  // namespace meshtwin
