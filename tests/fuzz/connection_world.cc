#include "tests/fuzz/connection_world.h"

#include <algorithm>
#include <utility>

#include "real/net/socket.h"
#include "tests/fuzz/connection_config.h"
#include "tests/fuzz/connection_request.h"
#include "tests/fuzz/fuzz_support.h"

namespace meshtwin {
namespace {

constexpr Duration kUnreasonable = std::chrono::seconds(10);
constexpr Duration kLook = std::chrono::milliseconds(100);
constexpr std::size_t kFill = 16 * 1024;
// Less than what a peer sends at once, so that it has to wait for a reader.
constexpr int kReceiveBuffer = 4 * 1024;

}  // namespace

ConnectionWorld::ConnectionWorld(EventLoop& loop, const Tags& tags, std::uint8_t settings)
    : loop_(loop), tags_(tags), settings_(settings), worker_(loop, 0) {
  for (std::size_t i = endpoints_of(settings); i > 0; --i) {
    backends_.push_back(std::make_unique<Backend>(loop));
    backends_.back()->script = [this](Peer& peer) { on_endpoint_bytes(peer); };
  }
  std::vector<Fd> sockets;
  sockets.push_back(listen_tcp(Address::loopback(0)).value());
  address_ = local_address(sockets[0].get());
  worker_.apply(proxy_config(settings, address_), std::move(sockets));
  set_members(~0u);
}

void ConnectionWorld::take(const Step& step) {
  switch (step.what) {
    case 's':
      return step.whom == 0 ? settle() : turn(step.whom);
    case 'm':
      return set_members(step.whom);
    case 'l':
      return worker_.apply(proxy_config(step.manner(), address_), std::vector<Fd>(1));
    case 'c':
    case 'n':
    case 'v':
    case 'f':
    case 'h':
    case 'x':
    case 'r':
    case 'p':
      return take_client_step(step);
    default:
      return take_endpoint_step(step);
  }
}

void ConnectionWorld::take_client_step(const Step& step) {
  Client*& client = present_[step.whom % kClientsAtOnce];
  if (client == nullptr || !client->peer->open()) {
    const bool sends = step.what == 'c' || step.what == 'n' || step.what == 'v';
    if (!sends || (client = connect()) == nullptr) return;
  }
  switch (step.what) {
    case 'c':
      return send(*client, with_tags(*client, step.bytes));
    case 'n':
      return send(*client, with_tags(*client, ready_request(step.manner())));
    case 'v':
      return send_half(*client, with_tags(*client, ready_request(step.manner())));
    case 'f':
      return send(*client, fill(step.manner(), 'c'));
    case 'h':
      return client->peer->half_close();
    case 'x':
      return client->peer->close();
    case 'r':
      return client->peer->reset();
    default:
      client->reads = !client->reads;
      if (!client->peer->ended) client->peer->read_on(client->reads);
  }
}

// What the proxy has sent on it by now is taken in first: the tag is of that request, and whatever comes without one
// is nobody's.
void ConnectionWorld::take_endpoint_step(const Step& step) {
  FuzzedEndpoint* const of = endpoint(step.whom);
  if (of == nullptr) return;
  for (std::size_t before = ~std::size_t{0}; before != of->peer().received.size() && of->peer().open();) {
    before = of->peer().received.size();
    of->peer().on_io(EPOLLIN);
  }
  switch (step.what) {
    case 'a':
    case 'u':
      return of->answer_all(step.manner(), step.what == 'u');
    case 'e': {
      std::string bytes;
      for (const char c : step.bytes) bytes += c == '@' ? of->latest_tag() : std::string(1, c);
      return of->send_by_hand(bytes);
    }
    case 'g':
      return of->send_by_hand(fill(step.manner(), 'e'));
    case 'k':
      return of->peer().half_close();
    case 'y':
      return of->peer().close();
    case 'q':
      return of->peer().reset();
    case 'w':
      return of->read_on(step.manner() % 2 != 0);
    default:
      return;
  }
}

ConnectionWorld::Client* ConnectionWorld::connect() {
  if (clients_.size() >= kClientsMax) return nullptr;
  Result<Fd> socket = connect_tcp(address_);
  if (!socket) return nullptr;
  auto client = std::make_unique<Client>();
  client->peer = std::make_unique<Peer>(loop_, std::move(socket).value());
  client->peer->set_receive_buffer(kReceiveBuffer);
  client->number = static_cast<unsigned>(clients_.size());
  return clients_.emplace_back(std::move(client)).get();
}

std::string ConnectionWorld::fill(std::uint8_t manner, char with) {
  const std::size_t size = std::min(manner * kFill, fill_left_);
  fill_left_ -= size;
  return std::string(size, with);
}

void ConnectionWorld::send(Client& client, const std::string& bytes) {
  client.peer->send(std::exchange(client.held_back, {}) + bytes);
}

void ConnectionWorld::send_half(Client& client, const std::string& bytes) {
  send(client, bytes.substr(0, bytes.size() / 2));
  client.held_back = bytes.substr(bytes.size() / 2);
}

std::string ConnectionWorld::with_tags(Client& client, std::string_view bytes) const {
  std::string out;
  for (const char c : bytes) {
    if (c == '@') out += tags_.text({client.number, client.tags++});
    else out += c;
  }
  return out;
}

FuzzedEndpoint* ConnectionWorld::endpoint(std::uint8_t whom) {
  std::vector<FuzzedEndpoint*> open;
  for (const auto& one : endpoints_) {
    if (one->peer().open()) open.push_back(one.get());
  }
  return open.empty() ? nullptr : open[whom % open.size()];
}

void ConnectionWorld::on_endpoint_bytes(Peer& peer) {
  auto at = std::find_if(endpoints_.begin(), endpoints_.end(), [&](const auto& one) { return &one->peer() == &peer; });
  if (at == endpoints_.end()) {
    peer.set_receive_buffer(kReceiveBuffer);
    at = endpoints_.insert(at, std::make_unique<FuzzedEndpoint>(tags_, peer));
  }
  (*at)->take_in();
  if (well_behaved_) (*at)->answer_all(0);
}

void ConnectionWorld::set_members(std::uint32_t bits) {
  EndpointList list;
  for (std::size_t i = 0; i < backends_.size(); ++i) {
    if ((bits >> i & 1) != 0) list.push_back({{"shop/" + std::to_string(i), backends_[i]->address(), 1}, true});
  }
  worker_.set_endpoints("shop", list);
}

void ConnectionWorld::turn(int rounds) {
  for (; rounds > 0; --rounds) loop_.run_once(Time{});
}

void ConnectionWorld::turn_until(const std::function<bool()>& done, const char* what) {
  const Time end = loop_.refresh_now() + kUnreasonable;
  while (!done()) {
    demand(loop_.now() < end, what);
    loop_.run_once(loop_.now() + kLook);
  }
}

std::string ConnectionWorld::foreign_tag() const {
  for (const auto& client : clients_) {
    unsigned latest = 0;
    for (const Tag& tag : tags_.find_all(client->peer->received)) {
      if (tag.client != client->number || tag.count < latest) {
        return "client " + std::to_string(client->number) + " got " + tags_.text(tag) + " in\n" +
               client->peer->received;
      }
      latest = tag.count;
    }
  }
  return {};
}

}  // namespace meshtwin
