#include "real/testbed/played_instance.h"

#include <sys/socket.h>

#include <algorithm>
#include <string>
#include <vector>

#include "real/net/socket.h"
#include "tests/real/testbed/instance_bench.h"

namespace meshtwin {
namespace {

const Distribution kTime = Distribution::exponential(kMillisecond);

TEST_CASE("service times are the simulator's draws, by the seed that comes with the call") {
  InstanceBench bench(one_service(kTime));
  for (std::uint32_t id = 0; id < 20; ++id) {
    bench.send(id);
    bench.wait_for(id);
    CHECK(bench.answers[id].status == 200);
    CHECK(bench.record(id).demand == kTime.sample_once(attempt_seed(1000 + id, 0)));
    CHECK(bench.record(id).freed - bench.record(id).began == bench.record(id).demand);
  }
  CHECK(bench.pool->opened() == 1);
  CHECK(bench.report.timer_lateness.count() == 20);
}

TEST_CASE("one after the other, and late timers never keep a worker") {
  InstanceBench bench(one_service(Distribution::constant(10 * kMillisecond)));
  for (std::uint32_t id = 0; id < 5; ++id) bench.send(id);
  run_until(bench.loop, [&] { return bench.report.requests.size() == 5; });
  std::vector<ServedRequest> requests = bench.report.requests;
  const auto earlier = [](const ServedRequest& a, const ServedRequest& b) { return a.began < b.began; };
  std::sort(requests.begin(), requests.end(), earlier);
  for (std::size_t i = 1; i < requests.size(); ++i) {
    CHECK(requests[i].began == std::max(requests[i - 1].freed, requests[i].received));
    CHECK(requests[i].received >= requests[i - 1].received);
  }
}

TEST_CASE("a full queue answers 503 at once") {
  Scenario scenario = one_service(kForever);
  scenario.services[0].concurrency = 2;
  scenario.services[0].queue = 3;
  InstanceBench bench(std::move(scenario));
  for (std::uint32_t id = 0; id < 9; ++id) bench.send(id);
  run_until(bench.loop, [&] { return bench.answers.size() == 4; });
  for (const auto& [id, answer] : bench.answers) CHECK(answer.status == 503);
  CHECK(bench.instance->received() == 9);
}

TEST_CASE("the network's latency is held before the queue and before the answer") {
  Scenario scenario = one_service(Distribution::constant(2 * kMillisecond));
  scenario.network = NativeNetwork{Distribution::constant(3 * kMillisecond)};
  InstanceBench bench(std::move(scenario));
  bench.send(0);
  bench.wait_for(0);
  const ServedRequest& record = bench.record(0);
  CHECK(record.began - record.received == 3 * kMillisecond);
  CHECK(record.answered - record.freed >= 3 * kMillisecond);
}

TEST_CASE("the first request on a connection waits for the handshake, with the simulator's draws") {
  Scenario scenario = one_service(Distribution::constant(kMillisecond));
  const Distribution latency = Distribution::exponential(2 * kMillisecond);
  scenario.network = NativeNetwork{latency};
  scenario.clients.push_back(make_client("web", 0, PoissonArrivals{1}));
  scenario.clients[0].connections = ConnectionsConfig{.handshake_round_trips = 2};
  InstanceBench bench(std::move(scenario));
  for (std::uint32_t id = 0; id < 4; ++id) {
    if (id == 2) bench.disconnect();
    bench.send(id);
    bench.wait_for(id);
    const bool opens = id % 2 == 0;
    const std::uint64_t seed = attempt_seed(1000 + id, 0);
    Duration way = latency.sample_once(draw_seed(seed, Draw::to_server));
    for (std::uint32_t trip = 0; opens && trip < 2; ++trip) {
      way += latency.sample_once(handshake_seed(seed, trip, false)) +
             latency.sample_once(handshake_seed(seed, trip, true));
    }
    CHECK(bench.record(id).opened == opens);
    CHECK(bench.record(id).began - bench.record(id).received == way);
  }
}

TEST_CASE("an erroring instance answers 500 to those whose draw says so, without serving them") {
  Scenario scenario = one_service(kTime);
  scenario.faults.push_back(make_fault(0, {}, ErrorFault{0.5}));
  InstanceBench bench(std::move(scenario));
  bench.instance->fault_begins(bench.scenario.faults[0], Time{});
  int failed = 0;
  for (std::uint32_t id = 0; id < 40; ++id) {
    bench.send(id);
    bench.wait_for(id);
    const std::uint64_t draw = draw_seed(attempt_seed(1000 + id, 0), Draw::fault);
    const bool passes = RandomStream(draw).bernoulli(0.5);
    CHECK(bench.answers[id].status == (passes ? 200 : 500));
    CHECK((bench.record(id).began == kNever) == !passes);
    failed += passes ? 0 : 1;
  }
  CHECK(failed > 5);
  bench.instance->fault_ends(bench.scenario.faults[0]);
  for (std::uint32_t id = 40; id < 60; ++id) {
    bench.send(id);
    bench.wait_for(id);
    CHECK(bench.answers[id].status == 200);
  }
}

TEST_CASE("a slow instance multiplies the same draws") {
  Scenario scenario = one_service(kTime);
  scenario.faults.push_back(make_fault(0, {}, SlowFault{3}));
  InstanceBench bench(std::move(scenario));
  bench.instance->fault_begins(bench.scenario.faults[0], Time{});
  bench.send(0);
  bench.wait_for(0);
  CHECK(bench.record(0).demand == kTime.sample_once(attempt_seed(1000, 0)) * 3);
}

TEST_CASE("a crash resets what is open, refuses what comes, and comes back on the same port, empty") {
  Scenario scenario = one_service(kForever);
  scenario.faults.push_back(make_fault(0, 1, CrashFault{}));
  InstanceBench bench(std::move(scenario));
  bench.send(0);
  bench.send(1);
  bench.wait_until_received(2);
  bench.instance->fault_begins(bench.scenario.faults[0], bench.loop.now());
  bench.wait_for(0);
  bench.wait_for(1);
  CHECK(bench.answers[0].failure == FailureKind::reset);
  CHECK(bench.answers[1].failure == FailureKind::reset);
  bench.send(2);
  bench.wait_for(2);
  CHECK(bench.answers[2].failure == FailureKind::connect);
  bench.instance->fault_ends(bench.scenario.faults[0]);
  bench.send(3);
  bench.wait_until_received(3);
  bench.instance->finish(bench.loop.now());
  CHECK(bench.record(3).began != kNever);  // nothing was in its way
}

TEST_CASE("a black hole takes requests in and never answers them, whatever comes later") {
  Scenario scenario = one_service(Distribution::constant(Duration::zero()));
  scenario.faults.push_back(make_fault(0, 1, BlackholeFault{}));
  InstanceBench bench(std::move(scenario));
  bench.instance->fault_begins(bench.scenario.faults[0], Time{});
  bench.send(0);
  bench.wait_until_received(1);
  bench.instance->fault_ends(bench.scenario.faults[0]);
  bench.send(1);
  bench.wait_for(1);
  CHECK(bench.answers[1].status == 200);
  CHECK(bench.answers.size() == 1);
}

TEST_CASE(
    "a request that its client has given up leaves its place, or is served to the end where that is asked") {
  Scenario scenario = one_service(kForever);
  scenario.services[0].on_cancel = GENERATE(OnCancel::stop, OnCancel::finish);
  const bool stops = scenario.services[0].on_cancel == OnCancel::stop;
  scenario.services[0].queue = 0;
  InstanceBench bench(std::move(scenario));
  bench.send(0);
  bench.wait_until_received(1);
  bench.disconnect();
  if (stops) run_until(bench.loop, [&] { return bench.report.requests.size() == 1; });
  bench.send(1);
  if (!stops) {
    bench.wait_for(1);
    CHECK(bench.answers[1].status == 503);
    return;
  }
  bench.wait_until_received(2);
  CHECK(bench.record(0).freed >= bench.record(0).began);
  bench.instance->finish(bench.loop.now());
  CHECK(bench.record(1).began != kNever);
}

// What a plain client gets for `bytes`, up to `end` or the connection's.
std::string exchange(InstanceBench& bench, const std::string& bytes, const std::string& end) {
  Result<Fd> fd = connect_tcp(bench.pool->address());
  REQUIRE(fd);
  std::string got;
  std::size_t sent = 0;
  const Time limit = bench.loop.refresh_now() + kPatience;
  // The loop knows nothing of this socket, so that each of its rounds has to be short.
  for (bool over = false; !over;) {
    bench.loop.run_once(bench.loop.refresh_now() + std::chrono::microseconds(100));
    REQUIRE(bench.loop.now() < limit);
    const ssize_t more = ::send(fd.value().get(), bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (more > 0) sent += static_cast<std::size_t>(more);
    char piece[4096];
    const ssize_t count = ::recv(fd.value().get(), piece, sizeof piece, 0);
    if (count > 0) got.append(piece, static_cast<std::size_t>(count));
    over = count == 0 || got.ends_with(end);
  }
  return got;
}

TEST_CASE("bodies are drained, chunked ones too, and answers have the size that is asked for") {
  Scenario scenario = one_service(Distribution::constant(Duration::zero()));
  scenario.services[0].response_bytes = 5;
  InstanceBench bench(std::move(scenario));
  const std::string answer = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n";
  const std::string chunked =
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
  CHECK(exchange(bench, chunked, "xxxxx") == answer + "xxxxx");
  CHECK(exchange(bench, "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n" + chunked, "xxxxx") ==
        answer + answer + "xxxxx");
  CHECK(exchange(bench, "nonsense\r\n\r\n", "nothing more").starts_with("HTTP/1.1 400 "));
}

TEST_CASE("a large answer comes whole") {
  Scenario scenario = one_service(Distribution::constant(Duration::zero()));
  scenario.services[0].response_bytes = 5'000'000;
  InstanceBench bench(std::move(scenario));
  bench.send(0);
  bench.wait_for(0);
  CHECK(bench.answers[0].failure == FailureKind::none);
  bench.send(1);
  bench.wait_for(1);
  CHECK(bench.pool->opened() == 1);
}

}  // namespace
}  // namespace meshtwin
