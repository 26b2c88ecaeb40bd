// A driver for tests: it carries out the outputs of Calls and checks the contract after each input.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/call/calls.h"
#include "tests/core/call/scripted_parts.h"

namespace meshtwin::test {

// What the driver knows of an attempt: what it was told to do and what it told the core.
struct AttemptView {
  enum class Stage : std::uint8_t { connecting, connected, streaming, over };
  Stage stage = Stage::connecting;
  EndpointIndex endpoint = 0;
  Time deadline = kNever;
  bool seen = false;  // the endpoint may have seen the request
  bool live() const { return stage != Stage::over; }
};

struct CallView {
  CallId id;
  bool finished = false;
  bool repeatable = true;   // an endpoint may see the request twice
  bool forbidden = false;   // the driver has forbidden retries
  std::size_t allowed = 0;  // attempts that there may be since then
  Time deadline = kNever;
  Time wake = kNever;
  Time last_start{};
  Outcome outcome;
  int beside = 0;  // attempts started beside another one: hedges
  std::vector<AttemptView> attempts;

  bool seen() const;  // by any endpoint, perhaps
  int live() const;
  bool streaming() const;
};

// Inputs go in by the methods; each of them drains and checks. A call is named by its number, from 0, in
// order of start. `violation` holds the first broken rule, empty while all is well.
class ContractDriver {
 public:
  // `endpoints` of 0: they are not known yet.
  ContractDriver(const PolicyConfig& config, std::uint32_t endpoints, const Script& initial = {});

  void start(const CallStart& start = {});
  void start(Time deadline) { start({.deadline = deadline}); }
  void connected(std::size_t call, std::uint8_t attempt);
  void head(std::size_t call, std::uint8_t attempt, std::uint16_t status, bool end,
            std::optional<Duration> retry_after = std::nullopt);
  void end(std::size_t call, std::uint8_t attempt);
  void fail(std::size_t call, std::uint8_t attempt, FailureKind kind);
  void cancel(std::size_t call);
  void forbid_retries(std::size_t call);
  void update(MembershipPtr membership);
  // Time goes on; nothing fires by itself.
  void advance_to(Time time);
  // The wake-up that the call asked for, which must be due.
  void fire(std::size_t call);
  // Time goes on to the call's wake-up, which fires.
  void wake(std::size_t call);
  // Every input that must change nothing now: timeouts that aren't due, events of attempts and calls that are
  // over, events of attempts that never were.
  void disturb();

  // What was put out since the last call of this, in words: "0 starts 0 at 2", "0 wakes at 30ms", "0 cancels
  // 1", "0 finishes timeout 0 after 2" (status, attempts); joined by ", ".
  std::string said();

  Time now() const { return now_; }
  const std::vector<CallView>& calls() const { return views_; }
  const std::vector<Output>& log() const { return log_; }
  std::size_t most_outputs() const { return most_outputs_; }
  bool all_finished() const;
  Upstream& upstream() { return upstream_; }
  Script& script() { return script_; }
  // Retries that the budget has let through and not got back.
  std::int64_t spent() const { return budget_ - script_.budget; }
  Calls& core() { return calls_; }
  std::string violation;

 private:
  void drain(std::size_t bound);
  void carry_out(const Output& output);
  void carry_out(CallView& view, const Output& output);
  void check_counters();
  void check_wake(const CallView& view);
  void require(bool holds, const char* rule);
  void expect_silence();
  std::size_t output_bound(std::size_t call) const;
  void event(std::size_t call, std::uint8_t attempt, const AttemptInput& input, AttemptView::Stage stage);

  Script script_;
  std::int64_t budget_;
  PolicyConfig config_;
  Upstream upstream_;
  Calls calls_;
  Time now_{};
  std::vector<CallView> views_;
  std::vector<Output> log_;
  std::size_t said_ = 0;
  std::size_t most_outputs_ = 0;
  Duration longest_pushback_{};
};

}  // namespace meshtwin::test
