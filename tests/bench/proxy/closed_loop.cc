#include <deque>

#include "tests/bench/proxy/load.h"

namespace meshtwin::bench {

void closed_loop(const LoadOptions& options, bool reconnect) {
  Client client(options.addresses, options.shape);
  std::deque<Client::Connection> connections(options.connections);
  Measurement measurement(options.processes);
  const auto begin = [&](Client::Connection& connection) {
    if (connection.socket < 0) client.open(connection);
    connection.since_ns = now_ns();
    client.start(connection);
  };
  const auto run_for = [&](double seconds) {
    const std::int64_t end_ns = now_ns() + static_cast<std::int64_t>(seconds * 1e9);
    while (now_ns() < end_ns) {
      client.poll(100'000'000, [&](Client::Connection& connection) {
        measurement.add_latency(now_ns() - connection.since_ns);
        if (reconnect || connection.broken) client.close(connection);
        begin(connection);
      });
    }
  };
  for (auto& connection : connections) begin(connection);
  run_for(options.warmup_s);
  measurement.start();
  run_for(options.seconds);
  measurement.print(0);
}

}  // namespace meshtwin::bench
