#pragma once
// What load.cc starts: each applies one kind of load and prints one line of JSON.
#include <sys/types.h>

#include <cstdint>
#include <vector>

#include "tests/bench/proxy/client.h"
#include "tests/bench/proxy/process_usage.h"

namespace meshtwin::bench {

struct LoadOptions {
  std::vector<sockaddr_in> addresses;
  std::uint64_t connections = 32;
  double warmup_s = 0.5;
  double seconds = 2;
  double rate_per_s = 1000;  // open loop
  RequestShape shape;
  std::vector<pid_t> processes;  // under test
};

// Each connection sends its next request once it has the response to the last one; with reconnect, on a new
// connection each time.
void closed_loop(const LoadOptions& options, bool reconnect);

// Requests fall due at random times (a Poisson process with a fixed seed), whatever has become of the others;
// each takes a free connection, or waits for one. Latency counts from the due time.
void open_loop(const LoadOptions& options);

// As many connections, each of which had one request and now none; the memory they take.
void idle_connections(const LoadOptions& options);

// What a loop measures: from start() until print().
class Measurement {
 public:
  explicit Measurement(const std::vector<pid_t>& processes) : processes_(processes) {}

  void start();
  void add_latency(std::int64_t latency_ns) { latencies_.push_back(latency_ns); }
  // As one line of JSON. late_max_ns: how much later than due a request was sent, at worst.
  void print(std::int64_t late_max_ns);

 private:
  const std::vector<pid_t>& processes_;
  std::vector<std::int64_t> latencies_;
  CpuUsage usage_before_;
  std::int64_t start_ns_ = 0;
};

}  // namespace meshtwin::bench
