#include "real/proxy/downstream.h"

#include <sys/socket.h>

#include <algorithm>
#include <utility>

#include "real/http/head_writer.h"
#include "real/http/load_report_field.h"
#include "real/http/path.h"
#include "real/net/socket.h"
#include "real/net/transfer.h"
#include "real/proxy/call_logger.h"
#include "real/proxy/exchange.h"
#include "real/proxy/listener.h"
#include "real/proxy/request_hints.h"
#include "real/proxy/request_key.h"
#include "real/proxy/route_table.h"
#include "real/proxy/upstream_driver.h"
#include "real/proxy/worker_state.h"

namespace meshtwin {
namespace {

constexpr std::size_t kCopied = 4 * 1024;  // smaller pieces are joined to one write
constexpr std::uint64_t kLingerBytesMax = 1024 * 1024;
constexpr Duration kLinger = std::chrono::seconds(2);

// Of a field that goes on to the endpoint; else empty.
std::string_view passed_on(const RequestHead& head, KnownHeader known, std::string_view name) {
  return is_named_by_connection(head, name) ? std::string_view() : value_of(head, known);
}

}  // namespace

Downstream::Downstream(WorkerState& worker, Listener& listener, Fd fd, const Address& peer)
    : worker_(worker),
      listener_(listener),
      socket_(worker.loop(), *this, std::move(fd)),
      peer_(peer.ip()) {}

Downstream::~Downstream() { worker_.loop().not_at_round_end(*this); }

void Downstream::begin() {
  set_deadline(listener_.config().idle_timeout);
  update_interest();
}

void Downstream::on_io(std::uint32_t events) {
  if ((events & EPOLLERR) != 0 || (events & (EPOLLHUP | EPOLLIN)) == EPOLLHUP) return gone();
  if ((events & EPOLLOUT) != 0) {
    flush();
    if (state_ == State::idle && !in_.empty()) process_stored();
    if (closed_) return;
  }
  if ((events & (EPOLLIN | EPOLLRDHUP)) != 0 && socket_.reads()) read();
}

void Downstream::read() {
  const auto scratch = worker_.scratch();
  const Transfer got = read_some(socket_.fd(), scratch);
  if (got.status == Transfer::Status::blocked) return;
  if (got.status != Transfer::Status::done) {
    return state_ == State::idle && !head_begun_ ? close() : gone();
  }
  listener_.metrics().downstream_cx_rx_bytes += got.bytes;
  const std::string_view fresh(scratch.data(), got.bytes);
  if (state_ == State::lingering || state_ == State::closing) {
    lingered_ += fresh.size();
    if (lingered_ > kLingerBytesMax) close();
    return;
  }
  if (!in_.empty() || state_ == State::response) {
    in_.append(fresh);
    return process_stored();
  }
  bytes_ = fresh;
  process();
  if (closed_) return;
  keep_rest();
}

void Downstream::process_stored() {
  if (processing_ || closed_) return;
  const std::string stored = std::exchange(in_, {});
  bytes_ = stored;
  process();
  if (closed_) return;
  keep_rest();
}

void Downstream::keep_rest() {
  in_.assign(bytes_);
  bytes_ = {};
  update_interest();
}

void Downstream::process() {
  processing_ = true;
  bool goes_on = true;
  while (goes_on && !closed_) {
    if (state_ == State::idle) goes_on = !congested() && take_head();
    else if (state_ == State::body) goes_on = take_body();
    else goes_on = false;
  }
  processing_ = false;
}

bool Downstream::take_head() {
  if (bytes_.empty()) return false;
  HeadLimits limits;
  limits.bytes_max = listener_.config().head_bytes_max;
  const ParseResult parsed = parse_request_head(bytes_, limits, worker_.request_head(), scan_);
  if (parsed.status == ParseStatus::incomplete) {
    if (!std::exchange(head_begun_, true)) set_deadline(listener_.config().head_timeout);
    return false;
  }
  scan_ = {};
  head_begun_ = false;
  if (parsed.status == ParseStatus::error) {
    if (parsed.answer == 431 || parsed.answer == 414) ++listener_.metrics().downstream_rq_too_large;
    reject(parsed.answer, parsed.reason);
    return false;
  }
  bytes_.remove_prefix(parsed.consumed);
  ++listener_.metrics().downstream_rq_total;
  begin_exchange();
  return true;
}

void Downstream::begin_exchange() {
  RequestHead& head = worker_.request_head();
  const ListenerConfig& config = listener_.config();
  keep_alive_ = head.keep_alive;
  framing_ = head.framing;
  const std::size_t path = canonical_target(head.target, worker_.target());
  if (path == 0) {
    ++listener_.metrics().downstream_rq_completed;
    return reject(400, "the path is not valid");
  }
  const std::optional<std::uint32_t> forwards = max_forwards(head);
  if (forwards == 0u) return answer_as_last(head);
  const bool asks_for_load = std::string_view(worker_.target()).substr(0, path) == kLoadReportPath;
  if (asks_for_load && listener_.load() != nullptr) return answer_load(head);
  const RouteConfig* route =
      find_route(config.routes, head.host, std::string_view(worker_.target()).substr(0, path), head.fields);
  auto driver = route == nullptr ? nullptr : worker_.find_upstream(route->upstream);
  if (driver == nullptr) {
    ++listener_.metrics().no_route;
    log_refused(AccessFlag::no_route, 404);
    return answer_here(404, "no route fits\n", head.method == Method::head);
  }

  RequestOptions options;
  options.target = worker_.target();
  options.via = config.via;
  if (config.forwarded_for != ForwardedFor::off) options.client_ip = peer_;
  options.replace_forwarded = config.forwarded_for == ForwardedFor::set;
  if (forwards) options.max_forwards = *forwards - 1;
  std::string_view request_id = passed_on(head, KnownHeader::x_request_id, "x-request-id");
  if (request_id.empty()) request_id = options.request_id = worker_.new_request_id();
  if (passed_on(head, KnownHeader::traceparent, "traceparent").empty()) {
    options.traceparent = worker_.new_traceparent();
  }
  const auto key = request_key(hash_key(driver->config().policy), head, peer_);
  exchange_ = &worker_.take_exchange();
  ++listener_.metrics().downstream_rq_active;
  RequestFacts facts{head.method, head.minor_version, is_idempotent(head.method), head.upgrade,
                     worker_.loop().now(), key,  urgency_of(head),               kNever};
  const auto timeout = config.heeds_deadlines ? expected_timeout(head) : std::nullopt;
  if (timeout) facts.deadline = saturating_add(facts.began, *timeout);
  exchange_->begin(*this, std::move(driver), facts);
  exchange_->set_request_id(request_id);
  write_request_head(head, options, exchange_->head());
  deadline_ = kNever;
  moved_ = 0;
  chunks_ = {};
  body_left_ = framing_.length;
  state_ = State::body;
  if (framing_.kind == BodyFraming::Kind::none || body_left_ == 0) {
    if (framing_.kind != BodyFraming::Kind::chunked) request_is_whole();
  }
  while (state_ == State::body && exchange_ != nullptr && take_body()) {
  }
  if (exchange_ == nullptr) return;
  if (state_ == State::body) set_deadline(config.body_timeout);
  exchange_->launch();
}

// A body that is still to come ends the connection, which is cheaper than to read it.
void Downstream::answer_here(std::uint16_t status, std::string_view text, bool head_only, std::string_view extra) {
  const bool has_body = framing_.kind == BodyFraming::Kind::chunked || framing_.length > 0;
  lingers_ = has_body;
  ++listener_.metrics().downstream_rq_completed;
  listener_.metrics().downstream_rq_xx.add(status);
  local_reply(status, text, keep_alive_ && !has_body && !draining_, head_only, extra);
}

// The request may be passed on no further (RFC 9110, 7.6.2). What TRACE would show is nobody's business here.
void Downstream::answer_as_last(const RequestHead& head) {
  const std::uint16_t status = head.method == Method::options ? 200 : 405;
  log_refused(AccessFlag::none, status);
  answer_here(status, status == 200 ? "" : "Max-Forwards is 0\n", false, "allow: GET, HEAD, OPTIONS\r\n");
}

// No request that counts, since it comes with each of those that do.
void Downstream::answer_load(const RequestHead& head) {
  std::string line;
  append_load_report(listener_.load()->report(worker_.loop().now()), line);
  const bool reads = head.method == Method::get || head.method == Method::head;
  answer_here(reads ? 200 : 405, "", head.method == Method::head, reads ? line : "allow: GET, HEAD\r\n");
}

void Downstream::send(std::string_view bytes) {
  if (closed_) return;
  if (bytes.size() < kCopied || !out_.empty()) {
    if (bytes.size() < kCopied || socket_.writes()) return out_.append(bytes);
    const Transfer sent = write_some(socket_.fd(), out_.view(), bytes);
    listener_.metrics().downstream_cx_tx_bytes += sent.bytes;
    moved_ += sent.bytes;
    const std::size_t of_out = std::min(sent.bytes, out_.size());
    out_.consume(of_out);
    return out_.append(bytes.substr(sent.bytes - of_out));
  }
  const Transfer sent = socket_.writes() ? Transfer{} : write_some(socket_.fd(), bytes);
  listener_.metrics().downstream_cx_tx_bytes += sent.bytes;
  moved_ += sent.bytes;
  if (sent.bytes < bytes.size()) out_.append(bytes.substr(sent.bytes));
}

void Downstream::flush() {
  if (closed_) return;
  const std::size_t before = out_.size();
  const Transfer::Status status = meshtwin::flush(socket_.fd(), out_);
  listener_.metrics().downstream_cx_tx_bytes += before - out_.size();
  moved_ += before - out_.size();
  if (status == Transfer::Status::failed) return gone();
  if (status == Transfer::Status::blocked) {
    if (deadline_ == kNever) set_deadline(listener_.config().body_timeout);
    return update_interest();
  }
  if (state_ == State::closing) return linger();
  if (!socket_.writes()) return;
  update_interest();
  if (exchange_ != nullptr) exchange_->client_drained();
}

void Downstream::exchange_over(bool keep_alive) {
  listener_.request_over();
  exchange_ = nullptr;
  const bool request_whole = state_ == State::response;
  if (!keep_alive || !keep_alive_ || !request_whole || draining_) {
    lingers_ = !request_whole || !in_.empty() || !bytes_.empty();
    return close_after_flush();
  }
  state_ = State::idle;
  set_deadline(listener_.config().idle_timeout);
  worker_.loop().at_round_end(*this);
}

void Downstream::on_round_end() {
  if (closed_) return;
  flush();
  if (state_ == State::idle) process_stored();
}

void Downstream::reject(std::uint16_t status, std::string_view reason) {
  ++listener_.metrics().downstream_cx_protocol_error;
  lingers_ = true;
  const AccessFlag why = status == 408 ? AccessFlag::body_timeout : AccessFlag::bad_request;
  if (exchange_ == nullptr) {
    listener_.metrics().downstream_rq_xx.add(status);
    log_refused(why, status);
  } else if (exchange_->response_begun()) {
    exchange_->client_gone();
    return abort();
  } else {
    listener_.request_over();
    std::exchange(exchange_, nullptr)->refuse(status, why);
  }
  local_reply(status, std::string(reason) + "\n", false, false);
}

void Downstream::log_refused(AccessFlag why, std::uint16_t status) {
  CallLogger* logger = worker_.call_logger();
  if (logger == nullptr) return;
  const RequestHead unread;
  const bool was_read = why == AccessFlag::no_route || why == AccessFlag::none;
  logger->log_refused(listener_, peer_, was_read ? worker_.request_head() : unread, why, status,
                      worker_.loop().now());
}

void Downstream::local_reply(std::uint16_t status, std::string_view text, bool keep_alive, bool head_only,
                             std::string_view extra) {
  ResponseOptions options;
  options.keep_alive = keep_alive;
  options.date = worker_.http_date();
  options.extra = extra;
  options.client_minor_version = worker_.request_head().minor_version;
  write_local_response(status, text, options, head_only, out_.tail());
  if (!keep_alive) return close_after_flush();
  state_ = State::idle;
  set_deadline(listener_.config().idle_timeout);
  flush();
}

void Downstream::close_after_flush() {
  state_ = State::closing;
  set_deadline(listener_.config().body_timeout);
  flush();
}

void Downstream::linger() {
  if (!lingers_) return close();
  state_ = State::lingering;
  ::shutdown(socket_.fd(), SHUT_WR);
  set_deadline(kLinger);
  update_interest();
}

void Downstream::gone() {
  if (closed_) return;
  if (exchange_ != nullptr) {
    ++listener_.metrics().downstream_rq_rx_reset;
    --listener_.metrics().downstream_rq_active;
    std::exchange(exchange_, nullptr)->client_gone();
  }
  close();
}

void Downstream::abort() {
  ++listener_.metrics().downstream_rq_tx_reset;
  --listener_.metrics().downstream_rq_active;
  exchange_ = nullptr;
  reset_on_close(socket_.fd());
  close();
}

void Downstream::close() {
  if (std::exchange(closed_, true)) return;
  socket_.close();
  worker_.loop().timers().stop(timer_);
  listener_.connection_closed();
  worker_.remove(*this);
}

Fd Downstream::release(std::string& early, std::string& late) {
  early = in_;
  early.append(bytes_);
  late = out_.view();
  exchange_ = nullptr;
  closed_ = true;
  worker_.loop().timers().stop(timer_);
  return socket_.release();
}

void Downstream::drain() {
  draining_ = true;
  if (state_ == State::idle && !head_begun_) read();
  if (!closed_ && state_ == State::idle && !head_begun_) close_after_flush();
}

void Downstream::update_interest() {
  if (closed_) return;
  const bool reading = (state_ == State::idle && !congested()) || state_ == State::lingering ||
                       (state_ == State::body && exchange_ != nullptr && exchange_->takes_body()) ||
                       (state_ == State::response && in_.empty());
  if (!socket_.watch_for(reading, !out_.empty(), exchange_ != nullptr)) gone();
}

}  // namespace meshtwin
