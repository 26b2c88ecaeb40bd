// Replays a worker's journal through the same core, and compares every decision with what was recorded.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/call/calls.h"
#include "core/config/policy.h"
#include "core/journal/messages.h"
#include "core/journal/record.h"
#include "core/journal/segment_reader.h"
#include "core/journal/shadow_balancer.h"
#include "core/result.h"
#include "core/upstream/upstream.h"

namespace meshtwin {

// A decision that came out otherwise than it was recorded.
struct Divergence {
  std::uint64_t segment = 0;
  std::uint64_t input = 0;   // its number, from the worker's start on; 1 is the first one
  std::uint64_t offset = 0;  // of its record in the segment
  Time now{};
  std::string upstream;
  std::string what;      // the input, in words
  std::string recorded;  // the outputs, in words
  std::string replayed;
  struct EndpointState {
    EndpointIndex endpoint = 0;
    std::string name;  // empty: unknown
    EndpointView view;
  };
  std::vector<EndpointState> endpoints;  // those that the outputs name, as replayed, after the input
};

struct UpstreamReplay {
  std::string name;
  std::string policy_sha256;
  std::uint64_t inputs = 0;
  std::uint64_t decisions = 0;
  std::uint64_t divergences = 0;  // inputs with other decisions, and checkpoints with another state
  PolicyConfig policy;
  std::map<EndpointIndex, std::string> endpoint_names;
  PickComparison comparison;  // with the other policy
};

struct ReplayReport {
  std::uint64_t worker = 0;
  std::int64_t epoch_ns = 0;  // Unix time in nanoseconds of Time zero
  std::string program;        // that recorded
  std::uint64_t segments = 0;  // replayed up to their end
  std::uint64_t bytes = 0;
  std::uint64_t inputs = 0;
  std::uint64_t decisions = 0;
  std::uint64_t divergences = 0;
  std::uint64_t checkpoints = 0;  // reached by replay, and compared
  std::uint64_t gaps = 0;
  std::uint64_t lost = 0;     // inputs in the gaps
  std::uint64_t missing = 0;  // inputs of segments that are damaged or aren't there
  std::uint64_t torn = 0;     // segments whose end is torn off
  std::optional<Time> from;   // of the first input
  Time to{};
  std::optional<Divergence> first;
  std::map<std::uint32_t, UpstreamReplay> upstreams;  // by number
};

// The algorithms of a policy; policies/catalog has them.
using PartsFactory = std::function<PolicyParts(const PolicyConfig&, std::uint64_t seed)>;

class Replayer {
 public:
  // With `other`, each pick is also asked of the balancer of that policy. The recorded policy goes on
  // deciding, so that the states are the recorded ones.
  explicit Replayer(PartsFactory parts, std::optional<PolicyConfig> other = std::nullopt)
      : parts_(std::move(parts)), other_(std::move(other)) {}

  // The segments of one worker, in ascending order of their numbers. An error says where the bytes are bad;
  // the rest of the segment is left out, and replay can go on with the next one, which brings its own state.
  Result<bool> replay(ByteSource& segment);
  // Where the segment before is torn off, if it is.
  std::optional<std::uint64_t> torn_at() const { return torn_at_; }
  const ReplayReport& report() const { return report_; }

 private:
  struct Replica {
    JournaledUpstream description;
    PolicyConfig policy;
    std::shared_ptr<EndpointNames> names = std::make_shared<EndpointNames>();
    std::unique_ptr<Upstream> upstream;
    std::unique_ptr<Calls> calls;  // null until a checkpoint gives the state
    bool diverged = false;         // since the last checkpoint
    UpstreamReplay* report = nullptr;
  };
  Result<bool> replay_messages(SegmentReader& reader);
  Result<bool> replay_message(const JournalMessage& message);
  Result<bool> begin_segment(const JournalMessage& message);
  Result<bool> add_upstream(JournaledUpstream description);
  static void name_endpoint(Replica& replica, EndpointIndex endpoint, std::string_view name);
  Result<bool> pass_checkpoint(const JournalMessage& message);
  Result<bool> load(Replica& replica, std::span<const std::byte> state);
  bool has_state(Replica& replica, std::span<const std::byte> state) const;
  Result<bool> pass_gap(const JournalMessage& message);
  Result<bool> replay_records(const JournalMessage& message);
  void feed(Replica& replica, const JournalRecord& record);
  void compare(Replica& replica, const JournalRecord& record, std::uint64_t offset);
  void count_attempts(const Replica& replica);
  void diverge(Replica& replica, Divergence divergence);
  Divergence explain(const Replica& replica, const JournalRecord& record, std::uint64_t offset) const;
  Divergence::EndpointState state_of(const Replica& replica, EndpointIndex endpoint) const;
  Replica* find(std::uint32_t upstream);
  void forget_states();

  PartsFactory parts_;
  std::optional<PolicyConfig> other_;
  ReplayReport report_;
  RecordDecoder decoder_;
  std::map<std::uint32_t, Replica> replicas_;
  Replica* last_replica_ = nullptr;
  std::optional<std::uint64_t> last_segment_;
  std::optional<std::uint64_t> torn_at_;
  std::uint64_t segment_ = 0;
  std::uint64_t inputs_ = 0;  // of the worker, those that were lost included
  Time now_{};
  CallId target_;              // the call that the record is about, as replayed
  bool was_open_ = false;      // before the input
  bool in_step_ = false;       // nothing is missing since the last checkpoint
  bool checkpointed_ = false;  // records may follow
};

}  // namespace meshtwin
