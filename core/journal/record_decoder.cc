#include <bit>
#include <cmath>
#include <limits>
#include <utility>

#include "core/journal/record.h"
#include "core/journal/record_bits.h"
#include "core/state_archive.h"

namespace meshtwin {
namespace {

using namespace record_bits;

constexpr std::uint16_t kOk = 200;
constexpr std::uint16_t kSwitchingProtocols = 101;
constexpr std::uint64_t kUint16Max = std::numeric_limits<std::uint16_t>::max();
constexpr std::uint64_t kUint32Max = std::numeric_limits<std::uint32_t>::max();
constexpr std::uint64_t kTimeMax = std::numeric_limits<std::int64_t>::max() - 1;  // before kNever

std::uint64_t nanoseconds(Time time) { return static_cast<std::uint64_t>(time.time_since_epoch().count()); }
Time time_of(std::uint64_t nanoseconds) { return Time(Duration(static_cast<std::int64_t>(nanoseconds))); }

FailureKind read_failure(ByteReader& reader, unsigned number) {
  if (number < kFailureKinds) return static_cast<FailureKind>(number);
  return reader.fail(), FailureKind::none;
}

// A time that is written as its distance from `now`, which may be wrong but must not be before the start.
Time read_distance(ByteReader& reader, Time now, std::uint64_t& distance) {
  distance = static_cast<std::uint64_t>(unzigzag(reader.varint()));
  const std::uint64_t at = nanoseconds(now) + distance;
  if (at <= kTimeMax) return time_of(at);
  return reader.fail(), kNever;
}

}  // namespace

bool RecordDecoder::begin(std::span<const std::byte> payload) {
  reader_ = ByteReader(payload);
  ++message_;
  inputs_ = reader_.varint();
  record_.now = time_of(reader_.varint_up_to(kTimeMax));
  record_.upstream = 0;
  history_ = &histories_[0];
  return !reader_.failed();
}

const JournalRecord* RecordDecoder::next() {
  const unsigned tag = reader_.byte();
  const unsigned kind = tag & kKindMask;
  if (kind > static_cast<unsigned>(JournalRecord::Kind::load_report)) return nullptr;
  record_.kind = static_cast<JournalRecord::Kind>(kind);
  if ((tag & kOtherUpstream) != 0) {
    record_.upstream = static_cast<std::uint32_t>(reader_.varint_up_to(kUint32Max));
    if (reader_.failed()) return nullptr;
    history_ = &histories_[record_.upstream];
  }
  if (history_->message != message_) *history_ = {message_, 0, 0, 0};
  record_.now = time_of(nanoseconds(record_.now) + reader_.varint_up_to(kTimeMax - nanoseconds(record_.now)));
  read_call((tag & kStale) != 0);
  read_fields();
  std::uint64_t count = tag >> kOutputsShift;
  if (count == kManyOutputs) count = reader_.varint();
  if (count > reader_.left()) return nullptr;
  outputs_.clear();
  Time previous_at = kNever;
  for (std::uint64_t i = 0; i < count && !reader_.failed(); ++i) {
    Output& output = outputs_.emplace_back();
    read_output(output, previous_at, *history_);
    previous_at = output.at;
  }
  record_.outputs = outputs_;
  if (record_.kind != JournalRecord::Kind::endpoint_name) ++inputs_;
  return reader_.failed() ? nullptr : &record_;
}

void RecordDecoder::read_call(bool stale) {
  record_.stale = stale;
  record_.call = {};
  if (record_.kind >= JournalRecord::Kind::update_endpoints) return;
  record_.call.slot = static_cast<std::uint32_t>(reader_.varint_up_to(kUint32Max));
  if (stale) record_.call.generation = static_cast<std::uint32_t>(reader_.varint_up_to(kUint32Max));
}

void RecordDecoder::read_fields() {
  switch (record_.kind) {
    case JournalRecord::Kind::start: {
      const unsigned bits = reader_.byte();
      if (bits > kStartBits) reader_.fail();
      std::uint64_t distance = 0;
      record_.begin.key.reset();
      if ((bits & kHasKey) != 0) record_.begin.key = reader_.word(8);
      record_.begin.urgency = static_cast<std::uint8_t>(bits >> kUrgencyShift);
      record_.begin.idempotent = (bits & kNotIdempotent) == 0;
      record_.begin.deadline =
          (bits & kHasDeadline) != 0 ? read_distance(reader_, record_.now, distance) : kNever;
      return;
    }
    case JournalRecord::Kind::handle:
      return read_attempt_input();
    case JournalRecord::Kind::update_endpoints:
      return read_membership();
    case JournalRecord::Kind::endpoint_name: {
      record_.endpoint = static_cast<EndpointIndex>(reader_.varint_up_to(kArchivedEndpointsMax));
      const auto name = reader_.bytes(reader_.varint_up_to(kEndpointNameBytesMax));
      record_.name = {reinterpret_cast<const char*>(name.data()), name.size()};
      return;
    }
    case JournalRecord::Kind::load_report:
      record_.endpoint = static_cast<EndpointIndex>(reader_.varint_up_to(kUint32Max));
      record_.report_for = static_cast<ReportFor>(reader_.byte());
      if (record_.report_for > kLastReportFor) reader_.fail();
      return read_report();
    default:
      return;
  }
}

void RecordDecoder::read_attempt_input() {
  record_.attempt = reader_.byte();
  const unsigned bits = reader_.byte();
  AttemptInput& input = record_.input;
  input.kind = static_cast<AttemptInput::Kind>(bits & 3);
  input.end_of_stream = (bits & kEndOfStream) != 0;
  input.status = 0;
  input.retry_after.reset();
  input.failure = FailureKind::none;
  if (input.kind == AttemptInput::Kind::failed) input.failure = read_failure(reader_, bits >> kFailureShift);
  if (input.kind != AttemptInput::Kind::response_head) return;
  input.status = (bits & kStatusOk) != 0 ? kOk : static_cast<std::uint16_t>(reader_.varint_up_to(kUint16Max));
  // Interim answers are none of the core's inputs.
  if (input.status < 200 && input.status != kSwitchingProtocols) reader_.fail();
  if ((bits & kHasRetryAfter) != 0) input.retry_after = Duration(unzigzag(reader_.varint()));
}

void RecordDecoder::read_membership() {
  ByteReader bytes(reader_.bytes(reader_.varint()));
  StateArchive archive(bytes);
  record_.membership.reset();
  archive_membership(archive, record_.membership);
  if (bytes.failed() || bytes.left() > 0 || !record_.membership) reader_.fail();
}

void RecordDecoder::read_report() {
  LoadReport& report = record_.report = {};
  const unsigned bits = reader_.byte();
  if (bits > kReportBits) reader_.fail();
  double* const numbers[] = {&report.application_utilization, &report.cpu_utilization, &report.requests_per_second,
                             &report.errors_per_second};
  for (std::size_t i = 0; i < 4; ++i) {
    if ((bits >> i & 1) == 0) continue;
    *numbers[i] = std::bit_cast<double>(reader_.word(8));
    if (!(*numbers[i] >= 0) || std::isinf(*numbers[i])) reader_.fail();
  }
  if ((bits & kHasInFlight) != 0) report.in_flight = static_cast<std::uint32_t>(reader_.varint_up_to(kUint32Max));
  if ((bits & kHasLatency) != 0) report.latency = time_of(reader_.varint_up_to(kTimeMax)).time_since_epoch();
  if ((bits & kHasServiceTime) != 0) report.service_time = time_of(reader_.varint_up_to(kTimeMax)).time_since_epoch();
}

void RecordDecoder::read_output(Output& output, Time previous_at, RecordHistory& history) {
  const unsigned tag = reader_.byte();
  const bool other_call = (tag & kOtherCall) != 0;
  output.kind = static_cast<Output::Kind>(tag & 3);
  const bool probes = output.kind == Output::Kind::wake_at && (tag & kProbe) != 0;
  if (probes) output.kind = Output::Kind::start_probe;
  if (probes && (tag & kShadowsProbe) != 0) output.asks = ReportFor::shadow;
  if (output.kind == Output::Kind::finish) {
    output.outcome.failure = read_failure(reader_, tag >> kOutcomeShift & 15);
    output.outcome.attempts = reader_.byte();
    output.outcome.status =
        (tag & kOutcomeStatusOk) != 0 ? kOk : static_cast<std::uint16_t>(reader_.varint_up_to(kUint16Max));
  } else if (!probes) {
    output.attempt = static_cast<std::uint8_t>(tag >> kAttemptShift);
  }
  output.call.slot =
      probes       ? 0
      : other_call ? static_cast<std::uint32_t>(reader_.varint_up_to(kUint32Max)) : record_.call.slot;
  if (output.kind == Output::Kind::finish) return;
  if (output.kind != Output::Kind::wake_at) {
    output.endpoint = static_cast<EndpointIndex>(reader_.varint_up_to(kUint32Max));
  }
  if (output.kind == Output::Kind::cancel_attempt) {
    output.failed = (tag & kFailed) != 0;
    return;
  }
  std::uint64_t& last_after = output.kind == Output::Kind::start_attempt ? history.attempt_after
                              : probes                                   ? history.probe_after
                                                                         : history.wake_after;
  switch (static_cast<When>(tag >> kWhenShift & 3)) {
    case follows:
      output.at = read_distance(reader_, record_.now, last_after);
      return;
    case never:
      output.at = kNever;
      return;
    case as_last_time: {
      const std::uint64_t at = nanoseconds(record_.now) + last_after;
      if (at > kTimeMax) return reader_.fail();
      output.at = time_of(at);
      return;
    }
    case as_before:
      output.at = previous_at;
      return;
  }
}

}  // namespace meshtwin
