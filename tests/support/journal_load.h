// Load for journals: one worker's calls to some services that are slow, fail, break, hang and change.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <queue>
#include <vector>

#include "core/journal/recorded_calls.h"
#include "core/random/stream.h"
#include "core/time.h"

namespace meshtwin::test {

struct LoadOptions {
  std::uint64_t seed = 1;
  double calls_per_second = 2'000;  // of each service
  std::uint32_t endpoints = 10;     // of each service; the first is slow, the second fails often
  Duration service_time = std::chrono::milliseconds(8);
  double late = 0;              // events of attempts and calls that are over are delivered so often
  double cancelled = 0.01;      // calls whose caller goes away
  double with_deadline = 0.05;  // calls that bring a deadline of their own
  double idempotent = 0.9;      // calls
  double with_key = 0;          // calls that bring one of 1,000 keys
  double forbidden = 0.05;      // calls whose body turns out too large for a retry
  Duration updates = std::chrono::milliseconds(500);  // between changes of members
  bool weights = false;                               // of members: 0 to 3
  bool places = false;                                // members have priorities and localities, and some drain
  double pushback = 0;                                // failing responses that say when to retry
};

// A driver of RecordedCalls with its own events; one seed gives one sequence of inputs and outputs. Endpoints answer
// probes for nothing.
class JournalLoad {
 public:
  explicit JournalLoad(const LoadOptions& options)
      : options_(options), random_(options.seed), reports_(~options.seed), dark_(mix(options.seed, 1)) {}
  void add(RecordedCalls& calls);

  // Goes on until so many further inputs have been made, besides the answers to shadows' probes.
  void run(std::uint64_t inputs);
  Time now() const { return now_; }
  std::uint64_t inputs() const { return inputs_ + dark_inputs_; }
  std::uint64_t decisions() const { return decisions_ + dark_decisions_; }
  // Of those, probes of a shadow.
  std::uint64_t dark_decisions() const { return dark_decisions_; }
  // By kind of failure, none for successes.
  const std::vector<std::uint64_t>& outcomes() const { return outcomes_; }

 private:
  struct Event {
    enum class Kind : std::uint8_t { arrival, timer, attempt, cancel, forbid, update, probe };
    Time at{};
    std::uint64_t order = 0;
    Kind kind = Kind::arrival;
    std::uint8_t attempt = 0;
    std::uint32_t target = 0;
    CallId call;
    AttemptInput input;
    EndpointIndex endpoint = 0;  // of an attempt or a probe
    ReportFor asker = ReportFor::policy;
    bool operator>(const Event& other) const { return at != other.at ? at > other.at : order > other.order; }
  };
  void at(Duration delay, Event event);
  void handle(const Event& event);
  void arrive(std::uint32_t target);
  void update(std::uint32_t target);
  void launch(std::uint32_t target, const Output& output);
  void report(std::uint32_t target, EndpointIndex endpoint, ReportFor whom);
  void send_probe(std::uint32_t target, const Output& output);
  void drain(std::uint32_t target);
  Duration exponential(double mean_ns);

  LoadOptions options_;
  // What a policy asks of endpoints, and its shadow, changes nothing else.
  RandomStream random_;
  RandomStream reports_;
  RandomStream dark_;
  std::vector<RecordedCalls*> targets_;
  std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
  std::uint64_t order_ = 0;
  Time now_{};
  std::uint64_t inputs_ = 0;
  std::uint64_t decisions_ = 0;
  std::uint64_t dark_inputs_ = 0;
  std::uint64_t dark_decisions_ = 0;
  std::vector<std::uint64_t> outcomes_ = std::vector<std::uint64_t>(kFailureKinds);
};

}  // namespace meshtwin::test
