// One record of a journal: an input of one upstream's core and the decisions that it made, as bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string_view>
#include <vector>

#include "core/bytes.h"
#include "core/call/events.h"
#include "core/call/load_report.h"
#include "core/time.h"
#include "core/upstream/membership.h"

namespace meshtwin {

struct JournalRecord {
  enum class Kind : std::uint8_t {
    start,
    handle,
    handle_timeout,
    cancel,
    forbid_retries,
    update_endpoints,
    endpoint_name,  // no input: how the driver calls an endpoint
    load_report,    // `endpoint` says `report` of its load, to whom `report_for` tells
  };
  Kind kind = Kind::start;
  // The call is over, and the core ignores the input. Only then the call's generation is in the journal:
  // whoever follows the calls knows it otherwise.
  bool stale = false;
  std::uint32_t upstream = 0;
  Time now{};
  CallId call;  // that the input is for, or that `start` made
  std::uint8_t attempt = 0;
  AttemptInput input;
  CallStart begin;           // of start
  MembershipPtr membership;  // of update_endpoints
  EndpointIndex endpoint = 0;
  std::string_view name;              // of `endpoint`
  LoadReport report;
  ReportFor report_for = ReportFor::both;
  std::span<const Output> outputs{};  // read ones have no generation either
};

inline constexpr std::size_t kEndpointNameBytesMax = 1024;

// What one record tells of the next ones of the same upstream in the same message.
struct RecordHistory {
  std::uint64_t message = 0;        // that the rest is of
  std::uint64_t attempt_after = 0;  // the last attempt's deadline, from its start
  std::uint64_t wake_after = 0;     // the last wake-up, from when it was wished for
  std::uint64_t probe_after = 0;    // the last end of a probe's use, from its start
};

// Writes records into memory that has room for them, without further checks.
class RecordEncoder {
 public:
  // Bytes that encode() takes at most.
  static std::size_t bytes_max(const JournalRecord& record);
  // Begins a message at `at`, with `inputs` before it. Takes up to kBeginBytesMax.
  static constexpr std::size_t kBeginBytesMax = 2 * kVarintBytesMax;
  std::byte* begin(std::byte* at, std::uint64_t inputs, Time now);
  std::byte* encode(std::byte* at, const JournalRecord& record, RecordHistory& history);

 private:
  std::byte* put_output(std::byte* at, const JournalRecord& record, const Output& output, Time previous_at,
                        RecordHistory& history) const;

  std::uint64_t message_ = 0;
  Time last_{};
  std::uint32_t upstream_ = 0;
};

// Reads a message of records.
class RecordDecoder {
 public:
  // False where the message doesn't even begin well. `payload` must outlive what is read of it.
  bool begin(std::span<const std::byte> payload);
  bool at_end() const { return reader_.left() == 0 && !reader_.failed(); }
  // The next record, good until the next call; null where the bytes are bad.
  const JournalRecord* next();
  // Of the next record: how many inputs were before it since the worker's start, and its place in the
  // payload.
  std::uint64_t inputs() const { return inputs_; }
  std::size_t position() const { return reader_.position(); }

 private:
  void read_call(bool stale);
  void read_fields();
  void read_attempt_input();
  void read_membership();
  void read_report();
  void read_output(Output& output, Time previous_at, RecordHistory& history);

  ByteReader reader_{{}};
  JournalRecord record_;
  std::vector<Output> outputs_;
  std::map<std::uint32_t, RecordHistory> histories_;  // by upstream
  RecordHistory* history_ = nullptr;                  // of the current upstream
  std::uint64_t message_ = 0;
  std::uint64_t inputs_ = 0;
};

}  // namespace meshtwin
