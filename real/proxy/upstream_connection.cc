#include "real/proxy/upstream_connection.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "real/net/socket.h"
#include "real/net/transfer.h"
#include "real/proxy/exchange.h"
#include "real/proxy/upstream_driver.h"
#include "real/proxy/worker_state.h"

namespace meshtwin {
namespace {

constexpr HeadLimits kResponseLimits{};
constexpr int kInterimHeadsMax = 16;
constexpr std::uint16_t kSwitchingProtocols = 101;

}  // namespace

UpstreamConnection::UpstreamConnection(UpstreamDriver& driver, Endpoint& endpoint, Fd fd)
    : driver_(driver), endpoint_(endpoint), socket_(driver.loop(), *this, std::move(fd)) {
  EndpointMetrics& metrics = driver_.metrics_of(endpoint_);
  ++metrics.upstream_cx_total;
  ++metrics.upstream_cx_active;
  ++endpoint_.uses;
  driver_.loop().timers().arm(timer_, driver_.loop().now() + driver_.config().connect_timeout);
}

UpstreamConnection::~UpstreamConnection() {
  driver_.loop().not_at_round_end(*this);
  --driver_.metrics_of(endpoint_).upstream_cx_active;
  --endpoint_.uses;
}

void UpstreamConnection::carry(Exchange& exchange, std::uint8_t attempt) {
  exchange_ = &exchange;
  attempt_ = attempt;
  phase_ = Phase::head;
  interim_ = 0;
  response_begun_ = send_failed_ = endpoint_ended_ = false;
  head_sent_ = 0;
  body_sent_ = 0;
  if (state_ == State::connecting) {
    if (!socket_.watch_for(false, true)) broken(FailureKind::local);
    return;
  }
  state_ = State::carrying;
  driver_.loop().at_round_end(*this);
}

void UpstreamConnection::on_round_end() {
  if (exchange_ != nullptr) send_request();
}

void UpstreamConnection::become_idle(Time until) {
  state_ = State::idle;
  idle_until_ = until;
  exchange_ = nullptr;
  ++served_;
  in_.clear();
  socket_.watch_for(true, false);
}

// What has come before the loop last looked is known to it; asking the socket would cost a system call for
// each request, and what comes a moment later is missed either way.
bool UpstreamConnection::is_quiet() const { return !driver_.loop().has_event_for(*this); }

void UpstreamConnection::send_request() {
  if (state_ != State::carrying || send_failed_) return;
  while (true) {
    const std::string_view head = exchange_->head_for(attempt_).substr(head_sent_);
    const std::string_view body = exchange_->body_from(body_sent_);
    if (head.empty() && body.empty()) break;
    const Transfer sent = write_some(socket_.fd(), head, body);
    const std::size_t of_head = std::min(sent.bytes, head.size());
    head_sent_ += of_head;
    body_sent_ += sent.bytes - of_head;
    driver_.metrics_of(endpoint_).upstream_cx_tx_bytes += sent.bytes;
    if (sent.status == Transfer::Status::failed) {
      // The endpoint may have answered before it closed the connection: what it said is still to be read.
      send_failed_ = true;
      socket_.watch_for(true, false);
      return;
    }
    if (sent.status == Transfer::Status::blocked) {
      socket_.write_on(true);
      break;
    }
    if (socket_.writes()) socket_.write_on(false);
  }
  if (!socket_.reads() && !reading_paused_) socket_.read_on(true);
  exchange_->body_was_sent();
}

void UpstreamConnection::abandon() {
  exchange_ = nullptr;
  socket_.close();
  driver_.loop().timers().stop(timer_);
}

void UpstreamConnection::read_on(bool reading) {
  reading_paused_ = !reading;
  if (state_ == State::carrying) socket_.read_on(reading);
}

Fd UpstreamConnection::release(std::string& rest) {
  rest = std::exchange(in_, {});
  return socket_.release();
}

void UpstreamConnection::on_io(std::uint32_t events) {
  switch (state_) {
    case State::idle:
      return driver_.discard_idle(*this);
    case State::connecting:
      return connected();
    case State::carrying:
      if ((events & EPOLLOUT) != 0) send_request();
      if ((events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0 && exchange_ != nullptr) read_response();
  }
}

void UpstreamConnection::connected() {
  if (take_socket_error(socket_.fd()) != 0) return broken(FailureKind::connect);
  driver_.loop().timers().stop(timer_);
  state_ = State::carrying;
  socket_.watch_for(true, false);
  driver_.input(exchange_->call(), attempt_, AttemptInput::connected());
  if (exchange_ != nullptr) send_request();
}

void UpstreamConnection::read_response() {
  const auto scratch = driver_.worker().scratch();
  const Transfer got = read_some(socket_.fd(), scratch);
  switch (got.status) {
    case Transfer::Status::blocked:
      return;
    case Transfer::Status::failed:
      return broken(FailureKind::reset);
    case Transfer::Status::closed:
      endpoint_ended_ = true;
      if (phase_ == Phase::body && framing_.kind == BodyFraming::Kind::until_close) {
        keep_alive_ = false;
        end_response({});
        return;
      }
      return broken(FailureKind::reset);
    case Transfer::Status::done:
      break;
  }
  driver_.metrics_of(endpoint_).upstream_cx_rx_bytes += got.bytes;
  const std::string_view fresh(scratch.data(), got.bytes);
  if (in_.empty()) return receive(fresh);
  in_.append(fresh);
  const std::string joined = std::exchange(in_, {});
  receive(joined);
}

void UpstreamConnection::receive(std::string_view bytes) {
  while (phase_ == Phase::head) {
    if (!receive_head(bytes)) return;
  }
  receive_body(bytes);
}

bool UpstreamConnection::receive_head(std::string_view& bytes) {
  ResponseHead& head = driver_.worker().response_head();
  const ParseResult parsed =
      parse_response_head(bytes, kResponseLimits, exchange_->facts().method, head, scan_);
  if (parsed.status == ParseStatus::incomplete) {
    in_.assign(bytes);
    return false;
  }
  scan_ = {};
  if (parsed.status == ParseStatus::error) {
    ++driver_.metrics_of(endpoint_).upstream_cx_protocol_error;
    broken(FailureKind::protocol);
    return false;
  }
  bytes.remove_prefix(parsed.consumed);
  response_begun_ = true;
  const bool may_switch = exchange_->facts().upgrade && head.upgrade && exchange_->sent_whole(body_sent_);
  if (head.status == kSwitchingProtocols && may_switch) {
    in_.assign(bytes);
    phase_ = Phase::done;
    driver_.metrics_of(endpoint_).upstream_rq_xx.add(head.status);
    exchange_->upgraded(attempt_, head);
    return false;
  }
  if (head.status < 200) {
    if (head.status == kSwitchingProtocols || ++interim_ > kInterimHeadsMax) {
      broken(FailureKind::protocol);
      return false;
    }
    exchange_->interim_head(attempt_, head);
    return exchange_ != nullptr && !bytes.empty();
  }
  framing_ = head.framing;
  body_left_ = framing_.length;
  keep_alive_ = head.keep_alive;
  chunks_ = {};
  phase_ = Phase::body;
  const bool whole = framing_.kind == BodyFraming::Kind::none ||
                     (framing_.kind == BodyFraming::Kind::fixed && bytes.size() >= framing_.length);
  driver_.metrics_of(endpoint_).upstream_rq_xx.add(head.status);
  fate_ = exchange_->response_head(attempt_, head, whole);
  return fate_ != ResponseFate::gone;
}

void UpstreamConnection::receive_body(std::string_view bytes) {
  switch (framing_.kind) {
    case BodyFraming::Kind::none:
      return end_response(bytes);
    case BodyFraming::Kind::fixed: {
      const std::string_view part = bytes.substr(0, std::min<std::uint64_t>(bytes.size(), body_left_));
      body_left_ -= part.size();
      if (!part.empty() && fate_ == ResponseFate::forward) exchange_->response_body(part);
      if (body_left_ == 0) return end_response(bytes.substr(part.size()));
      return exchange_->response_pause();
    }
    case BodyFraming::Kind::until_close:
      if (!bytes.empty()) exchange_->response_body(bytes);
      return exchange_->response_pause();
    case BodyFraming::Kind::chunked:
      return receive_chunks(bytes);
  }
}

void UpstreamConnection::receive_chunks(std::string_view bytes) {
  while (true) {
    const ChunkedDecoder::Step step = chunks_.decode(bytes);
    bytes.remove_prefix(step.consumed);
    switch (step.kind) {
      case ChunkedDecoder::Kind::data:
        exchange_->response_body(step.data);
        continue;
      case ChunkedDecoder::Kind::more:
        return exchange_->response_pause();
      case ChunkedDecoder::Kind::end:
        return end_response(bytes);
      case ChunkedDecoder::Kind::error:
        ++driver_.metrics_of(endpoint_).upstream_cx_protocol_error;
        return broken(FailureKind::protocol);
    }
  }
}

// Bytes beyond the response belong to nobody, and its connection can't be trusted any more.
void UpstreamConnection::end_response(std::string_view rest) {
  phase_ = Phase::done;
  const bool reusable = keep_alive_ && rest.empty() && !send_failed_ && exchange_->sent_whole(body_sent_) &&
                        head_sent_ == exchange_->head_for(attempt_).size();
  if (fate_ == ResponseFate::discard) return exchange_->take_back(attempt_, reusable);
  exchange_->response_end(attempt_, chunks_.trailers(), reusable);
}

// The endpoint had closed the pooled connection before the request reached it: the end that it sent would have
// acknowledged what it had got by then, and acknowledges no byte of the request. So nobody has seen it, and to
// send it on another connection is no retry, of which the policy would decide. A reset tells nothing of the kind.
bool UpstreamConnection::was_stale() const {
  const std::size_t sent = head_sent_ + body_sent_;
  const bool unseen = sent == 0 || unacknowledged_bytes(socket_.fd()) >= sent;
  return reused() && endpoint_ended_ && !response_begun_ && in_.empty() && unseen;
}

void UpstreamConnection::broken(FailureKind kind) {
  EndpointMetrics& metrics = driver_.metrics_of(endpoint_);
  if (kind == FailureKind::connect) ++metrics.upstream_cx_connect_fail;
  if (kind == FailureKind::local) ++metrics.upstream_cx_local_fail;
  Exchange& exchange = *exchange_;
  if (kind == FailureKind::reset && was_stale() && exchange.can_resend()) {
    ++metrics.upstream_cx_stale;
    std::unique_ptr<UpstreamConnection> self = exchange.detach(attempt_);
    abandon();
    driver_.reconnect(exchange, attempt_, endpoint_);
    return driver_.loop().retire(std::move(self));
  }
  if (state_ != State::connecting) ++metrics.upstream_cx_destroy_with_active_rq;
  abandon();
  exchange.attempt_failed(attempt_, kind);
}

void UpstreamConnection::time_is_up(Time) {
  ++driver_.metrics_of(endpoint_).upstream_cx_connect_timeout;
  broken(FailureKind::connect);
}

}  // namespace meshtwin
