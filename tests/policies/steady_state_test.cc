// Once a client has seen its load, calls allocate nothing: the program's operator new counts.
#include <array>
#include <atomic>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "core/call/calls.h"
#include "policies/catalog.h"

namespace {

std::atomic<std::uint64_t> allocations{0};

void* counted(std::size_t size) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  return std::malloc(size > 0 ? size : 1);
}

void* counted_or_throw(std::size_t size) {
  if (void* memory = counted(size)) return memory;
  throw std::bad_alloc();
}

}  // namespace

void* operator new(std::size_t size) { return counted_or_throw(size); }
void* operator new[](std::size_t size) { return counted_or_throw(size); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return counted(size); }
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept { return counted(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete[](void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, const std::nothrow_t&) noexcept { std::free(memory); }
void operator delete[](void* memory, const std::nothrow_t&) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { std::free(memory); }

namespace meshtwin {
namespace {

using std::chrono::milliseconds;

// A service that answers, fails, breaks and hangs at random, with more load than its limits let through.
// What it keeps itself has its room from the start.
class Load {
 public:
  explicit Load(Upstream& upstream) : calls_(upstream), random_(3) { under_way_.reserve(kRoom); }

  void run(int calls) {
    for (int i = 0; i < calls; ++i) {
      now_ += milliseconds(1);
      calls_.start(now_);
      drain();
      while (under_way_.size() > kUnderWay) end_one();
      for (Timer& timer : timers_) {
        if (timer.at > now_) continue;
        timer.at = kNever;
        calls_.handle_timeout(now_, timer.call);
        drain();
      }
    }
  }

  // More calls in one instant than the limits let in, so that every table gets its size.
  void burst() {
    for (int i = 0; i < 100; ++i) calls_.start(now_);
    drain();
  }

  std::array<int, kFailureKinds> outcomes{};

 private:
  static constexpr std::size_t kRoom = 4096;
  static constexpr std::size_t kUnderWay = 18;
  struct AttemptOf {
    CallId call;
    std::uint8_t attempt = 0;
  };
  struct Timer {
    CallId call;
    Time at = kNever;
  };

  void end_one() {
    const std::size_t which = random_.below(under_way_.size());
    const AttemptOf ended = under_way_[which];
    under_way_[which] = under_way_.back();
    under_way_.pop_back();
    const std::uint64_t fate = random_.below(10);
    if (fate == 0) return;  // hangs until a timeout
    AttemptInput input = AttemptInput::response_head(fate < 3 ? 503 : 200, true);
    if (fate == 3) input = AttemptInput::failed(FailureKind::reset);
    calls_.handle(now_, ended.call, ended.attempt, input);
    drain();
  }

  void drain() {
    for (const Output& output : calls_.outputs()) {
      if (output.kind == Output::Kind::start_attempt) under_way_.push_back({output.call, output.attempt});
      if (output.kind == Output::Kind::wake_at) timers_.at(output.call.slot) = {output.call, output.at};
      if (output.kind != Output::Kind::finish) continue;
      timers_.at(output.call.slot).at = kNever;
      ++outcomes.at(static_cast<std::size_t>(output.outcome.failure));
    }
    calls_.outputs().clear();
  }

  Calls calls_;
  RandomStream random_;
  Time now_{};
  std::vector<AttemptOf> under_way_;
  std::array<Timer, 256> timers_{};
};

PolicyConfig with_everything(const BalancerConfig& balancer) {
  PolicyConfig config;
  config.balancer = balancer;
  config.timeout = milliseconds(60);
  config.retry.max_attempts = 3;
  config.retry.per_try_timeout = milliseconds(40);
  config.retry.on = RetryOn::reset | RetryOn::error_5xx | RetryOn::timeout;
  config.retry.host = RetryHost::other;
  config.retry.backoff =
      ExponentialBackoff{milliseconds(2), milliseconds(10), ExponentialBackoff::Jitter::full};
  config.retry.budget = WindowRetryBudget{0.3, 10, std::chrono::seconds(1)};
  config.hedge = HedgeConfig{milliseconds(20), 1};
  config.limits.connections = 20;
  config.limits.pending = 10;
  config.limits.requests = 30;
  config.limits.retries = 10;
  return config;
}

TEST_CASE("No allocation in the steady state") {
  const std::vector<std::pair<const char*, BalancerConfig>> balancers = {
      {"random", RandomConfig{}},
      {"weighted random", WeightedRandomConfig{}},
      {"round robin", RoundRobinConfig{}},
      {"weighted round robin", WeightedRoundRobinConfig{}},
      {"least request, two choices", LeastRequestConfig{2, 1.0}},
      {"least request, all", LeastRequestConfig{std::nullopt, 1.0}},
      {"least request, with replacement", LeastRequestConfig{2, 1.0, std::nullopt, true}},
      {"least request, stale", LeastRequestConfig{2, 1.0, std::chrono::milliseconds(1)}},
      {"peak EWMA", PeakEwmaConfig{}},
      {"join idle queue", JoinIdleQueueConfig{}},
      {"prequal", PrequalConfig{}},
      {"C3", C3Config{}},
      {"aperture", ApertureConfig{}}};
  for (const auto& [name, balancer] : balancers) {
    for (const bool equal : {true, false}) {
      const auto upstream = make_upstream(with_everything(balancer), 5);
      upstream->keep_decisions(100);
      std::vector<Member> members;
      for (EndpointIndex e = 0; e < 20; ++e) members.push_back({e, equal ? 1 : 1 + e % 3});
      upstream->update_endpoints(Time{}, std::make_shared<const Membership>(members));
      Load load(*upstream);
      load.burst();
      load.run(10'000);
      load.outcomes = {};
      const std::uint64_t before = allocations.load();
      load.run(10'000);
      const std::uint64_t after = allocations.load();
      INFO(name);
      CHECK(after - before == 0);
      for (const FailureKind kind : {FailureKind::none, FailureKind::error_5xx, FailureKind::reset,
                                     FailureKind::timeout, FailureKind::rejected_limit}) {
        INFO(meshtwin::name(kind));
        CHECK(load.outcomes.at(static_cast<std::size_t>(kind)) > 10);
      }
    }
  }
}

// Endpoint breakers open and close all the time: every endpoint has failed at some time before.
TEST_CASE("No allocation when breakers take endpoints out and back") {
  PolicyConfig config = with_everything(LeastRequestConfig{2, 1.0});
  config.breaker =
      WindowBreakerConfig{milliseconds(200), 1, milliseconds(100), 1, WindowBreakerConfig::Scope::endpoint};
  const auto upstream = make_upstream(config, 5);
  std::vector<Member> members;
  for (EndpointIndex e = 0; e < 20; ++e) members.push_back({e, 1});
  upstream->update_endpoints(Time{}, std::make_shared<const Membership>(members));
  Load load(*upstream);
  load.burst();
  load.run(20'000);
  const std::uint64_t version = upstream->endpoints().version();
  const std::uint64_t before = allocations.load();
  load.run(10'000);
  CHECK(allocations.load() - before == 0);
  CHECK(upstream->endpoints().version() > version + 1'000);
}

TEST_CASE("The count of allocations counts") {
  const std::uint64_t before = allocations.load();
  const auto text = std::make_unique<std::string>(100, 'x');
  CHECK(allocations.load() - before == 2);
}

}  // namespace
}  // namespace meshtwin
