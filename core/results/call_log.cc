#include "core/results/call_log.h"

#include <array>
#include <cassert>
#include <charconv>
#include <iterator>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace meshtwin {
namespace {

constexpr std::string_view kHeader = "client,number,due_ns,latency_ns,outcome,attempts,endpoint";
constexpr std::size_t kColumns = 7;
constexpr std::string_view kSuccess = "ok";
constexpr std::string_view kUnfinishedCall = "unfinished";

using Cells = std::array<std::string_view, kColumns>;

std::optional<Cells> cells_of(std::string_view line) {
  Cells cells;
  for (std::size_t i = 0; i < kColumns; ++i) {
    const std::size_t comma = line.find(',');
    if ((comma == std::string_view::npos) != (i + 1 == kColumns)) return std::nullopt;
    cells[i] = line.substr(0, comma);
    line.remove_prefix(i + 1 == kColumns ? line.size() : comma + 1);
  }
  return cells;
}

template <class Number>
bool read(std::string_view cell, Number& out) {
  const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), out);
  return error == std::errc{} && end == cell.data() + cell.size() && out >= 0;
}

bool read_outcome(std::string_view cell, FailureKind& out) {
  if (cell == kSuccess) return true;
  for (int i = 1; i < kFailureKinds; ++i) {
    out = static_cast<FailureKind>(i);
    if (cell == name(out)) return true;
  }
  return false;
}

std::optional<LoggedCall> call_of(std::string_view line) {
  const std::optional<Cells> cells = cells_of(line);
  if (!cells) return std::nullopt;
  const auto& [client, number, due, latency, outcome, attempts, endpoint] = *cells;
  LoggedCall call;
  std::int64_t due_ns = 0;
  if (!read(client, call.client) || !read(number, call.number) || !read(due, due_ns)) return std::nullopt;
  call.due = Time(Duration(due_ns));
  if (outcome == kUnfinishedCall) return call;
  call.finished = true;
  std::int64_t latency_ns = 0;
  if (!read(latency, latency_ns) || !read_outcome(outcome, call.failure) || !read(attempts, call.attempts))
    return std::nullopt;
  call.latency = Duration(latency_ns);
  if (!endpoint.empty() && !read(endpoint, call.endpoint)) return std::nullopt;
  return call;
}

// Whether `call` may stand behind `last`.
bool follows(const LoggedCall& call, const LoggedCall* last) {
  if (last == nullptr || call.client > last->client) return call.number == 0;
  return call.client == last->client && call.number == last->number + 1;
}

}  // namespace

void CallLogger::started(std::uint32_t client, std::uint32_t number, Time due) {
  assert(number == calls_[client].size());
  LoggedCall& call = calls_[client].emplace_back();
  call.client = client;
  call.number = number;
  call.due = due;
}

void CallLogger::finished(std::uint32_t client, std::uint32_t number, Time now, const Outcome& outcome,
                          EndpointIndex endpoint) {
  LoggedCall& call = calls_[client][number];
  call.finished = true;
  call.latency = now - call.due;
  call.failure = outcome.failure;
  call.attempts = outcome.attempts;
  call.endpoint = endpoint;
}

CallLog CallLogger::take() {
  CallLog all;
  for (CallLog& calls : calls_) {
    all.insert(all.end(), calls.begin(), calls.end());
    calls.clear();
  }
  return all;
}

std::string encode_call_log(const CallLog& log) {
  std::string text = fmt::format("{}\n", kHeader);
  const auto out = std::back_inserter(text);
  for (const LoggedCall& call : log) {
    fmt::format_to(out, "{},{},{},", call.client, call.number, call.due.time_since_epoch().count());
    if (!call.finished) {
      fmt::format_to(out, ",{},,\n", kUnfinishedCall);
      continue;
    }
    const std::string_view outcome = call.failure == FailureKind::none ? kSuccess : name(call.failure);
    fmt::format_to(out, "{},{},{},", call.latency.count(), outcome, call.attempts);
    if (call.endpoint != kNoEndpoint) fmt::format_to(out, "{}", call.endpoint);
    text += '\n';
  }
  return text;
}

Result<CallLog> decode_call_log(std::string_view text) {
  CallLog log;
  std::size_t number = 0;
  while (!text.empty()) {
    ++number;
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    const auto call = number == 1 ? std::nullopt : call_of(line);
    const LoggedCall* const last = log.empty() ? nullptr : &log.back();
    const bool good = number == 1 ? line == kHeader : call && follows(*call, last);
    if (!good || end == std::string_view::npos) {
      return Error{fmt::format("line {} of the log of calls is damaged", number)};
    }
    if (call) log.push_back(*call);
    text.remove_prefix(end + 1);
  }
  if (number == 0) return Error{"the log of calls is empty"};
  return log;
}

}  // namespace meshtwin
