#include "real/proxy/exchange.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include <fmt/format.h>

#include "core/call/response_class.h"
#include "real/http/head_writer.h"
#include "real/http/load_report_field.h"
#include "real/http/retry_pushback.h"
#include "real/proxy/call_logger.h"
#include "real/proxy/downstream.h"
#include "real/proxy/listener.h"
#include "real/proxy/local_reply.h"
#include "real/proxy/upstream_driver.h"
#include "real/proxy/worker_state.h"

namespace meshtwin {
namespace {

constexpr std::uint16_t kRefusals = 429;  // and above: statuses that may say when to come again

}  // namespace

Exchange::~Exchange() { drop_all(); }

void Exchange::begin(Downstream& client, std::shared_ptr<UpstreamDriver> driver, const RequestFacts& facts) {
  client_ = &client;
  listener_ = &client.listener();
  peer_ = client.peer();
  driver_ = std::move(driver);
  facts_ = facts;
  outcome_ = {};
  head_.clear();
  head_is_of_.reset();
  body_.clear();
  body_base_ = response_bytes_ = 0;
  body_ended_ = launched_ = finished_ = in_response_ = response_begun_ = false;
  const PolicyConfig& policy = driver_->config().policy;
  keeps_body_ = policy.retry.max_attempts > 1 || policy.hedge.has_value();
  retry_impossible_ = false;
  flags_ = AccessFlag::none;
  status_ = 0;
  attempts_begun_ = retries_ = 0;
  load_ticket_.reset();
  if (LoadMeter* load = listener_->load()) load_ticket_ = load->arrive(facts.began);
}

void Exchange::append_body(std::string_view bytes) {
  body_.append(bytes);
  if (keeps_body_ && body_.size() > kBodyKept) {
    keeps_body_ = false;
    retry_impossible_ = true;
    flag(AccessFlag::retry_impossible);
    if (launched_ && !finished_) driver_->forbid_retries(call_);
  }
  if (!launched_ || finished_) return;
  for (std::uint8_t n = 0; n < attempts_begun_; ++n) {
    if (attempts_[n]) attempts_[n]->send_request();
  }
}

void Exchange::end_body() {
  body_ended_ = true;
  if (!launched_ || finished_) return;
  for (std::uint8_t n = 0; n < attempts_begun_; ++n) {
    if (attempts_[n]) attempts_[n]->send_request();
  }
}

void Exchange::launch() {
  launched_ = true;
  driver_->start(*this);
  if (retry_impossible_ && !finished_) driver_->forbid_retries(call_);
}

void Exchange::client_gone() {
  flag(AccessFlag::client_gone);
  client_ = nullptr;
  if (launched_ && !finished_) return driver_->cancel(call_);
  if (!launched_) end(false);
}

void Exchange::refuse(std::uint16_t status, AccessFlag why) {
  flag(why);
  status_ = status;
  client_ = nullptr;
  if (launched_ && !finished_) return driver_->cancel(call_);
  if (!launched_) end(false);
}

void Exchange::client_drained() {
  for (std::uint8_t n = 0; n < attempts_begun_; ++n) {
    if (attempts_[n] && response_begun_) attempts_[n]->read_on(true);
  }
}

std::string_view Exchange::head_for(std::uint8_t attempt) {
  const UpstreamConfig& config = driver_->config();
  const bool tells_deadline = config.propagates_deadline && deadlines_[attempt] != kNever;
  if (!config.attempt_header && !tells_deadline) return head_;
  if (head_is_of_ == attempt) return head_of_attempt_;
  head_is_of_ = attempt;
  head_of_attempt_.assign(head_, 0, head_.size() - 2);
  const auto to = std::back_inserter(head_of_attempt_);
  if (config.attempt_header) fmt::format_to(to, "x-meshtwin-attempt: {}\r\n", attempt);
  if (tells_deadline) {
    const Duration left = deadlines_[attempt] - began_[attempt];
    fmt::format_to(to, "x-envoy-expected-rq-timeout-ms: {}\r\n",
                   std::max<std::int64_t>(left / std::chrono::milliseconds(1), 1));
  }
  head_of_attempt_.append("\r\n");
  return head_of_attempt_;
}

std::string_view Exchange::body_from(std::uint64_t offset) const {
  assert(offset >= body_base_);
  return body_.view().substr(offset - body_base_);
}

void Exchange::body_was_sent() {
  if (!keeps_body_) trim_body();
  if (client_ != nullptr && !body_ended_ && takes_body()) client_->resume_body();
}

// No attempt can begin any more, so what all of those under way have sent is of no use.
void Exchange::trim_body() {
  std::uint64_t sent = body_base_ + body_.size();
  for (std::uint8_t n = 0; n < attempts_begun_; ++n) {
    if (attempts_[n]) sent = std::min(sent, attempts_[n]->body_sent());
  }
  body_.consume(sent - body_base_);
  body_base_ = sent;
}

ResponseFate Exchange::response_head(std::uint8_t attempt, const ResponseHead& head, bool whole) {
  statuses_[attempt] = head.status;
  count_answer(attempt);
  const FailureKind failure = failure_of(driver_->core().config(), head.status);
  if (failure != FailureKind::none) settle(attempt, failure);
  if (driver_->core().reads_reports()) driver_->read_report(endpoints_[attempt], head);
  std::optional<Duration> again;
  if (head.status >= kRefusals) again = retry_after(head);
  in_response_ = true;
  driver_->input(call_, attempt, AttemptInput::response_head(head.status, whole, again));
  in_response_ = false;
  if (finished_ ? outcome_.status != 0 : attempts_[attempt] != nullptr && !whole) {
    begin_response(head);
    return ResponseFate::forward;
  }
  if (finished_) {
    driver_->conclude_soon(*this);
    return ResponseFate::gone;
  }
  if (attempts_[attempt] == nullptr) return ResponseFate::gone;
  return ResponseFate::discard;
}

void Exchange::interim_head(std::uint8_t attempt, const ResponseHead& head) {
  (void)attempt;
  if (client_ == nullptr || facts_.minor_version == 0) return;
  write_interim_head(head, client_->out());
  client_->flush();
}

void Exchange::begin_response(const ResponseHead& head) {
  response_begun_ = true;
  status_ = head.status;
  if (client_ == nullptr) return;
  ResponseOptions options;
  options.client_minor_version = facts_.minor_version;
  options.keep_alive = keeps_client_ = client_->will_keep_alive();
  options.via = listener_->config().via;
  options.date = worker_.http_date();
  options.extra = extra_lines();
  options.load_report = listener_->config().direction == ListenerConfig::Direction::inbound && !load_ticket_;
  to_client_ = write_response_head(head, options, client_->out());
}

void Exchange::response_body(std::string_view bytes) {
  response_bytes_ += bytes.size();
  if (client_ == nullptr) return;
  if (to_client_ != BodyFraming::Kind::chunked) return client_->send(bytes);
  append_chunk_header(bytes.size(), client_->out());
  client_->send(bytes);
  client_->out().append("\r\n");
}

void Exchange::response_pause() {
  if (client_ == nullptr) return;
  client_->flush();
  if (client_ == nullptr || !client_->congested()) return;
  for (std::uint8_t n = 0; n < attempts_begun_; ++n) {
    if (attempts_[n]) attempts_[n]->read_on(false);
  }
}

void Exchange::response_end(std::uint8_t attempt, std::string_view trailers, bool reusable) {
  if (!finished_) {
    in_response_ = true;
    driver_->input(call_, attempt, AttemptInput::response_end());
    in_response_ = false;
  }
  assert(finished_);
  settle(attempt, FailureKind::none);
  take_back(attempt, reusable);
  if (client_ != nullptr && to_client_ == BodyFraming::Kind::chunked) append_last_chunk(trailers, client_->out());
  end(keeps_client_ && to_client_ != BodyFraming::Kind::until_close);
}

void Exchange::take_back(std::uint8_t attempt, bool reusable) {
  std::unique_ptr<UpstreamConnection> connection = detach(attempt);
  if (reusable) return driver_->keep(std::move(connection));
  connection->abandon();
  driver_->loop().retire(std::move(connection));
}

void Exchange::attempt_failed(std::uint8_t attempt, FailureKind kind) {
  drop_attempt(attempt, kind);
  driver_->input(call_, attempt, AttemptInput::failed(kind));
}

void Exchange::attach(std::uint8_t attempt, std::unique_ptr<UpstreamConnection> connection,
                      EndpointIndex endpoint) {
  attempts_[attempt] = std::move(connection);
  if (attempt < attempts_begun_) return;  // the same attempt on a fresh connection
  if (attempt > 0) count_repeat(attempt);
  endpoints_[attempt] = endpoint;
  began_[attempt] = driver_->loop().now();
  results_[attempt] = FailureKind::none;
  statuses_[attempt] = 0;
  attempts_begun_ = static_cast<std::uint8_t>(attempt + 1);
  settled_ = static_cast<std::uint8_t>(settled_ & ~(1u << attempt));
  Endpoint& where = *driver_->endpoints()[endpoint];
  ++where.uses;
  ++driver_->metrics_of(where).upstream_rq_active;
}

void Exchange::count_repeat(std::uint8_t attempt) {
  const unsigned before = (1u << attempt) - 1;
  if ((settled_ & before) != before) {
    ++driver_->metrics().upstream_rq_hedge;
    return;
  }
  ++retries_;
  ++driver_->metrics().upstream_rq_retry;
}

void Exchange::count_answer(std::uint8_t attempt) {
  driver_->metrics_of(*driver_->endpoints()[endpoints_[attempt]]).upstream_rq_time_ns +=
      static_cast<std::uint64_t>((driver_->loop().now() - began_[attempt]).count());
}

// How an attempt ended, once for each.
void Exchange::settle(std::uint8_t attempt, FailureKind result) {
  if ((settled_ >> attempt & 1) != 0) return;
  settled_ = static_cast<std::uint8_t>(settled_ | 1u << attempt);
  results_[attempt] = result;
  EndpointMetrics& metrics = driver_->metrics_of(*driver_->endpoints()[endpoints_[attempt]]);
  --metrics.upstream_rq_active;
  if (result == FailureKind::none) ++metrics.upstream_rq_success;
  else if (result == FailureKind::cancelled || result == FailureKind::local) ++metrics.upstream_rq_cancelled;
  else ++metrics.upstream_rq_error;
  if (result == FailureKind::timeout) ++metrics.upstream_rq_per_try_timeout;
}

std::unique_ptr<UpstreamConnection> Exchange::detach(std::uint8_t attempt) {
  return std::move(attempts_[attempt]);
}

void Exchange::drop_attempt(std::uint8_t attempt, FailureKind why) {
  settle(attempt, why);
  if (!attempts_[attempt]) return;
  attempts_[attempt]->abandon();
  driver_->loop().retire(std::move(attempts_[attempt]));
}

void Exchange::drop_all() {
  for (std::uint8_t n = 0; n < attempts_begun_; ++n) {
    if (attempts_[n]) drop_attempt(n, FailureKind::cancelled);
  }
}

void Exchange::set_wake(Time at) { driver_->loop().timers().arm(timer_, at); }

void Exchange::wake(Time) { driver_->handle_timeout(call_); }

void Exchange::on_finish(const Outcome& outcome) {
  finished_ = true;
  outcome_ = outcome;
  driver_->loop().timers().stop(timer_);
}

void Exchange::conclude() {
  drop_all();
  if (client_ == nullptr) return end(false);
  if (response_begun_) {
    flag(AccessFlag::response_incomplete);
    std::exchange(client_, nullptr)->abort();
    return end(false);
  }
  const LocalReply reply = local_reply_for(outcome_.failure);
  ResponseOptions options;
  options.client_minor_version = facts_.minor_version;
  options.keep_alive = client_->will_keep_alive();
  options.date = worker_.http_date();
  options.extra = extra_lines();
  status_ = reply.status;
  write_local_response(reply.status, reply.text, options, facts_.method == Method::head, client_->out());
  end(true);
}

std::string_view Exchange::extra_lines() {
  extra_.clear();
  if (listener_->config().call_report) append_call_report();
  if (load_ticket_ && listener_->load() != nullptr) {
    append_load_report(listener_->load()->report(driver_->loop().now()), extra_);
  }
  return extra_;
}

void Exchange::append_call_report() {
  fmt::format_to(std::back_inserter(extra_), "x-meshtwin-call: outcome={}; attempts=", name(outcome_.failure));
  for (std::uint8_t n = 0; n < attempts_begun_; ++n) {
    fmt::format_to(std::back_inserter(extra_), "{}{}:{}", n > 0 ? "," : "", endpoints_[n], name(results_[n]));
  }
  const std::int64_t origin_ns = driver_->loop().origin_ns();
  fmt::format_to(std::back_inserter(extra_), "; held={}-{}\r\n",
                 origin_ns + facts_.began.time_since_epoch().count(),
                 origin_ns + driver_->loop().now().time_since_epoch().count());
}

// Of what the client went away from, nobody knows how long it would have taken.
void Exchange::leave_load(Time now) {
  const bool gone = status_ == 0 || outcome_.failure == FailureKind::cancelled;
  const auto ending = gone             ? ServerLoad::Ending::given_up
                      : status_ >= 500 ? ServerLoad::Ending::failed
                                       : ServerLoad::Ending::answered;
  listener_->meter().leave(now, *load_ticket_, ending);
  load_ticket_.reset();
}

// The object may serve another request before this returns.
void Exchange::end(bool keep_alive) {
  const Time now = driver_->loop().now();
  if (launched_) driver_->call_over(*this);
  if (load_ticket_) leave_load(now);
  listener_->metrics().downstream_rq_xx.add(status_);
  if (!is_conversation()) listener_->metrics().downstream_rq_time.record(now - facts_.began);
  if (CallLogger* logger = worker_.call_logger()) logger->log(*this, now);
  for (std::uint8_t n = 0; n < attempts_begun_; ++n) --driver_->endpoints()[endpoints_[n]]->uses;
  Downstream* client = std::exchange(client_, nullptr);
  if (client != nullptr) client->exchange_over(keep_alive);
  driver_.reset();
  worker_.give_back(*this);
}

}  // namespace meshtwin
