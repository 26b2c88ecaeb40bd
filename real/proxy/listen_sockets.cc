#include "real/proxy/listen_sockets.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <iterator>

#include <fmt/format.h>

#include "real/net/socket.h"

namespace meshtwin {
namespace {

std::string key_of(const ListenerConfig& listener) {
  const std::string address = listener.address.text();
  return listener.address.port() == 0 ? fmt::format("{} {}", address, listener.name) : address;
}

// Binding without SO_REUSEPORT fails where somebody listens, even with it.
Result<bool> check_unused(const Address& address) {
  const Fd fd(::socket(address.family(), SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int on = 1;
  if (fd.valid()) setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (!fd.valid() || ::bind(fd.get(), address.data(), address.size()) != 0)
    return Error{std::strerror(errno)};
  return true;
}

Result<std::shared_ptr<SharedListener>> open_one(const ListenerConfig& listener, std::uint32_t workers) {
  auto out = std::make_shared<SharedListener>();
  out->key = key_of(listener);
  out->address = listener.address;
  const auto unused = check_unused(listener.address);
  if (!unused) return unused.error();
  for (std::uint32_t worker = 0; worker < workers; ++worker) {
    Result<Fd> socket = listen_tcp(out->address, true);
    if (!socket) return socket.error();
    // Port 0 became a real one, which the other workers share.
    if (worker == 0) out->address = local_address(socket.value().get());
    out->sockets.push_back(std::move(socket).value());
  }
  return out;
}

// A socket filter that drops what has the SYN flag; it sees packets from their TCP header on.
void drop_syns(int fd) {
  constexpr std::uint32_t kFlagsAt = 13;
  constexpr std::uint32_t kSyn = 0x02;
  std::array<sock_filter, 4> program{{BPF_STMT(BPF_LD | BPF_B | BPF_ABS, kFlagsAt),
                                      BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, kSyn, 0, 1),
                                      BPF_STMT(BPF_RET | BPF_K, 0), BPF_STMT(BPF_RET | BPF_K, UINT32_MAX)}};
  const sock_fprog filter{program.size(), program.data()};
  setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter);
}

}  // namespace

Result<ListenSockets> ListenSockets::open(const ProxyConfig& config, const ListenSockets& before,
                                          const std::string& file) {
  ListenSockets out;
  for (std::size_t i = 0; i < config.listeners.size(); ++i) {
    const ListenerConfig& listener = config.listeners[i];
    const std::string key = key_of(listener);
    const auto known = std::find_if(before.all_.begin(), before.all_.end(),
                                    [&](const auto& shared) { return shared->key == key; });
    if (known != before.all_.end()) {
      out.all_.push_back(*known);
      continue;
    }
    auto opened = open_one(listener, config.workers);
    if (!opened) {
      return Error{
          fmt::format("{}: $.listeners[{}].address: {} can't be listened on ({}); give another one, or end "
                      "what has it",
                      file, i, listener.address.text(), opened.error().message)};
    }
    out.all_.push_back(std::move(opened).value());
  }
  return out;
}

bool ListenSockets::has(const SharedListener& listener) const {
  return std::any_of(all_.begin(), all_.end(), [&](const auto& own) { return own.get() == &listener; });
}

bool ListenSockets::lacks_any_of(const ListenSockets& before) const {
  return std::any_of(before.all_.begin(), before.all_.end(), [&](const auto& old) { return !has(*old); });
}

void ListenSockets::refuse_new_connections(const ListenSockets& after) const {
  for (const auto& listener : all_) {
    if (after.has(*listener)) continue;
    for (const Fd& socket : listener->sockets) drop_syns(socket.get());
  }
}

std::vector<Fd> ListenSockets::for_worker(std::uint32_t worker) const {
  std::vector<Fd> out;
  for (const auto& listener : all_)
    out.emplace_back(fcntl(listener->sockets[worker].get(), F_DUPFD_CLOEXEC, 0));
  return out;
}

}  // namespace meshtwin
