#include "core/journal/recorder.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "core/state_archive.h"

namespace meshtwin {

JournalRecorder::JournalRecorder(JournalSink& sink, JournalOptions options)
    : sink_(&sink), writer_(sink), options_(std::move(options)) {
  assert(sink.chunk_bytes() >= kJournalChunkBytesMin);
  assert(sink.chunk_bytes() <= kFramePayloadMax);
}

std::uint32_t JournalRecorder::add(JournaledUpstream upstream, Calls& calls) {
  upstream.number = next_number_++;
  entries_.push_back({std::move(upstream), &calls});
  ready_ = recording_ = false;
  segment_due_ = true;
  return entries_.back().upstream.number;
}

void JournalRecorder::remove(std::uint32_t upstream) {
  std::erase_if(entries_, [&](const Entry& entry) { return entry.upstream.number == upstream; });
  ready_ = recording_ = false;
  segment_due_ = true;
}

void JournalRecorder::name_endpoint(std::uint32_t upstream, EndpointIndex endpoint, std::string_view name) {
  const auto entry =
      std::ranges::find_if(entries_, [&](const Entry& e) { return e.upstream.number == upstream; });
  assert(entry != entries_.end());
  name = name.substr(0, kEndpointNameBytesMax);
  std::string& known = entry->upstream.endpoint_names[endpoint];
  if (known == name) return;
  known = name;
  if (!recording_) {
    segment_due_ = true;  // its header tells, where a gap alone would not
    return;
  }
  JournalRecord record;
  record.kind = JournalRecord::Kind::endpoint_name;
  record.upstream = upstream;
  record.now = last_input_;
  record.endpoint = endpoint;
  record.name = name;
  RecordHistory none;
  const std::size_t bytes = RecordEncoder::bytes_max(record);
  if (writer_.place(bytes) == nullptr && !open_records(last_input_, inputs_, bytes)) {
    ready_ = false;
    segment_due_ = true;  // its header tells
    return;
  }
  writer_.fill(encoder_.encode(writer_.place(bytes), record, none));
}

void JournalRecorder::get_ready(Time now) {
  if (!recording_ || segment_due_ || gap_.inputs > 0) begin_stretch(now);
  ready_ = recording_ && !segment_due_;
}

// Header where a segment begins, gap where something was lost, checkpoint: then records may follow.
bool JournalRecorder::begin_stretch(Time now) {
  constexpr std::size_t kLeast = 2;  // a checkpoint and records
  if (std::max(chunks_needed_, kLeast) > sink_->free_chunks()) return false;
  writer_.close_records();
  std::vector<std::byte> head;
  if (segment_due_) head = header();
  const std::vector<std::byte> state = checkpoint(now);
  const std::size_t needed = (segment_due_ ? writer_.chunks_for(head.size()) : 0) +
                             (gap_.inputs > 0 ? 1 : 0) + writer_.chunks_for(state.size()) + 1;
  chunks_needed_ = needed;
  if (needed > sink_->free_chunks()) return false;
  recording_ = false;
  if (segment_due_) {
    writer_.begin_segment(begun_any_ ? writer_.segment() + 1 : options_.first_segment);
    begun_any_ = true;
    overhead_bytes_ = 0;
    if (!writer_.write(MessageKind::header, head)) return false;
  }
  segment_due_ = false;
  if (gap_.inputs > 0 && !writer_.write(MessageKind::gap, encode_gap(gap_))) return false;
  gap_ = {};
  if (!writer_.write(MessageKind::checkpoint, state)) return false;
  overhead_bytes_ += head.size() + state.size();
  chunks_needed_ = 0;
  recording_ = true;
  return true;
}

std::vector<std::byte> JournalRecorder::header() const {
  SegmentHeader header;
  header.worker = options_.worker;
  header.segment = begun_any_ ? writer_.segment() + 1 : options_.first_segment;
  header.epoch_ns = options_.epoch_ns;
  header.program = options_.program;
  for (const Entry& entry : entries_) header.upstreams.push_back(entry.upstream);
  return encode_header(header);
}

std::vector<std::byte> JournalRecorder::checkpoint(Time now) {
  std::vector<std::byte> out;
  append_varint(out, inputs_);
  append_varint(out, static_cast<std::uint64_t>(now.time_since_epoch().count()));
  std::vector<std::byte> state;
  for (const Entry& entry : entries_) {
    state.clear();
    StateArchive archive(state);
    entry.calls->archive(archive);
    append_varint(out, entry.upstream.number);
    append_varint(out, state.size());
    append_bytes(out, state);
  }
  return out;
}

void JournalRecorder::append_slowly(const JournalRecord& record, RecordHistory& history) {
  if (!recording_) return lose(record.now);
  writer_.close_records();
  if (segment_is_full()) {
    segment_due_ = true;
    ready_ = false;
  }
  const std::size_t bytes = RecordEncoder::bytes_max(record);
  if (open_records(record.now, inputs_ - 1, bytes)) {
    writer_.fill(encoder_.encode(writer_.place(bytes), record, history));
  } else if (bytes + RecordEncoder::kBeginBytesMax <= writer_.payload_max() ||
             !append_large(record, history)) {
    return lose(record.now);
  }
  count(record);
}

// A message of its own, in as many frames as it takes.
bool JournalRecorder::append_large(const JournalRecord& record, RecordHistory& history) {
  std::vector<std::byte> message(RecordEncoder::kBeginBytesMax + RecordEncoder::bytes_max(record));
  std::byte* end = encoder_.encode(encoder_.begin(message.data(), inputs_ - 1, record.now), record, history);
  return writer_.write(MessageKind::records, {message.data(), end});
}

// A new frame with place for `bytes`; false where the sink has no chunk, or none is long enough.
bool JournalRecorder::open_records(Time now, std::uint64_t inputs, std::size_t bytes) {
  writer_.close_records();
  if (bytes + RecordEncoder::kBeginBytesMax > writer_.payload_max() || !writer_.open_records()) return false;
  std::byte* at = writer_.place(RecordEncoder::kBeginBytesMax);
  writer_.fill(encoder_.begin(at, inputs, now));
  return true;
}

void JournalRecorder::lose(Time now) {
  ready_ = recording_ = false;
  if (gap_.inputs++ == 0) {
    gap_.from = now;
    ++statistics_.gaps;
  }
  gap_.to = now;
  ++statistics_.lost;
}

void JournalRecorder::finish() {
  writer_.close_records();
  if (gap_.inputs == 0 || segment_due_) return;
  if (writer_.write(MessageKind::gap, encode_gap(gap_))) gap_ = {};
}

bool JournalRecorder::segment_is_full() const {
  const std::uint64_t bytes = writer_.segment_bytes();
  return bytes >= options_.segment_bytes_max && bytes >= 2 * overhead_bytes_;
}

}  // namespace meshtwin
