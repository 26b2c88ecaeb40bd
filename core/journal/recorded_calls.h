// Calls whose inputs and decisions go into a journal.
#pragma once

#include <string_view>
#include <utility>

#include "core/call/calls.h"
#include "core/journal/recorder.h"

namespace meshtwin {

// As Calls, for the driver. Where there is a recorder, each input is recorded with what it put out; without
// one it costs a branch. Drivers drain the outputs after each input, as Calls asks for.
class RecordedCalls {
 public:
  explicit RecordedCalls(Upstream& upstream) : calls_(upstream) {}
  // `description` tells readers of the journal what to make for `upstream`: its number is given out here.
  RecordedCalls(Upstream& upstream, JournalRecorder& recorder, JournaledUpstream description)
      : calls_(upstream), recorder_(&recorder), number_(recorder.add(std::move(description), calls_)) {}
  ~RecordedCalls() {
    if (recorder_ != nullptr) recorder_->remove(number_);
  }
  RecordedCalls(const RecordedCalls&) = delete;
  RecordedCalls& operator=(const RecordedCalls&) = delete;

  CallId start(Time now, const CallStart& start = {}) {
    if (recorder_ == nullptr) return calls_.start(now, start);
    recorder_->prepare(now);
    JournalRecord record = record_of(JournalRecord::Kind::start, now);
    record.call = calls_.start(now, start);
    record.begin = start;
    append(record);
    return record.call;
  }
  void handle(Time now, CallId id, std::uint8_t attempt, const AttemptInput& input) {
    if (recorder_ == nullptr) return calls_.handle(now, id, attempt, input);
    JournalRecord record = begin(JournalRecord::Kind::handle, now, id);
    record.attempt = attempt;
    record.input = input;
    calls_.handle(now, id, attempt, input);
    append(record);
  }
  void handle_timeout(Time now, CallId id) {
    if (recorder_ == nullptr) return calls_.handle_timeout(now, id);
    JournalRecord record = begin(JournalRecord::Kind::handle_timeout, now, id);
    calls_.handle_timeout(now, id);
    append(record);
  }
  void cancel(Time now, CallId id) {
    if (recorder_ == nullptr) return calls_.cancel(now, id);
    JournalRecord record = begin(JournalRecord::Kind::cancel, now, id);
    calls_.cancel(now, id);
    append(record);
  }
  void forbid_retries(Time now, CallId id) {
    if (recorder_ == nullptr) return calls_.forbid_retries(now, id);
    JournalRecord record = begin(JournalRecord::Kind::forbid_retries, now, id);
    calls_.forbid_retries(now, id);
    append(record);
  }
  void handle_report(Time now, EndpointIndex endpoint, const LoadReport& report, ReportFor whom) {
    if (recorder_ == nullptr) return calls_.handle_report(now, endpoint, report, whom);
    recorder_->prepare(now);
    JournalRecord record = record_of(JournalRecord::Kind::load_report, now);
    record.endpoint = endpoint;
    record.report = report;
    record.report_for = whom;
    calls_.handle_report(now, endpoint, report, whom);
    append(record);
  }
  void update_endpoints(Time now, MembershipPtr membership) {
    if (recorder_ == nullptr) return calls_.update_endpoints(now, std::move(membership));
    recorder_->prepare(now);
    JournalRecord record = record_of(JournalRecord::Kind::update_endpoints, now);
    record.membership = membership;
    calls_.update_endpoints(now, std::move(membership));
    append(record);
  }
  // How reports call an endpoint.
  void name_endpoint(EndpointIndex endpoint, std::string_view name) {
    if (recorder_ != nullptr) recorder_->name_endpoint(number_, endpoint, name);
  }

  bool is_open(CallId id) const { return calls_.is_open(id); }
  Time deadline(CallId id) const { return calls_.deadline(id); }
  Outputs& outputs() { return calls_.outputs(); }
  Upstream& upstream() { return calls_.upstream(); }

 private:
  JournalRecord record_of(JournalRecord::Kind kind, Time now) const {
    assert(calls_.outputs().empty());
    JournalRecord record;
    record.kind = kind;
    record.upstream = number_;
    record.now = now;
    return record;
  }
  JournalRecord begin(JournalRecord::Kind kind, Time now, CallId id) {
    recorder_->prepare(now);
    JournalRecord record = record_of(kind, now);
    record.call = id;
    record.stale = !calls_.is_open(id);
    return record;
  }
  void append(JournalRecord& record) {
    record.outputs = calls_.outputs();
    recorder_->append(record, history_);
  }

  Calls calls_;
  JournalRecorder* recorder_ = nullptr;
  std::uint32_t number_ = 0;
  RecordHistory history_;
};

}  // namespace meshtwin
