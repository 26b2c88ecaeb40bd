// Records the inputs and decisions of one worker's cores. RecordedCalls feeds it; the driver lends it memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/call/calls.h"
#include "core/journal/frame_writer.h"
#include "core/journal/messages.h"
#include "core/journal/record.h"
#include "core/journal/sink.h"
#include "core/time.h"

namespace meshtwin {

struct JournalOptions {
  std::uint64_t worker = 0;
  std::int64_t epoch_ns = 0;  // Unix time in nanoseconds of the worker's Time zero
  std::string program;        // name and version of the recording program, 64 KiB at most
  // A segment ends when it has as many bytes, and at least half of them are records.
  std::uint64_t segment_bytes_max = std::uint64_t{64} << 20;
  std::uint64_t first_segment = 0;  // number of the first segment
};

struct JournalStatistics {
  std::uint64_t inputs = 0;     // recorded
  std::uint64_t decisions = 0;  // recorded with them
  std::uint64_t lost = 0;       // inputs for which there was no room
  std::uint64_t gaps = 0;       // stretches of such inputs
};

// Every segment begins with a header and a checkpoint of all upstreams, so that it can be replayed alone.
// When the sink has no room, inputs are counted as lost; when it has again, the count and a checkpoint
// follow. Making a checkpoint is linear in the numbers of endpoints and of calls; nothing else here is.
class JournalRecorder {
 public:
  JournalRecorder(JournalSink& sink, JournalOptions options);
  ~JournalRecorder() { finish(); }
  JournalRecorder(const JournalRecorder&) = delete;
  JournalRecorder& operator=(const JournalRecorder&) = delete;

  // Upstreams may come and go at any time; a new segment begins at the next input. `calls` must stay where it
  // is until it is removed. Returns the upstream's number, which replaces the one in `upstream`.
  std::uint32_t add(JournaledUpstream upstream, Calls& calls);
  void remove(std::uint32_t upstream);
  // How reports call an endpoint; names longer than kEndpointNameBytesMax are cut.
  void name_endpoint(std::uint32_t upstream, EndpointIndex endpoint, std::string_view name);

  // Before each input, and after it with what it was and did.
  void prepare(Time now) {
    if (!ready_) get_ready(now);
  }
  void append(const JournalRecord& record, RecordHistory& history) {
    ++inputs_;
    last_input_ = record.now;
    std::byte* at = writer_.place(RecordEncoder::bytes_max(record));
    if (at == nullptr) return append_slowly(record, history);
    writer_.fill(encoder_.encode(at, record, history));
    count(record);
  }

  // Hands what has been recorded to the sink; for now and then, so that a crash loses little.
  void flush() { writer_.close_records(); }
  // Flushes, and says what is lost where there is room for that. For the end, or before the journal is read.
  void finish();

  const JournalStatistics& statistics() const { return statistics_; }
  std::uint64_t segment() const { return writer_.segment(); }

 private:
  struct Entry {
    JournaledUpstream upstream;
    Calls* calls;
  };
  void get_ready(Time now);
  bool begin_stretch(Time now);
  std::vector<std::byte> header() const;
  std::vector<std::byte> checkpoint(Time now);
  void append_slowly(const JournalRecord& record, RecordHistory& history);
  bool append_large(const JournalRecord& record, RecordHistory& history);
  bool open_records(Time now, std::uint64_t inputs, std::size_t bytes);
  void lose(Time now);
  bool segment_is_full() const;
  void count(const JournalRecord& record) {
    ++statistics_.inputs;
    statistics_.decisions += record.outputs.size();
  }

  JournalSink* sink_;
  FrameWriter writer_;
  JournalOptions options_;
  std::vector<Entry> entries_;
  std::uint32_t next_number_ = 0;
  RecordEncoder encoder_;
  JournalStatistics statistics_;
  std::uint64_t inputs_ = 0;  // of the worker, lost ones included
  Time last_input_{};
  bool ready_ = false;                // a checkpoint is written, and no new segment is due
  bool recording_ = false;            // a checkpoint is written, and records may follow
  bool segment_due_ = true;           // the next checkpoint begins a segment
  bool begun_any_ = false;            // segment
  JournalGap gap_;                    // lost and not said so yet
  std::size_t chunks_needed_ = 0;     // for a checkpoint that found no room
  std::uint64_t overhead_bytes_ = 0;  // of the segment: header and checkpoints
};

}  // namespace meshtwin
