#include <sys/prctl.h>

#include <algorithm>
#include <deque>
#include <random>

#include "tests/bench/proxy/load.h"

namespace meshtwin::bench {
namespace {

constexpr std::uint64_t kSeed = 1;
constexpr std::int64_t kAnswersTimeoutNs = 5'000'000'000;

class OpenLoop {
 public:
  explicit OpenLoop(const LoadOptions& options)
      : client_(options.addresses, options.shape),
        measurement_(options.processes),
        connections_(options.connections),
        random_(kSeed),
        gap_ns_(options.rate_per_s / 1e9) {
    for (auto& connection : connections_) {
      client_.open(connection);
      free_.push_back(&connection);
    }
    due_ns_ = now_ns();
  }

  void run_for(double seconds) {
    std::int64_t now = now_ns();
    const std::int64_t end_ns = now + static_cast<std::int64_t>(seconds * 1e9);
    while (now < end_ns) {
      for (; due_ns_ <= now; due_ns_ += static_cast<std::int64_t>(gap_ns_(random_))) {
        late_max_ns_ = std::max(late_max_ns_, now - due_ns_);
        waiting_.push_back(due_ns_);
        start_waiting();
      }
      poll(std::max<std::int64_t>(std::min(due_ns_, end_ns) - now_ns(), 0));
      now = now_ns();
    }
  }

  // Those under way count, too: otherwise a proxy that stalls would look fast.
  void await_answers() {
    const std::int64_t end_ns = now_ns() + kAnswersTimeoutNs;
    while (free_.size() < connections_.size()) {
      if (now_ns() > end_ns) fail("requests were not answered");
      poll(100'000'000);
    }
  }

  void start_measuring() {
    late_max_ns_ = 0;
    measurement_.start();
  }

  void print() { measurement_.print(late_max_ns_); }

 private:
  void poll(std::int64_t timeout_ns) {
    client_.poll(timeout_ns, [&](Client::Connection& connection) {
      measurement_.add_latency(now_ns() - connection.since_ns);
      free_.push_back(&connection);
      start_waiting();
    });
  }

  void start_waiting() {
    while (!waiting_.empty() && !free_.empty()) {
      Client::Connection& connection = *free_.back();
      free_.pop_back();
      connection.since_ns = waiting_.front();
      waiting_.pop_front();
      client_.start(connection);
    }
  }

  Client client_;
  Measurement measurement_;
  std::deque<Client::Connection> connections_;
  std::vector<Client::Connection*> free_;
  std::deque<std::int64_t> waiting_;  // due times of requests without a connection
  std::mt19937_64 random_;
  std::exponential_distribution<double> gap_ns_;
  std::int64_t due_ns_;
  std::int64_t late_max_ns_ = 0;
};

}  // namespace

void open_loop(const LoadOptions& options) {
  // Otherwise the kernel puts timers off by up to 50 us.
  prctl(PR_SET_TIMERSLACK, 1);
  OpenLoop loop(options);
  loop.run_for(options.warmup_s);
  loop.start_measuring();
  loop.run_for(options.seconds);
  loop.await_answers();
  loop.print();
}

}  // namespace meshtwin::bench
