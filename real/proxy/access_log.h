// One line of JSON for each call. A worker formats it into memory; the writer's thread writes it out.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "core/call/events.h"
#include "core/time.h"
#include "real/net/event_loop.h"
#include "real/proxy/background_writer.h"
#include "real/proxy/buffer_pool.h"
#include "real/proxy/config.h"
#include "real/proxy/log_file.h"

namespace meshtwin {

struct AttemptRecord {
  std::string_view endpoint;
  FailureKind failure = FailureKind::none;  // cancelled: it was called off, for a hedge that was faster
  std::uint16_t status = 0;                 // 0: no response came
};

// What became of a request, beyond the outcome of its call. As bits.
enum class AccessFlag : std::uint16_t {
  none = 0,
  no_route = 1,             // no route fitted
  bad_request = 2,          // it was refused for what it is
  client_gone = 4,          // the client went away before the answer was complete
  response_incomplete = 8,  // the endpoint's answer broke off after some of it had been sent on
  body_timeout = 16,        // the client's body, or its reading of the answer, took too long
  retry_impossible = 32,    // the body was too large to be kept for another attempt
  upgraded = 64,            // the connection was handed over
  idle_timeout = 128,       // nothing passed through what was handed over
};
constexpr AccessFlag operator|(AccessFlag a, AccessFlag b) {
  return static_cast<AccessFlag>(static_cast<std::uint16_t>(a) | static_cast<std::uint16_t>(b));
}

// All texts are what a peer sent or what the configuration says; they need to live until log() returns.
struct AccessRecord {
  Time began{};         // when the request's head was complete
  Duration duration{};  // to the end of its answer
  std::string_view listener;
  std::string_view client;  // address
  std::string_view method;
  std::string_view target;  // path and query
  std::string_view host;
  std::string_view request_id;
  std::string_view traceparent;
  std::string_view upstream;  // empty: none was chosen
  std::string_view policy_sha256;
  std::uint16_t status = 0;                 // that the client got; 0: none
  FailureKind failure = FailureKind::none;  // how the call ended
  AccessFlag flags = AccessFlag::none;
  std::uint64_t bytes_in = 0;   // of the request's body
  std::uint64_t bytes_out = 0;  // of the answer's body
  std::span<const AttemptRecord> attempts;

  // Logged whatever the sample is.
  bool failed() const { return failure != FailureKind::none || status >= 500 || flags != AccessFlag::none; }
};

// One worker's, used in its thread alone. Never waits: where the memory for lines is full, lines are dropped
// and counted.
class AccessLog {
 public:
  // `file` is shared by all workers, and `writer` writes it; the writer must outlive this.
  AccessLog(EventLoop& loop, const AccessLogConfig& config, std::shared_ptr<LogFile> file,
            BackgroundWriter& writer);
  ~AccessLog();
  AccessLog(const AccessLog&) = delete;
  AccessLog& operator=(const AccessLog&) = delete;

  void log(const AccessRecord& record);
  // Hands over what has been logged; happens by itself shortly after each line.
  void flush();
  std::uint64_t dropped() const { return dropped_; }

 private:
  bool in_sample();
  void format(const AccessRecord& record);
  void append_time(Time at);
  void on_flush(Time);

  EventLoop& loop_;
  AccessLogConfig config_;
  std::shared_ptr<LogFile> file_;
  BackgroundWriter& writer_;
  std::shared_ptr<BufferPool> pool_;
  std::unique_ptr<Buffer> buffer_;
  std::string line_;
  double sample_debt_ = 0;
  std::int64_t wall_offset_ns_;  // from the loop's time to Unix time
  std::int64_t second_ = -1;     // that second_text_ is of
  std::string second_text_;
  std::uint64_t dropped_ = 0;
  MemberTimer<AccessLog, &AccessLog::on_flush> flush_timer_{*this};
};

}  // namespace meshtwin
