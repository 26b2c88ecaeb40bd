// The messages of a journal besides its records, as bytes: segment headers and gaps.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "core/call/events.h"
#include "core/result.h"
#include "core/time.h"

namespace meshtwin {

// One upstream of a worker, as the driver knows it.
struct JournaledUpstream {
  std::uint32_t number = 0;  // given out by the recorder, never twice
  std::string name;
  std::string policy_text;  // canonical (core/config/policy_file.h)
  std::string policy_sha256;
  std::uint64_t seed = 0;
  std::map<EndpointIndex, std::string> endpoint_names;  // as far as they are known
};

// What begins each segment.
struct SegmentHeader {
  std::uint64_t worker = 0;
  std::uint64_t segment = 0;
  std::int64_t epoch_ns = 0;  // Unix time in nanoseconds of the worker's Time zero
  std::string program;        // name and version of the program that recorded
  std::vector<JournaledUpstream> upstreams;
};

// Inputs that are not in the journal, since the sink had no room for them.
struct JournalGap {
  std::uint64_t inputs = 0;
  Time from{};  // of the first one
  Time to{};    // of the last one
};

std::vector<std::byte> encode_header(const SegmentHeader& header);
// Errors say what is wrong, and leave it to the caller to say where.
Result<SegmentHeader> decode_header(std::span<const std::byte> payload);

std::vector<std::byte> encode_gap(const JournalGap& gap);
Result<JournalGap> decode_gap(std::span<const std::byte> payload);

// A checkpoint: after how many inputs of the worker and when it was made, then the state of each upstream.
struct CheckpointPart {
  std::uint32_t upstream = 0;
  std::span<const std::byte> state;  // of Calls::archive
};
struct Checkpoint {
  std::uint64_t inputs = 0;
  Time now{};
  std::vector<CheckpointPart> parts;
};
Result<Checkpoint> decode_checkpoint(std::span<const std::byte> payload);

}  // namespace meshtwin
