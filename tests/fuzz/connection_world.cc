#include "tests/fuzz/connection_world.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "real/net/socket.h"
#include "tests/fuzz/connection_clock.h"
#include "tests/fuzz/connection_config.h"
#include "tests/fuzz/fuzz_support.h"

namespace meshtwin {
namespace {

constexpr Duration kUnreasonable = std::chrono::seconds(10);
constexpr Duration kLook = std::chrono::milliseconds(1);
// Less than what a peer sends at once, so that it has to wait for a reader.
constexpr int kReceiveBuffer = 16 * 1024;
// What the kernel keeps for a slow client: the proxy's buffers are to be what fills.
constexpr int kSendBuffer = 32 * 1024;
// So small that the kernel doesn't wait, by the machine's time, until such a buffer has room for one.
constexpr int kSegment = 4 * 1024;

void limit_segments(int listener) {
  setsockopt(listener, IPPROTO_TCP, TCP_MAXSEG, &kSegment, sizeof kSegment);
}

}  // namespace

ConnectionWorld::ConnectionWorld(EventLoop& loop, const Tags& tags, Settings settings)
    : loop_(loop),
      tags_(tags),
      settings_(settings),
      nobody_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)),
      worker_(loop, 0, std::make_shared<LoadMeters>()) {
  const Address any = Address::loopback(0);
  demand(::bind(nobody_.get(), any.data(), any.size()) == 0, "a port of its own");
  for (std::size_t i = endpoints_of(settings); i > 0; --i) {
    backends_.push_back(std::make_unique<Backend>(loop));
    limit_segments(backends_.back()->listener());
    backends_.back()->script = [this](Peer& peer) { on_endpoint_bytes(peer); };
  }
  std::vector<Fd> sockets;
  sockets.push_back(listen_tcp(Address::loopback(0)).value());
  // Connections have both from the socket that accepts them.
  limit_segments(sockets[0].get());
  setsockopt(sockets[0].get(), SOL_SOCKET, SO_SNDBUF, &kSendBuffer, sizeof kSendBuffer);
  address_ = local_address(sockets[0].get());
  may_repeat_posts_ = repeats_all(settings);
  worker_.apply(proxy_config(settings, address_), std::move(sockets));
  set_members(kAllMembers);
}

void ConnectionWorld::load(Settings settings) {
  may_repeat_posts_ = may_repeat_posts_ || repeats_all(settings);
  worker_.apply(proxy_config(settings, address_), std::vector<Fd>(1));
}

FuzzedClient* ConnectionWorld::connect() {
  if (clients_.size() >= kClientsMax) return nullptr;
  Result<Fd> socket = connect_tcp(address_);
  if (!socket) return nullptr;
  auto client = std::make_unique<FuzzedClient>(tags_, loop_, std::move(socket).value(),
                                               static_cast<unsigned>(clients_.size()));
  client->peer().set_receive_buffer(kReceiveBuffer);
  return clients_.emplace_back(std::move(client)).get();
}

void ConnectionWorld::on_endpoint_bytes(Peer& peer) {
  auto at = std::find_if(endpoints_.begin(), endpoints_.end(), [&](const auto& one) { return &one->peer() == &peer; });
  if (at == endpoints_.end()) {
    peer.set_receive_buffer(kReceiveBuffer);
    const auto told = [this](std::string_view head) { on_request(head); };
    at = endpoints_.insert(at, std::make_unique<FuzzedEndpoint>(tags_, peer, told));
  }
  (*at)->take_in();
  if (well_behaved_) (*at)->answer_all(0);
}

void ConnectionWorld::on_request(std::string_view head) {
  const std::vector<Tag> tags = tags_.find_all(head);
  if (!head.starts_with("POST ") || tags.empty()) return;
  const bool first = posts_.insert(tags_.text(tags.front())).second;
  demand(first || may_repeat_posts_, "a request that isn't idempotent comes to endpoints once", head);
}

void ConnectionWorld::set_members(std::uint32_t bits) {
  EndpointList list;
  for (std::size_t i = 0; i < backends_.size(); ++i) {
    if ((bits >> i & 1) != 0) list.push_back({{"shop/" + std::to_string(i), backends_[i]->address(), 1}, true});
  }
  if ((bits & kNobody) != 0) list.push_back({{"shop/nobody", local_address(nobody_.get()), 1}, true});
  worker_.set_endpoints("shop", list);
}

void ConnectionWorld::turn(int rounds) {
  for (; rounds > 0; --rounds) loop_.run_once(Time{});
}

void ConnectionWorld::pass_time(Duration time) {
  advance_clock(time);
  loop_.run_once(Time{});
}

// The kernel may be late, by the machine's time, which the loop's isn't.
void ConnectionWorld::turn_until(const std::function<bool()>& done, const char* what, Duration pace) {
  const auto end = std::chrono::steady_clock::now() + kUnreasonable;
  while (!done()) {
    demand(std::chrono::steady_clock::now() < end, what);
    loop_.run_once(loop_.now() + kLook);
    pass_time(pace);
  }
}

std::string ConnectionWorld::complaint() {
  for (const auto& client : clients_) {
    if (std::string text = client->complaint(); !text.empty()) return text;
  }
  return {};
}

}  // namespace meshtwin
