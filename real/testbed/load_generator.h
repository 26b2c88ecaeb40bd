// Calls of a scenario's clients, each at its time whatever became of the earlier ones.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/config/scenario.h"
#include "core/random/stream.h"
#include "core/workload/arrivals.h"
#include "core/workload/keys.h"
#include "real/net/address.h"
#include "real/net/event_loop.h"
#include "real/testbed/connection_pool.h"
#include "real/testbed/records.h"

namespace meshtwin {

struct GeneratorOptions {
  std::uint64_t seed = 1;
  // Where each sidecar of each client listens.
  std::vector<std::vector<Address>> sidecars;
};

// Arrivals, seeds and the choice of sidecars are the simulator's; see core/workload/draws.h.
class LoadGenerator {
 public:
  // The scenario has to outlive it. Time zero is the loop's.
  LoadGenerator(EventLoop& loop, const Scenario& scenario, const GeneratorOptions& options);
  ~LoadGenerator();
  LoadGenerator(const LoadGenerator&) = delete;
  LoadGenerator& operator=(const LoadGenerator&) = delete;

  // Opens a few connections ahead of time zero, and plans the first arrivals.
  void start();
  // `then` is called once: when the time of arrivals is over and no call is open any more.
  void when_over(std::function<void()> then) { when_over_ = std::move(then); }

  std::uint64_t open_calls() const { return open_; }
  std::uint64_t finished_calls() const { return report_.calls.size() - open_; }
  GeneratorReport take();

 private:
  class Source;
  class User;
  struct Client {
    std::vector<std::unique_ptr<ConnectionPool>> pools;
    std::vector<std::string> heads;  // of requests through each, without the seed
    RandomStream sidecar_choice{0};
    const HashKeyConfig* key = nullptr;  // where the proxy looks for it; null: nowhere
    std::optional<KeySampler> keys;
    std::uint64_t seed = 0;
    std::uint32_t calls = 0;
    std::unique_ptr<Source> source;            // of an open loop
    std::vector<std::unique_ptr<User>> users;  // of a closed loop
  };

  void call(std::uint32_t client, std::size_t sidecar, std::uint64_t seed, Time due, User* user);
  static std::string key_field_of(const Client& client, std::uint64_t seed);
  void answered(std::uint32_t id, const PooledAnswer& answer);
  void look_for_end();

  EventLoop& loop_;
  const Scenario& scenario_;
  GeneratorOptions options_;
  std::vector<Client> clients_;
  std::uint32_t arriving_ = 0;  // sources and users that go on
  std::uint64_t open_ = 0;
  std::vector<User*> callers_;  // by call; null: nobody waits for it
  GeneratorReport report_;
  std::function<void()> when_over_;
};

}  // namespace meshtwin
