#include <algorithm>
#include <bit>
#include <cassert>

#include "core/journal/record.h"
#include "core/journal/record_bits.h"
#include "core/state_archive.h"

namespace meshtwin {
namespace {

using namespace record_bits;

constexpr std::uint16_t kOk = 200;

std::byte* put_byte(std::byte* at, unsigned value) {
  *at = static_cast<std::byte>(value);
  return at + 1;
}

std::uint64_t nanoseconds(Time time) { return static_cast<std::uint64_t>(time.time_since_epoch().count()); }

// Wraps, so that no two times are too far apart.
std::uint64_t from_to(Time from, Time to) { return nanoseconds(to) - nanoseconds(from); }
std::uint64_t zigzag_of(std::uint64_t difference) { return zigzag(static_cast<std::int64_t>(difference)); }

// A deadline before the start of time has passed as one at its start has.
std::byte* put_start(std::byte* at, const JournalRecord& record) {
  const bool has_deadline = record.begin.deadline != kNever;
  at = put_byte(at, (has_deadline ? kHasDeadline : 0) | (record.begin.idempotent ? 0 : kNotIdempotent) |
                        (record.begin.key ? kHasKey : 0) | unsigned{record.begin.urgency} << kUrgencyShift);
  if (record.begin.key) at = put_word(at, *record.begin.key, 8);
  if (!has_deadline) return at;
  return put_varint(at, zigzag_of(from_to(record.now, std::max(record.begin.deadline, Time{}))));
}

std::byte* put_attempt_input(std::byte* at, const JournalRecord& record) {
  const AttemptInput& input = record.input;
  const bool is_head = input.kind == AttemptInput::Kind::response_head;
  const bool ok = is_head && input.status == kOk;
  at = put_byte(at, record.attempt);
  at = put_byte(at, static_cast<unsigned>(input.kind) | (input.end_of_stream ? kEndOfStream : 0) |
                        (ok ? kStatusOk : 0) | (is_head && input.retry_after ? kHasRetryAfter : 0) |
                        static_cast<unsigned>(input.failure) << kFailureShift);
  if (is_head && !ok) at = put_varint(at, input.status);
  return is_head && input.retry_after ? put_varint(at, zigzag(input.retry_after->count())) : at;
}

std::byte* put_bytes(std::byte* at, std::span<const std::byte> bytes) {
  at = put_varint(at, bytes.size());
  for (const std::byte b : bytes) *at++ = b;
  return at;
}

std::byte* put_membership(std::byte* at, MembershipPtr membership) {
  std::vector<std::byte> bytes;
  StateArchive archive(bytes);
  archive_membership(archive, membership);
  return put_bytes(at, bytes);
}

std::byte* put_number(std::byte* at, double number) { return put_word(at, std::bit_cast<std::uint64_t>(number), 8); }

std::byte* put_report(std::byte* at, const LoadReport& report) {
  const double numbers[] = {report.application_utilization, report.cpu_utilization, report.requests_per_second,
                            report.errors_per_second};
  const Duration times[] = {report.latency, report.service_time};
  unsigned bits = report.in_flight ? kHasInFlight : 0;
  for (std::size_t i = 0; i < 4; ++i) bits |= numbers[i] != 0 ? 1u << i : 0;
  for (std::size_t i = 0; i < 2; ++i) bits |= times[i] != Duration::zero() ? kHasLatency << i : 0;
  at = put_byte(at, bits);
  for (const double number : numbers) at = number != 0 ? put_number(at, number) : at;
  if (report.in_flight) at = put_varint(at, *report.in_flight);
  for (const Duration time : times) {
    if (time != Duration::zero()) at = put_varint(at, static_cast<std::uint64_t>(time.count()));
  }
  return at;
}

std::byte* put_finish(std::byte* at, const Outcome& outcome, unsigned tag) {
  const bool ok = outcome.status == kOk;
  at = put_byte(at,
                tag | static_cast<unsigned>(outcome.failure) << kOutcomeShift | (ok ? kOutcomeStatusOk : 0));
  at = put_byte(at, outcome.attempts);
  return ok ? at : put_varint(at, outcome.status);
}

}  // namespace

std::size_t RecordEncoder::bytes_max(const JournalRecord& record) {
  constexpr std::size_t kFields = 128;
  constexpr std::size_t kOutput = 24;
  constexpr std::size_t kMember = 16;
  std::size_t bytes = kFields + kOutput * record.outputs.size() + record.name.size();
  if (record.membership) bytes += kMember * record.membership->endpoints().size();
  return bytes;
}

std::byte* RecordEncoder::begin(std::byte* at, std::uint64_t inputs, Time now) {
  ++message_;
  last_ = now;
  upstream_ = 0;
  at = put_varint(at, inputs);
  return put_varint(at, nanoseconds(now));
}

std::byte* RecordEncoder::encode(std::byte* at, const JournalRecord& record, RecordHistory& history) {
  assert(record.now >= last_);
  if (history.message != message_) history = {message_, 0, 0, 0};
  const std::size_t outputs = record.outputs.size();
  const bool many = outputs >= kManyOutputs;
  const bool other_upstream = record.upstream != upstream_;
  at = put_byte(at, static_cast<unsigned>(record.kind) | (other_upstream ? kOtherUpstream : 0) |
                        (record.stale ? kStale : 0) |
                        (many ? kManyOutputs : static_cast<unsigned>(outputs)) << kOutputsShift);
  if (other_upstream) at = put_varint(at, upstream_ = record.upstream);
  at = put_varint(at, from_to(last_, record.now));
  last_ = record.now;
  if (record.kind < JournalRecord::Kind::update_endpoints) {
    at = put_varint(at, record.call.slot);
    if (record.stale) at = put_varint(at, record.call.generation);
  }
  switch (record.kind) {
    case JournalRecord::Kind::start:
      at = put_start(at, record);
      break;
    case JournalRecord::Kind::handle:
      at = put_attempt_input(at, record);
      break;
    case JournalRecord::Kind::update_endpoints:
      at = put_membership(at, record.membership);
      break;
    case JournalRecord::Kind::endpoint_name:
      at = put_varint(at, record.endpoint);
      at = put_bytes(at, std::as_bytes(std::span(record.name)));
      break;
    case JournalRecord::Kind::load_report:
      at = put_varint(at, record.endpoint);
      at = put_byte(at, static_cast<unsigned>(record.report_for));
      at = put_report(at, record.report);
      break;
    default:
      break;
  }
  if (many) at = put_varint(at, outputs);
  Time previous_at = kNever;
  for (const Output& output : record.outputs) {
    at = put_output(at, record, output, previous_at, history);
    previous_at = output.at;
  }
  return at;
}

std::byte* RecordEncoder::put_output(std::byte* at, const JournalRecord& record, const Output& output,
                                     Time previous_at, RecordHistory& history) const {
  const bool probes = output.kind == Output::Kind::start_probe;
  const bool own_call =
      probes || (record.kind < JournalRecord::Kind::update_endpoints && output.call.slot == record.call.slot);
  const unsigned kind = static_cast<unsigned>(probes ? Output::Kind::wake_at : output.kind);
  unsigned tag = kind | (own_call ? 0 : kOtherCall) | (probes ? kProbe : 0);
  if (probes && output.asks == ReportFor::shadow) tag |= kShadowsProbe;
  if (output.kind == Output::Kind::finish) {
    at = put_finish(at, output.outcome, tag);
    return own_call ? at : put_varint(at, output.call.slot);
  }
  tag |= unsigned{output.attempt} << kAttemptShift;
  if (output.kind == Output::Kind::cancel_attempt) {
    at = put_byte(at, tag | (output.failed ? kFailed : 0));
    if (!own_call) at = put_varint(at, output.call.slot);
    return put_varint(at, output.endpoint);
  }
  const bool starts = output.kind == Output::Kind::start_attempt;
  std::uint64_t& last_after = starts   ? history.attempt_after
                              : probes ? history.probe_after
                                       : history.wake_after;
  const std::uint64_t after = from_to(record.now, output.at);
  When when = follows;
  if (output.at == kNever) {
    when = never;
  } else if (output.at == previous_at) {
    when = as_before;
  } else if (after == last_after) {
    when = as_last_time;
  } else {
    last_after = after;
  }
  at = put_byte(at, tag | when << kWhenShift);
  if (!own_call) at = put_varint(at, output.call.slot);
  if (starts || probes) at = put_varint(at, output.endpoint);
  return when == follows ? put_varint(at, zigzag_of(after)) : at;
}

}  // namespace meshtwin
