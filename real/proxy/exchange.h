// One request under way: between a client's connection, a call of the core, and the attempts to answer it.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/call/events.h"
#include "core/config/policy.h"
#include "core/time.h"
#include "policies/load/server_load.h"
#include "real/http/chunked_decoder.h"
#include "real/http/head.h"
#include "real/net/send_buffer.h"
#include "real/net/timer_queue.h"
#include "real/proxy/access_log.h"
#include "real/proxy/endpoint.h"
#include "real/proxy/request_ids.h"
#include "real/proxy/upstream_connection.h"

namespace meshtwin {

class Downstream;
class Listener;
class UpstreamDriver;
class WorkerState;

// What is known of a request once its head is gone.
struct RequestFacts {
  Method method = Method::get;
  std::uint8_t minor_version = 1;
  bool idempotent = true;
  bool upgrade = false;
  Time began{};  // when its head was complete
  std::optional<std::uint64_t> key = std::nullopt;
  std::uint8_t urgency = CallStart::kDefaultUrgency;
  Time deadline = kNever;  // that it brought along
};

// Pooled by the worker: an object serves one request after the other and keeps its memory.
class Exchange {
 public:
  explicit Exchange(WorkerState& worker) : worker_(worker) {}
  ~Exchange();
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  // From the client's side, in this order. `head()` is to be filled between the first two with the head that
  // endpoints get, up to and without the empty line that ends it.
  void begin(Downstream& client, std::shared_ptr<UpstreamDriver> driver, const RequestFacts& facts);
  std::string& head() { return head_; }
  void append_body(std::string_view bytes);
  void end_body();
  void launch();
  // Whether there is room for more of the body.
  bool takes_body() const { return keeps_body_ || body_.size() < kBodyKept; }
  bool body_ended() const { return body_ended_; }
  void client_gone();
  // The client was refused in the middle of its request, and answered already.
  void refuse(std::uint16_t status, AccessFlag why);
  void client_drained();

  // Of the request, for whoever sends it. Offsets count from the body's beginning.
  std::string_view head_for(std::uint8_t attempt);
  std::string_view body_from(std::uint64_t offset) const;
  bool sent_whole(std::uint64_t body_sent) const {
    return body_ended_ && body_sent == body_base_ + body_.size();
  }
  void body_was_sent();
  // Whether an attempt's request may go out once more, on another connection to the same endpoint.
  bool can_resend() const { return body_base_ == 0; }

  // From the attempts' connections.
  ResponseFate response_head(std::uint8_t attempt, const ResponseHead& head, bool whole);
  void interim_head(std::uint8_t attempt, const ResponseHead& head);
  void response_body(std::string_view bytes);
  // No more of the response is in hand: what the client was sent goes out, and reading pauses while the
  // client is slow.
  void response_pause();
  // Takes the connection over: into the pool where it is `reusable`.
  void response_end(std::uint8_t attempt, std::string_view trailers, bool reusable);
  // The same for a response that was discarded.
  void take_back(std::uint8_t attempt, bool reusable);
  void attempt_failed(std::uint8_t attempt, FailureKind kind);
  // 101: the request goes on as a tunnel between the client's socket and the attempt's, until tunnel_over().
  void upgraded(std::uint8_t attempt, const ResponseHead& head);
  void tunnel_over(std::uint64_t bytes_from_client, std::uint64_t bytes_from_endpoint, AccessFlag why);

  // From the driver.
  void attach(std::uint8_t attempt, std::unique_ptr<UpstreamConnection> connection, EndpointIndex endpoint);
  // Before it is attached: when it will be given up.
  void set_attempt_deadline(std::uint8_t attempt, Time at) { deadlines_[attempt] = at; }
  std::unique_ptr<UpstreamConnection> detach(std::uint8_t attempt);
  void drop_attempt(std::uint8_t attempt, FailureKind why);
  void set_wake(Time at);
  void on_finish(const Outcome& outcome);
  // The call is over and no response is on its way to the client: answers in its stead.
  void conclude();
  bool in_response() const { return in_response_; }

