#include "policies/load/server_load.h"

#include <catch2/catch.hpp>
#include <deque>

#include "core/random/distributions.h"

namespace meshtwin::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// One request after the other: busy for 8 of each 10 ms.
TEST_CASE("Server load: rates, utilization and service time of a steady stream are what they are") {
  ServerLoad load(2);
  Time now{};
  for (int i = 0; i < 1'000; ++i) {
    const auto ticket = load.arrive(now);
    now += milliseconds(8);
    load.leave(now, ticket, i % 10 == 0 ? ServerLoad::Ending::failed : ServerLoad::Ending::answered);
    now += milliseconds(2);
  }
  const LoadReport report = load.report(now);
  CHECK(report.in_flight == 0u);
  CHECK(report.application_utilization == Approx(0.4).epsilon(.01));
  CHECK(report.requests_per_second == Approx(100).epsilon(.01));
  CHECK(report.errors_per_second == Approx(10).epsilon(.06));
  CHECK(to_milliseconds(report.service_time) == Approx(8).epsilon(.01));
  CHECK(report.latency == milliseconds(8));
  CHECK(load.report(now + seconds(20)).requests_per_second < 1e-5);
}

TEST_CASE("Server load: a server that has just begun isn't taken for an idle one") {
  ServerLoad load(1);
  const auto ticket = load.arrive(Time(seconds(100)));
  load.leave(Time(seconds(100) + milliseconds(10)), ticket, ServerLoad::Ending::answered);
  const LoadReport report = load.report(Time(seconds(100) + milliseconds(10)));
  CHECK(report.application_utilization == Approx(1));
  CHECK(to_milliseconds(report.service_time) == Approx(10).epsilon(.02));
  CHECK(ServerLoad(1).report(Time{}) == LoadReport{.in_flight = 0u});
}

// A queue in front of one worker: the time for which the worker is taken is the service time, however long they wait.
TEST_CASE("Server load: the service time leaves waiting out") {
  ServerLoad load(1);
  std::deque<ServerLoad::Ticket> waiting;
  Time now{};
  for (int i = 0; i < 5; ++i) waiting.push_back(load.arrive(now));
  for (int i = 0; i < 2'000; ++i) {
    now += milliseconds(4);
    load.leave(now, waiting.front(), ServerLoad::Ending::answered);
    waiting.pop_front();
    waiting.push_back(load.arrive(now));
  }
  const LoadReport report = load.report(now);
  CHECK(report.in_flight == 5u);
  CHECK(to_milliseconds(report.service_time) == Approx(4).epsilon(.01));
  CHECK(report.application_utilization == Approx(1).epsilon(.01));
  CHECK(report.latency == milliseconds(20));
}

TEST_CASE("Server load: the latency is the median of those that came when about as many were inside") {
  ServerLoad load;
  Time now{};
  const auto request = [&](int beside, int ms) {
    std::vector<ServerLoad::Ticket> others;
    for (int i = 0; i < beside; ++i) others.push_back(load.arrive(now));
    const auto ticket = load.arrive(now);
    load.leave(now + milliseconds(ms), ticket, ServerLoad::Ending::answered);
    now += milliseconds(ms);
    for (const auto& other : others) load.leave(now, other, ServerLoad::Ending::given_up);
  };
  for (const int ms : {1, 2, 3, 4, 100}) request(0, ms);
  for (const int ms : {40, 50, 60}) request(4, ms);
  CHECK(load.report(now).latency == milliseconds(3));
  std::vector<ServerLoad::Ticket> inside;
  for (int i = 0; i < 3; ++i) inside.push_back(load.arrive(now));
  CHECK(load.report(now).latency == milliseconds(50));  // 4 would be nearest to 5
  now += seconds(11);
  CHECK(load.report(now).latency == Duration::zero());  // all of them are too old
}

TEST_CASE("Server load: requests that are given up, and a crash, leave nothing behind") {
  ServerLoad load(1);
  const auto ticket = load.arrive(Time{});
  load.leave(Time(seconds(1)), ticket, ServerLoad::Ending::given_up);
  CHECK(load.report(Time(seconds(1))).requests_per_second == 0);
  load.arrive(Time(seconds(1)));
  load.arrive(Time(seconds(1)));
  load.forget_all(Time(seconds(2)));
  CHECK(load.report(Time(seconds(2))).in_flight == 0u);
}

}  // namespace
}  // namespace meshtwin::test
