#include <cstdio>
#include <deque>

#include "tests/bench/proxy/load.h"

namespace meshtwin::bench {
namespace {

constexpr std::size_t kAtOnce = 32;

// One request on each of count new connections.
void open_and_ask(Client& client, std::deque<Client::Connection>& connections, std::size_t count) {
  const std::size_t end = connections.size() + count;
  std::size_t under_way = 0;
  while (connections.size() < end || under_way > 0) {
    for (; connections.size() < end && under_way < kAtOnce; ++under_way) {
      client.open(connections.emplace_back());
      client.start(connections.back());
    }
    client.poll(-1, [&](Client::Connection&) { --under_way; });
  }
}

}  // namespace

void idle_connections(const LoadOptions& options) {
  Client client(options.addresses, options.shape);
  std::deque<Client::Connection> connections;
  open_and_ask(client, connections, kAtOnce);
  const std::int64_t before = resident_bytes(options.processes);
  open_and_ask(client, connections, options.connections);
  const std::int64_t after = resident_bytes(options.processes);
  std::printf("{\"connections\": %llu, \"bytes\": %lld}\n",
              static_cast<unsigned long long>(options.connections), static_cast<long long>(after - before));
}

}  // namespace meshtwin::bench