  // For whoever reports on it.
  struct AttemptView {
    EndpointIndex endpoint;
    FailureKind result;
    std::uint16_t status;
  };
  AttemptView attempt(std::uint8_t n) const { return {endpoints_[n], results_[n], statuses_[n]}; }
  std::string_view request_head() const { return head_; }
  std::string_view request_id() const { return request_id_; }
  const Listener& listener() const { return *listener_; }
  std::string_view peer() const { return peer_; }
  std::uint64_t body_bytes() const { return body_base_ + body_.size(); }
  std::uint64_t response_bytes() const { return response_bytes_; }
  AccessFlag flags() const { return flags_; }
  void flag(AccessFlag flag) { flags_ = flags_ | flag; }
  // What it took is a conversation's time, and no latency.
  bool is_conversation() const { return status_ == 101; }
  bool response_begun() const { return response_begun_; }
  std::uint16_t status() const { return status_; }
  std::uint8_t attempts_begun() const { return attempts_begun_; }
  // Those that began when all before them had failed; what began beside another one is a hedge.
  std::uint8_t retries() const { return retries_; }
  // The body was too large to be kept for another attempt.
  bool retry_impossible() const { return retry_impossible_; }

  CallId call() const { return call_; }
  void set_call(CallId call) { call_ = call; }
  void set_request_id(std::string_view id) { request_id_.assign(id.substr(0, RequestIds::kBytesMax)); }
  const RequestFacts& facts() const { return facts_; }
  UpstreamDriver& driver() const { return *driver_; }
  bool finished() const { return finished_; }
  const Outcome& outcome() const { return outcome_; }

 private:
  static constexpr std::size_t kBodyKept = 64 * 1024;

  void wake(Time now);
  void begin_response(const ResponseHead& head);
  // Lines that the listener's responses have in addition.
  std::string_view extra_lines();
  void append_call_report();
  void trim_body();
  void count_repeat(std::uint8_t attempt);
  void count_answer(std::uint8_t attempt);
  void settle(std::uint8_t attempt, FailureKind result);
  void drop_all();
  void leave_load(Time now);
  void end(bool keep_alive);

  WorkerState& worker_;
  Downstream* client_ = nullptr;  // null once it has gone
  Listener* listener_ = nullptr;  // of the client
  std::string peer_;              // its address
  std::shared_ptr<UpstreamDriver> driver_;
  RequestFacts facts_;
  CallId call_;
  Outcome outcome_;
  std::string request_id_;
  std::string head_;
  std::string head_of_attempt_;
  std::optional<std::uint8_t> head_is_of_;  // the attempt that head_of_attempt_ is for
  std::string extra_;
  std::optional<ServerLoad::Ticket> load_ticket_;  // where the listener reports its load
  SendBuffer body_;              // as it goes over the wire
  std::uint64_t body_base_ = 0;  // bytes of the body before what body_ holds
  bool body_ended_ = false;
  bool keeps_body_ = false;        // for further attempts
  bool retry_impossible_ = false;  // it was too large to be kept
  bool launched_ = false;
  bool finished_ = false;
  bool in_response_ = false;     // a response's head or end is with the core
  bool response_begun_ = false;  // the client has got some of it
  bool keeps_client_ = false;    // it was not told that its connection ends
  BodyFraming::Kind to_client_ = BodyFraming::Kind::none;  // how the response's body is framed there
  std::uint16_t status_ = 0;  // that the client got
  AccessFlag flags_ = AccessFlag::none;
  std::uint64_t response_bytes_ = 0;
  std::uint8_t attempts_begun_ = 0;
  std::uint8_t retries_ = 0;
  std::array<std::unique_ptr<UpstreamConnection>, kMaxAttempts> attempts_;
  std::array<EndpointIndex, kMaxAttempts> endpoints_{};
  std::array<FailureKind, kMaxAttempts> results_{};
  std::array<std::uint16_t, kMaxAttempts> statuses_{};
  std::array<Time, kMaxAttempts> began_{};
  std::array<Time, kMaxAttempts> deadlines_{};
  std::uint8_t settled_ = 0;  // a bit for each attempt whose result is known
  MemberTimer<Exchange, &Exchange::wake> timer_{*this};
};

}  // namespace meshtwin
