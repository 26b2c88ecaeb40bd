// Journals whose bytes are not what was written: damage is diagnosed, and nothing crashes.
#include <catch2/catch.hpp>
#include <cstring>

#include "core/bytes.h"
#include "core/journal/format.h"
#include "tests/policies/journal/recorded_worker.h"
#include "tests/policies/journal/some_policies.h"

namespace meshtwin::test {
namespace {

struct FramePlace {
  std::size_t at = 0;
  FrameHeader header;
};

std::vector<FramePlace> frames_of(std::span<const std::byte> bytes) {
  std::vector<FramePlace> frames;
  for (std::size_t at = 0; at < bytes.size();) {
    FramePlace& frame = frames.emplace_back();
    frame.at = at;
    REQUIRE(read_frame_header(bytes.subspan(at), frame.header) == FrameFault::none);
    at += kFrameHeaderBytes + frame.header.payload_bytes;
  }
  return frames;
}

Result<ReplayReport> replay_bytes(std::span<const std::byte> bytes) {
  Replayer replayer(make_policy_parts);
  MemorySource source(bytes);
  const Result<bool> done = replayer.replay(source);
  if (!done) return done.error();
  return replayer.report();
}

std::vector<std::byte> one_segment(const PolicyConfig& policy, std::uint64_t inputs) {
  LoadOptions options;
  options.weights = true;
  options.late = 0.1;
  options.updates = std::chrono::milliseconds(20);
  RecordedWorker worker({policy, policy}, options, 512);
  worker.sink.room = 0;  // so that the checkpoint, which comes later, holds calls
  worker.load.run(200);
  worker.sink.room = 1'000'000;
  worker.load.run(inputs);
  worker.recorder.finish();
  return worker.sink.segments.begin()->second;
}

TEST_CASE("A changed byte anywhere is an error that names the frame's offset") {
  const std::vector<std::byte> whole = one_segment(with_everything(LeastRequestConfig{}), 300);
  const std::vector<FramePlace> frames = frames_of(whole);
  REQUIRE(frames.size() > 5);
  RandomStream random(3);
  for (std::size_t i = 0; i < frames.size(); ++i) {
    for (std::size_t at = frames[i].at;
         at < frames[i].at + kFrameHeaderBytes + frames[i].header.payload_bytes; ++at) {
      std::vector<std::byte> bytes = whole;
      bytes[at] ^= static_cast<std::byte>(1 + random.below(255));
      const Result<ReplayReport> report = replay_bytes(bytes);
      // A length that is too large looks like a torn end.
      if (at - frames[i].at >= 4 && at - frames[i].at < 8 && report) continue;
      INFO("byte " << at << " of " << whole.size());
      REQUIRE(!report);
      REQUIRE(report.error().message.starts_with("offset " + std::to_string(frames[i].at) + ": "));
    }
  }
}

TEST_CASE("A frame that is missing, doubled or from elsewhere is an error") {
  const std::vector<std::byte> whole = one_segment(with_everything(LeastRequestConfig{}), 300);
  const std::vector<FramePlace> frames = frames_of(whole);
  const auto part = [&](std::size_t from, std::size_t to) {
    const auto begin =
        whole.begin() + static_cast<std::ptrdiff_t>(from < frames.size() ? frames[from].at : whole.size());
    const auto end =
        whole.begin() + static_cast<std::ptrdiff_t>(to < frames.size() ? frames[to].at : whole.size());
    return std::vector<std::byte>(begin, end);
  };
  for (std::size_t i = 0; i + 1 < frames.size(); ++i) {
    std::vector<std::byte> without = part(0, i);
    const std::vector<std::byte> rest = part(i + 1, frames.size());
    without.insert(without.end(), rest.begin(), rest.end());
    CHECK(!replay_bytes(without));
    std::vector<std::byte> doubled = part(0, i + 1);
    const std::vector<std::byte> again = part(i, frames.size());
    doubled.insert(doubled.end(), again.begin(), again.end());
    CHECK(!replay_bytes(doubled));
  }
}

// Bytes that a checksum vouches for, and that still may be anything.
void mutate(std::vector<std::byte>& bytes, const FramePlace& frame, RandomStream& random) {
  std::byte* payload = bytes.data() + frame.at + kFrameHeaderBytes;
  for (std::uint64_t n = 1 + random.below(3); n > 0; --n) {
    const std::size_t at = random.below(frame.header.payload_bytes);
    switch (random.below(4)) {
      case 0:
        payload[at] ^= static_cast<std::byte>(1u << random.below(8));
        break;
      case 1:
        payload[at] = static_cast<std::byte>(random.below(256));
        break;
      case 2:
        payload[at] = std::byte{0xff};
        break;
      case 3: {
        const std::size_t count = std::min<std::size_t>(frame.header.payload_bytes - at, 1 + random.below(8));
        const std::size_t from = random.below(frame.header.payload_bytes - count + 1);
        std::memmove(payload + at, payload + from, count);
        break;
      }
    }
  }
  seal_frame(bytes.data() + frame.at, frame.header);
}

TEST_CASE("Bytes that make no sense behind a sound checksum give an error or a divergence, and no crash") {
  RandomStream random(11);
  std::uint64_t errors = 0;
  std::uint64_t divergences = 0;
  for (const auto& [name, policy] : some_policies()) {
    INFO(name);
    const std::vector<std::byte> whole = one_segment(policy, 300);
    const std::vector<FramePlace> frames = frames_of(whole);
    for (int round = 0; round < 1'500; ++round) {
      std::vector<std::byte> bytes = whole;
      // The first frames hold header and checkpoint.
      const std::size_t which = random.below(2) == 0 ? random.below(frames.size()) : random.below(4);
      mutate(bytes, frames[which], random);
      const Result<ReplayReport> report = replay_bytes(bytes);
      if (!report) ++errors;
      if (report && report.value().divergences > 0) ++divergences;
    }
  }
  CHECK(errors > 1'000);
  CHECK(divergences > 300);
}

TEST_CASE("No byte of a checkpoint makes a crash, whatever its value") {
  const std::vector<std::byte> whole = one_segment(with_everything(LeastRequestConfig{}), 20);
  std::uint64_t errors = 0;
  for (const FramePlace& frame : frames_of(whole)) {
    if (frame.header.kind != MessageKind::checkpoint) continue;
    for (std::size_t at = 0; at < frame.header.payload_bytes; ++at) {
      for (const unsigned value : {0u, 9u, 60u, 255u}) {
        std::vector<std::byte> bytes = whole;
        bytes[frame.at + kFrameHeaderBytes + at] = static_cast<std::byte>(value);
        seal_frame(bytes.data() + frame.at, frame.header);
        if (!replay_bytes(bytes)) ++errors;
      }
    }
  }
  CHECK(errors > 1'000);
}

TEST_CASE("Behind a segment with a changed byte anywhere, the next one replays exactly") {
  RecordedWorker worker({with_everything(LeastRequestConfig{})}, LoadOptions{}, 512, 6'000);
  worker.load.run(2'000);
  worker.recorder.finish();
  REQUIRE(worker.sink.segments.size() > 3);
  const std::vector<std::byte>& damaged = std::next(worker.sink.segments.begin())->second;
  for (std::size_t at = 0; at < damaged.size(); at += 7) {
    Replayer replayer(make_policy_parts);
    for (const auto& [number, bytes] : worker.sink.segments) {
      std::vector<std::byte> changed = bytes;
      if (&bytes == &damaged) changed[at] ^= std::byte{1};
      MemorySource source(changed);
      const Result<bool> done = replayer.replay(source);
      INFO("segment " << number << ", byte " << at << (done ? "" : ": " + done.error().message));
      REQUIRE((done || &bytes == &damaged));
    }
    const ReplayReport& report = replayer.report();
    REQUIRE(report.divergences == 0);
    REQUIRE(report.missing > 0);
    REQUIRE(report.inputs + report.missing == worker.load.inputs());
  }
}

TEST_CASE("A segment that doesn't belong where it is changes nothing for the next one") {
  RecordedWorker worker({with_everything(RoundRobinConfig{})}, LoadOptions{}, 512, 6'000);
  worker.load.run(2'000);
  worker.recorder.finish();
  Replayer replayer(make_policy_parts);
  for (const auto& [number, bytes] : worker.sink.segments) {
    MemorySource source(bytes);
    REQUIRE(replayer.replay(source));
    MemorySource again(bytes);
    CHECK(!replayer.replay(again));
  }
  CHECK(replayer.report().inputs == worker.load.inputs());
  CHECK(replayer.report().missing == 0);
  CHECK(replayer.report().checkpoints == worker.sink.segments.size());
}

TEST_CASE("Files that are no journals are told so") {
  const auto error_of = [](std::string_view text) {
    const Result<ReplayReport> report = replay_bytes(std::as_bytes(std::span(text)));
    return report ? std::string() : report.error().message;
  };
  CHECK(error_of("{\"a policy\": \"and no journal at all\"}") == "offset 0: this is no journal of meshtwin");
  CHECK(error_of("").empty());
  std::vector<std::byte> newer = one_segment(PolicyConfig{}, 10);
  const FramePlace first = frames_of(newer).front();
  newer[kFrameHeaderBytes + kJournalTitle.size()] = std::byte{5};
  seal_frame(newer.data(), first.header);
  CHECK(replay_bytes(newer).error().message ==
        "offset 24: the journal's format is version 5, and this program reads version 4");
}

}  // namespace
}  // namespace meshtwin::test
