// One load on several copies of the same calls, which are to decide alike.
#pragma once

#include <catch2/catch.hpp>
#include <memory>
#include <utility>
#include <vector>

#include "core/call/calls.h"
#include "core/random/stream.h"
#include "policies/catalog.h"

namespace meshtwin::test {

// Five calls a millisecond of keys and urgencies of all kinds, to six endpoints of which the first is slow and the
// second fails often. Probes are answered at once.
class ParallelCalls {
 public:
  explicit ParallelCalls(std::vector<Calls*> copies) : copies_(std::move(copies)) {
    std::vector<Member> members;
    for (EndpointIndex e = 0; e < 6; ++e) {
      members.push_back({e, 1 + e % 2, true, false, static_cast<std::uint8_t>(e % 2)});
    }
    each([&](Calls& calls) { calls.update_endpoints(now_, std::make_shared<const Membership>(members)); });
  }
  // From now on, too; in the state of the first one.
  void add(Calls& copy) { copies_.push_back(&copy); }

  void run(int steps) {
    for (int i = 0; i < steps; ++i) step();
  }
  Time now() const { return now_; }

 private:
  struct Attempt {
    CallId call;
    std::uint8_t number = 0;
    EndpointIndex endpoint = 0;
  };
  struct Wake {
    CallId call;
    Time at{};
  };

  void step() {
    now_ += std::chrono::microseconds(200);
    std::vector<CallId> due;
    for (const Wake& wake : wakes_) {
      if (wake.at <= now_) due.push_back(wake.call);
    }
    std::erase_if(wakes_, [&](const Wake& wake) { return wake.at <= now_; });
    for (const CallId call : due) {
      each([&](Calls& calls) { calls.handle_timeout(now_, call); });
    }
    for (int tries = 0; tries < 2 && !open_.empty(); ++tries) {
      const Attempt attempt = open_[random_.below(open_.size())];
      if (random_.below(attempt.endpoint == 0 ? 8 : 2) > 0) continue;
      end(attempt);
    }
    CallStart start;
    start.key = random_.below(1'000);
    start.urgency = static_cast<std::uint8_t>(random_.below(CallStart::kUrgencies));
    start.deadline = now_ + std::chrono::milliseconds(100);
    each([&](Calls& calls) { calls.start(now_, start); });
  }

  void end(const Attempt& attempt) {
    LoadReport report;
    report.in_flight = static_cast<std::uint32_t>(random_.below(10));
    report.latency = report.service_time = std::chrono::microseconds(1 + random_.below(5'000));
    report.application_utilization = random_.unit();
    report.requests_per_second = 100;
    const bool fails = random_.below(100) < (attempt.endpoint == 1 ? 30 : 2);
    std::erase_if(open_, [&](const Attempt& a) { return a.call == attempt.call && a.number == attempt.number; });
    each([&](Calls& calls) {
      if (calls.upstream().reads_reports()) calls.handle_report(now_, attempt.endpoint, report, ReportFor::both);
      calls.handle(now_, attempt.call, attempt.number, AttemptInput::response_head(fails ? 503 : 200, true));
    });
  }

  template <class Input>
  void each(const Input& input) {
    for (Calls* calls : copies_) input(*calls);
    const Outputs outputs = copies_.front()->outputs();
    for (Calls* calls : copies_) {
      REQUIRE(calls->outputs().size() == outputs.size());
      for (std::size_t i = 0; i < outputs.size(); ++i) {
        const Output& a = outputs[i];
        const Output& b = calls->outputs()[i];
        REQUIRE((a.kind == b.kind && a.call == b.call && a.endpoint == b.endpoint && a.at == b.at && a.asks == b.asks));
      }
      calls->outputs().clear();
    }
    for (const Output& output : outputs) carry_out(output);
  }

  void carry_out(const Output& output) {
    const auto is_its = [&](const auto& one) { return one.call == output.call; };
    switch (output.kind) {
      case Output::Kind::start_attempt:
        open_.push_back({output.call, output.attempt, output.endpoint});
        return;
      case Output::Kind::cancel_attempt:
        std::erase_if(open_, [&](const Attempt& a) { return is_its(a) && a.number == output.attempt; });
        return;
      case Output::Kind::finish:
        std::erase_if(wakes_, is_its);
        return;
      case Output::Kind::wake_at:
        std::erase_if(wakes_, is_its);
        wakes_.push_back({output.call, output.at});
        return;
      case Output::Kind::start_probe: {
        LoadReport report;
        report.in_flight = static_cast<std::uint32_t>(random_.below(10));
        report.latency = std::chrono::microseconds(1 + random_.below(5'000));
        for (Calls* calls : copies_) calls->handle_report(now_, output.endpoint, report, output.asks);
        return;
      }
    }
  }

  std::vector<Calls*> copies_;
  RandomStream random_{5};
  Time now_{};
  std::vector<Attempt> open_;
  std::vector<Wake> wakes_;
};

}  // namespace meshtwin::test
