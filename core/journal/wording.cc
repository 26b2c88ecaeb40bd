#include "core/journal/wording.h"

#include <fmt/format.h>

namespace meshtwin {
namespace {

std::string attempt_event(const AttemptInput& input) {
  switch (input.kind) {
    case AttemptInput::Kind::connected:
      return "is connected";
    case AttemptInput::Kind::response_head:
      return fmt::format("answers {}{}", input.status, input.end_of_stream ? "" : ", with more to come");
    case AttemptInput::Kind::response_end:
      return "has answered in full";
    case AttemptInput::Kind::failed:
      return fmt::format("fails ({})", name(input.failure));
  }
  return {};
}

std::string when(Time at, Time now) {
  if (at == kNever) return "never";
  return fmt::format("in {:.6f} ms", to_milliseconds(at - now));
}

std::string one(const Output& output, Time now) {
  switch (output.kind) {
    case Output::Kind::start_attempt:
      return fmt::format("starts attempt {} on endpoint {}, whose deadline is {}", output.attempt,
                         output.endpoint, when(output.at, now));
    case Output::Kind::cancel_attempt:
      return fmt::format("cancels attempt {} on endpoint {}{}", output.attempt, output.endpoint,
                         output.failed ? ", as failed" : "");
    case Output::Kind::finish:
      return fmt::format("ends with {} (status {}) after {} attempts",
                         output.outcome.ok() ? "success" : name(output.outcome.failure),
                         output.outcome.status, output.outcome.attempts);
    case Output::Kind::wake_at:
      return "wakes " + when(output.at, now);
    case Output::Kind::start_probe:
      return fmt::format("asks endpoint {} for its load{}; an answer is of use until {}", output.endpoint,
                         output.asks == ReportFor::shadow ? ", for the shadow" : "", when(output.at, now));
  }
  return {};
}

}  // namespace

std::string in_words(const JournalRecord& record) {
  const std::string call = fmt::format("call {}{}", record.call.slot, record.stale ? " (over)" : "");
  switch (record.kind) {
    case JournalRecord::Kind::start:
      return call + " starts";
    case JournalRecord::Kind::handle:
      return fmt::format("attempt {} of {} {}", record.attempt, call, attempt_event(record.input));
    case JournalRecord::Kind::handle_timeout:
      return call + " is woken";
    case JournalRecord::Kind::cancel:
      return call + " is cancelled";
    case JournalRecord::Kind::forbid_retries:
      return call + " can't be retried any more";
    case JournalRecord::Kind::update_endpoints:
      return fmt::format("{} endpoints are told", record.membership->endpoints().size());
    case JournalRecord::Kind::endpoint_name:
      return fmt::format("endpoint {} is called {}", record.endpoint, record.name);
    case JournalRecord::Kind::load_report:
      return fmt::format("endpoint {} reports its load{}", record.endpoint,
                         record.report_for == ReportFor::both     ? ""
                         : record.report_for == ReportFor::policy ? ", asked by a probe"
                                                                  : ", asked by a probe of the shadow");
  }
  return {};
}

std::string in_words(std::span<const Output> outputs, Time now) {
  std::string text;
  for (const Output& output : outputs) {
    const bool same_call = &output != outputs.data() && (&output - 1)->call.slot == output.call.slot;
    if (!text.empty()) text += same_call ? ", " : "; ";
    const bool of_a_call = output.kind != Output::Kind::start_probe;
    text += (same_call || !of_a_call ? "" : fmt::format("call {} ", output.call.slot)) + one(output, now);
  }
  return text.empty() ? "nothing" : text;
}

}  // namespace meshtwin
