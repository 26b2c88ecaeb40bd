// One instance, and a client of it, in one event loop: tests decide what happens when.
#pragma once

#include <catch2/catch.hpp>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "real/net/event_loop.h"
#include "real/testbed/connection_pool.h"
#include "real/testbed/played_instance.h"
#include "tests/real/proxy/loop_helpers.h"
#include "tests/support/scenario_parts.h"

namespace meshtwin {

class InstanceBench {
 public:
  explicit InstanceBench(Scenario of) : scenario(std::move(of)) {
    Result<PortHolder> port = PortHolder::hold(Address::loopback(0));
    REQUIRE(port);
    const Address address = port.value().address();
    instance = std::make_unique<PlayedInstance>(loop, scenario, InstanceId{0, 0}, std::move(port).value(), 9,
                                                &report);
    REQUIRE(instance->listen());
    connect(address);
  }

  // A client with no connections yet.
  void connect(const Address& address) {
    pool = std::make_unique<ConnectionPool>(
        loop, address, [this](std::uint32_t id, const PooledAnswer& answer) { answers[id] = answer; });
  }
  // All of its connections end.
  void disconnect() { connect(pool->address()); }

  // Call `id` has the seed 1000 + id.
  void send(std::uint32_t id) {
    pool->send({id,
                fmt::format("PUT / HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\n{}: {}\r\n\r\n", kSeedHeader,
                            seed_text(1000 + id)),
                3});
  }
  void wait_for(std::uint32_t id) {
    run_until(loop, [&] { return answers.contains(id); });
  }
  // Until `count` requests that were sent have been received.
  void wait_until_received(std::uint64_t count) {
    run_until(loop, [&] { return instance->received() == count; });
  }
  const ServedRequest& record(std::uint32_t id) const {
    for (const ServedRequest& request : report.requests) {
      if (request.call_seed == 1000 + id) return request;
    }
    FAIL("no record of request " << id);
    return report.requests.front();
  }

  Scenario scenario;
  EventLoop loop;
  BackendReport report;
  std::map<std::uint32_t, PooledAnswer> answers;
  std::unique_ptr<PlayedInstance> instance;
  std::unique_ptr<ConnectionPool> pool;
};

inline Scenario one_service(const Distribution& time) {
  return make_scenario({make_service("a", 1, time)}, {});
}

// Longer than any test.
inline const Distribution kForever = Distribution::constant(std::chrono::hours(1));

}  // namespace meshtwin
