// A worker with recorded upstreams under load, and the replay of what it recorded.
#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/config/policy_file.h"
#include "core/journal/recorded_calls.h"
#include "core/journal/replay.h"
#include "policies/catalog.h"
#include "tests/support/journal_load.h"
#include "tests/support/journal_memory.h"

namespace meshtwin::test {

// Bytes in memory as a segment, or the first part of them.
class MemorySource final : public ByteSource {
 public:
  explicit MemorySource(std::span<const std::byte> bytes) : bytes_(bytes) {}
  std::size_t read(std::span<std::byte> into) override {
    const std::size_t count = std::min(into.size(), bytes_.size());
    std::copy_n(bytes_.begin(), count, into.begin());
    bytes_ = bytes_.subspan(count);
    return count;
  }

 private:
  std::span<const std::byte> bytes_;
};

struct RecordedWorker {
  RecordedWorker(const std::vector<PolicyConfig>& policies, const LoadOptions& options,
                 std::size_t chunk_bytes = 4096, std::uint64_t segment_bytes_max = std::uint64_t{64} << 20)
      : sink(chunk_bytes),
        recorder(sink, {3, 1'700'000'000'000'000'000, "a test", segment_bytes_max, 0}),
        load(options) {
    for (const PolicyConfig& policy : policies) {
      const std::uint64_t seed = 77 + upstreams.size();
      upstreams.push_back(make_upstream(policy, seed));
      JournaledUpstream description;
      description.name = "service-" + std::to_string(upstreams.size() - 1);
      description.policy_text = canonical_policy_text(policy);
      description.policy_sha256 = policy_sha256(policy);
      description.seed = seed;
      calls.push_back(std::make_unique<RecordedCalls>(*upstreams.back(), recorder, description));
      load.add(*calls.back());
    }
  }

  MemorySink sink;
  JournalRecorder recorder;
  std::vector<std::unique_ptr<Upstream>> upstreams;
  std::vector<std::unique_ptr<RecordedCalls>> calls;
  JournalLoad load;
};

// Replays segments from the number `from` on.
inline Result<ReplayReport> replay(const MemorySink& sink, std::uint64_t from = 0,
                                   std::optional<PolicyConfig> other = std::nullopt) {
  Replayer replayer(make_policy_parts, std::move(other));
  for (const auto& [number, bytes] : sink.segments) {
    if (number < from) continue;
    MemorySource source(bytes);
    const Result<bool> done = replayer.replay(source);
    if (!done) return done.error();
  }
  return replayer.report();
}

}  // namespace meshtwin::test
