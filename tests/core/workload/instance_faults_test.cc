#include "core/workload/instance_faults.h"

#include <catch2/catch.hpp>

#include "core/workload/draws.h"
#include "core/workload/instance_traits.h"
#include "tests/support/scenario_parts.h"

namespace meshtwin {
namespace {

const Distribution kNormal = Distribution::exponential(10 * kMillisecond);

TEST_CASE("slow faults multiply the attempt's own service time, and the last delay replaces it") {
  const FaultConfig twice = make_fault(0, {}, SlowFault{2});
  const FaultConfig thrice = make_fault(0, {}, SlowFault{3});
  const FaultConfig five_ms = make_fault(0, {}, DelayFault{Distribution::constant(5 * kMillisecond)});
  const FaultConfig one_ms = make_fault(0, {}, DelayFault{Distribution::constant(1 * kMillisecond)});
  const Duration own = kNormal.sample_once(7);
  InstanceFaults faults;
  CHECK(faults.service_time(kNormal, 7) == own);
  CHECK(faults.begin(twice));
  CHECK_FALSE(faults.begin(twice));
  CHECK(faults.service_time(kNormal, 7) == own * 2);
  CHECK(faults.begin(thrice));
  CHECK(faults.begin(five_ms));
  CHECK(faults.service_time(kNormal, 7) == 30 * kMillisecond);
  CHECK(faults.begin(one_ms));
  CHECK(faults.service_time(kNormal, 7) == 6 * kMillisecond);
  faults.end(twice);
  faults.end(one_ms);
  CHECK(faults.service_time(kNormal, 7) == 15 * kMillisecond);
}

TEST_CASE("error rates are independent of one another, and the same attempt fails every time") {
  const FaultConfig half = make_fault(0, {}, ErrorFault{0.5});
  const FaultConfig half_again = make_fault(0, {}, ErrorFault{0.5});
  InstanceFaults faults;
  CHECK(faults.refusal(1) == nullptr);
  faults.begin(half);
  faults.begin(half_again);
  int failed = 0;
  for (std::uint64_t k = 0; k < 10'000; ++k) {
    const std::uint64_t seed = attempt_seed(call_seed(5, k), 0);
    const RefusalConfig* refusal = faults.refusal(seed);
    CHECK(refusal == faults.refusal(seed));
    if (refusal == nullptr) continue;
    CHECK(refusal->status == 500);
    ++failed;
  }
  CHECK(failed > 7'300);
  CHECK(failed < 7'700);
}

TEST_CASE("what is refused has the answer of the first fault that refuses it, in order of their beginning") {
  const FaultConfig tenth = make_fault(0, {}, ErrorFault{0.1, {429, 20 * kMillisecond}});
  const FaultConfig half = make_fault(0, {}, ErrorFault{0.5, {503}});
  InstanceFaults faults;
  faults.begin(tenth);
  faults.begin(half);
  int limited = 0, unavailable = 0;
  for (std::uint64_t k = 0; k < 10'000; ++k) {
    const RefusalConfig* refusal = faults.refusal(attempt_seed(call_seed(6, k), 0));
    if (refusal == nullptr) continue;
    REQUIRE((refusal->status == 429) == refusal->retry_after.has_value());
    ++(refusal->status == 429 ? limited : unavailable);
  }
  CHECK(limited > 880);  // of 10,000 with p .1: 4 standard errors
  CHECK(limited < 1'120);
  CHECK(unavailable > 4'300);  // with p .9 x .5
  CHECK(unavailable < 4'700);
}

TEST_CASE("crashes and black holes hold until the last of their kind has ended") {
  const FaultConfig first = make_fault(0, {}, CrashFault{});
  const FaultConfig second = make_fault(0, {}, CrashFault{});
  const FaultConfig hole = make_fault(0, {}, BlackholeFault{});
  InstanceFaults faults;
  faults.begin(first);
  faults.begin(second);
  faults.begin(hole);
  faults.end(first);
  CHECK(faults.crashed());
  faults.end(second);
  CHECK_FALSE(faults.crashed());
  CHECK(faults.blackholed());
  faults.end(hole);
  CHECK_FALSE(faults.any());
}

TEST_CASE("an instance has its own values where it has any, and a fault of the service is each instance's") {
  ServiceConfig service = make_service("a", 3, kNormal);
  service.overrides.push_back({1, 5, {}, Distribution::constant(kMillisecond)});
  CHECK(traits_of(service, 0).weight == 1);
  CHECK(traits_of(service, 1).weight == 5);
  CHECK(traits_of(service, 1).concurrency == 1);
  CHECK(traits_of(service, 1).service_time.mean() == kMillisecond);
  CHECK(concerns(make_fault(0, {}, CrashFault{}), 0, 2));
  CHECK(concerns(make_fault(0, {}, CrashFault{}, 0, 1), 0, 1));
  CHECK_FALSE(concerns(make_fault(0, {}, CrashFault{}, 0, 1), 0, 2));
  CHECK_FALSE(concerns(make_fault(0, {}, CrashFault{}, 1), 0, 2));
}

}  // namespace
}  // namespace meshtwin
