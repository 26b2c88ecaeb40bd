#include "real/proxy/access_log.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <ctime>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "real/proxy/json_text.h"

namespace meshtwin {
namespace {

constexpr std::size_t kBuffers = 16;  // of a worker
constexpr std::size_t kBufferBytes = 64 * 1024;
constexpr Duration kFlushAfter = std::chrono::milliseconds(100);
// So that the longest line, with every byte escaped, fits into a buffer.
constexpr std::size_t kTargetShown = 4096;
constexpr std::size_t kTextShown = 256;

struct FlagName {
  AccessFlag flag;
  std::string_view name;
};
constexpr std::array<FlagName, 8> kFlagNames{{{AccessFlag::no_route, "no_route"},
                                              {AccessFlag::bad_request, "bad_request"},
                                              {AccessFlag::client_gone, "client_gone"},
                                              {AccessFlag::response_incomplete, "response_incomplete"},
                                              {AccessFlag::body_timeout, "body_timeout"},
                                              {AccessFlag::retry_impossible, "retry_impossible"},
                                              {AccessFlag::upgraded, "upgraded"},
                                              {AccessFlag::idle_timeout, "idle_timeout"}}};

std::int64_t unix_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

void append_text(std::string& out, std::string_view key, std::string_view text,
                 std::size_t longest = kTextShown) {
  fmt::format_to(std::back_inserter(out), ",\"{}\":", key);
  append_json_text(out, text, longest);
}

void append_milliseconds(std::string& out, std::string_view key, Duration duration) {
  const std::int64_t us = std::max<std::int64_t>(0, duration.count() / 1000);
  fmt::format_to(std::back_inserter(out), ",\"{}\":{}.{:03}", key, us / 1000, us % 1000);
}

void append_attempts(std::string& out, std::span<const AttemptRecord> attempts) {
  out += ",\"attempts\":[";
  bool first = true;
  for (const AttemptRecord& attempt : attempts) {
    out += std::exchange(first, false) ? "{\"endpoint\":" : ",{\"endpoint\":";
    append_json_text(out, attempt.endpoint, kTextShown);
    if (attempt.failure != FailureKind::none) append_text(out, "failure", name(attempt.failure));
    if (attempt.status != 0) fmt::format_to(std::back_inserter(out), ",\"status\":{}", attempt.status);
    out += '}';
  }
  out += ']';
}

void append_flags(std::string& out, const AccessRecord& record) {
  std::string_view separator = ",\"flags\":[";
  const auto add = [&](std::string_view flag) {
    fmt::format_to(std::back_inserter(out), "{}\"{}\"", separator, flag);
    separator = ",";
  };
  if (record.failure != FailureKind::none) add(name(record.failure));
  for (const FlagName& flag : kFlagNames) {
    if ((static_cast<unsigned>(record.flags) & static_cast<unsigned>(flag.flag)) != 0) add(flag.name);
  }
  if (separator == ",") out += ']';
}

}  // namespace

AccessLog::AccessLog(EventLoop& loop, const AccessLogConfig& config, std::shared_ptr<LogFile> file,
                     BackgroundWriter& writer)
    : loop_(loop),
      config_(config),
      file_(std::move(file)),
      writer_(writer),
      pool_(std::make_shared<BufferPool>(kBuffers, kBufferBytes)),
      wall_offset_ns_(unix_ns() - (monotonic_ns() - loop.origin_ns())) {}

AccessLog::~AccessLog() { flush(); }

// Every so-and-so-manyth call, evenly.
bool AccessLog::in_sample() {
  sample_debt_ += config_.sample;
  if (sample_debt_ < 1) return false;
  sample_debt_ -= 1;
  return true;
}

void AccessLog::log(const AccessRecord& record) {
  if (!in_sample() && !record.failed()) return;
  line_.clear();
  format(record);
  if (buffer_ && buffer_->used + line_.size() > buffer_->bytes.size()) flush();
  if (!buffer_) {
    buffer_ = pool_->take();
    if (buffer_) loop_.timers().arm(flush_timer_, saturating_add(loop_.now(), kFlushAfter));
  }
  if (!buffer_ || line_.size() > buffer_->bytes.size()) {
    ++dropped_;
    return;
  }
  std::copy(line_.begin(), line_.end(), buffer_->bytes.begin() + static_cast<std::ptrdiff_t>(buffer_->used));
  buffer_->used += line_.size();
}

void AccessLog::flush() {
  loop_.timers().stop(flush_timer_);
  if (!buffer_) return;
  // std::function needs what can be copied.
  std::shared_ptr<Buffer> full = std::move(buffer_);
  writer_.run([full, file = file_, pool = pool_] {
    file->write({full->bytes.data(), full->used});
    auto empty = std::make_unique<Buffer>(0);
    std::swap(*empty, *full);
    pool->give_back(std::move(empty));
  });
}

void AccessLog::on_flush(Time) { flush(); }

void AccessLog::append_time(Time at) {
  const std::int64_t now = at.time_since_epoch().count() + wall_offset_ns_;
  const std::int64_t second = now / 1'000'000'000;
  if (second != second_) {
    const std::time_t seconds = second;
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    second_ = second;
    second_text_ = fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", parts.tm_year + 1900, parts.tm_mon + 1,
                               parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
  }
  fmt::format_to(std::back_inserter(line_), "{{\"time\":\"{}.{:06}Z\"", second_text_,
                 now % 1'000'000'000 / 1000);
}

void AccessLog::format(const AccessRecord& record) {
  append_time(record.began);
  append_text(line_, "listener", record.listener);
  append_text(line_, "client", record.client);
  append_text(line_, "method", record.method);
  const std::string_view path = record.target.substr(0, record.target.find('?'));
  append_text(line_, "path", config_.query ? record.target : path, kTargetShown);
  append_text(line_, "host", record.host);
  fmt::format_to(std::back_inserter(line_), ",\"status\":{},\"bytes_in\":{},\"bytes_out\":{}", record.status,
                 record.bytes_in, record.bytes_out);
  append_milliseconds(line_, "duration_ms", record.duration);
  if (!record.upstream.empty()) {
    append_text(line_, "upstream", record.upstream);
    if (!record.attempts.empty()) append_text(line_, "endpoint", record.attempts.back().endpoint);
    append_attempts(line_, record.attempts);
    constexpr std::size_t kHashShown = 8;
    append_text(line_, "policy", record.policy_sha256, kHashShown);
  }
  append_flags(line_, record);
  if (!record.request_id.empty()) append_text(line_, "request_id", record.request_id);
  if (!record.traceparent.empty()) append_text(line_, "traceparent", record.traceparent);
  line_ += "}\n";
}

}  // namespace meshtwin
