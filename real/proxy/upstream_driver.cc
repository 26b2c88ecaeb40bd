#include "real/proxy/upstream_driver.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "core/config/policy_file.h"
#include "policies/catalog.h"
#include "real/http/load_report_field.h"
#include "real/net/socket.h"
#include "real/proxy/exchange.h"
#include "real/proxy/upstream_connection.h"
#include "real/proxy/worker_state.h"

namespace meshtwin {
namespace {

constexpr Duration kIdleCheck = std::chrono::seconds(1);

RecordedCalls make_calls(Upstream& upstream, const UpstreamConfig& config, std::uint64_t seed,
                         JournalRecorder* journal) {
  if (journal == nullptr) return RecordedCalls(upstream);
  return RecordedCalls(
      upstream, *journal,
      {0, config.name, canonical_policy_text(config.policy), config.policy_sha256, seed, {}});
}

}  // namespace

UpstreamDriver::UpstreamDriver(WorkerState& worker, const UpstreamConfig& config, UpstreamMetrics& metrics,
                               std::uint64_t seed)
    : worker_(worker),
      config_(config),
      metrics_(metrics),
      upstream_(make_upstream(config.policy, seed)),
      calls_(make_calls(*upstream_, config, seed, worker.journal())) {
  upstream_->name_endpoints(names_);
  make_prober(ReportFor::policy, prober_);
  make_prober(ReportFor::shadow, shadow_prober_);
  keep_decisions();
  loop().timers().arm(idle_timer_, loop().now() + kIdleCheck);
}

void UpstreamDriver::make_prober(ReportFor asker, std::optional<LoadProber>& prober) {
  if (!upstream_->probe_lifetime(asker)) return;
  prober.emplace(loop(), [this, asker](EndpointIndex endpoint, const LoadReport& report) {
    calls_.handle_report(loop().now(), endpoint, report, asker);
  });
}

UpstreamDriver::~UpstreamDriver() {
  add_core_counts();
  for (const auto& endpoint : endpoints_) {
    endpoint->idle.clear();
    if (endpoint->is_counted) --metrics_of(*endpoint).users;
  }
}

EventLoop& UpstreamDriver::loop() { return worker_.loop(); }

Endpoint& UpstreamDriver::endpoint_for(const EndpointConfig& config) {
  for (const auto& endpoint : endpoints_) {
    if (endpoint->name == config.name && endpoint->address == config.address) return *endpoint;
  }
  Endpoint& endpoint = *endpoints_.emplace_back(std::make_unique<Endpoint>());
  endpoint.index = static_cast<EndpointIndex>(endpoints_.size() - 1);
  endpoint.name = config.name;
  endpoint.address = config.address;
  names_->add(endpoint.index, endpoint.name);
  calls_.name_endpoint(endpoint.index, endpoint.name);
  return endpoint;
}

void UpstreamDriver::update_config(const UpstreamConfig& config) {
  config_ = config;
  const std::uint32_t explained = worker_.config().explain_decisions;
  const DecisionLog* log = upstream_->decisions();
  if (explained != (log == nullptr ? 0 : log->capacity())) keep_decisions();
}

// Calls may end without a decision after others' last ones.
void UpstreamDriver::keep_decisions() {
  constexpr std::size_t kCallsADecision = 2;
  const std::uint32_t count = worker_.config().explain_decisions;
  upstream_->keep_decisions(count);
  request_ids_.keep(kCallsADecision * count);
}

std::vector<std::string> UpstreamDriver::request_ids(const std::vector<CallId>& calls) const {
  std::vector<std::string> out = request_ids_.find(calls);
  for (std::size_t i = 0; i < calls.size(); ++i) {
    const Exchange* exchange = exchange_of(calls[i]);
    if (exchange != nullptr && exchange->call() == calls[i]) out[i] = exchange->request_id();
  }
  return out;
}

void UpstreamDriver::set_endpoints(const EndpointList& list) {
  for (const auto& endpoint : endpoints_) endpoint->is_member = false;
  std::vector<Member> members;
  for (const EndpointStatus& status : list) {
    Endpoint& endpoint = endpoint_for(status.endpoint);
    if (std::exchange(endpoint.is_member, true)) continue;  // listed twice
    if (!std::exchange(endpoint.is_counted, true)) {
      endpoint.metrics_number = metrics_.add_endpoint(endpoint.name, endpoint.address.text());
    }
    const EndpointConfig& config = status.endpoint;
    members.push_back({endpoint.index, config.weight, status.healthy, config.draining, config.priority,
                       locality_number(config.locality)});
  }
  std::sort(members.begin(), members.end(),
            [](const Member& a, const Member& b) { return a.endpoint < b.endpoint; });
  for (const auto& endpoint : endpoints_) {
    if (endpoint->is_member) continue;
    endpoint->idle.clear();
    for (auto* prober : {&prober_, &shadow_prober_}) {
      if (*prober) (*prober)->forget(endpoint->index);
    }
  }
  calls_.update_endpoints(loop().now(), std::make_shared<const Membership>(members));
  drain();
  add_core_counts();
  stop_counting_former();
}

// The proxy's own is 0.
LocalityIndex UpstreamDriver::locality_number(const std::string& locality) {
  if (!config_.locality.empty() && locality == config_.locality) return 0;
  const auto [known, added] = localities_.emplace(locality, static_cast<LocalityIndex>(localities_.size() + 1));
  return known->second;
}

// What is counted of an endpoint takes most of its memory, and goes when its last request has.
void UpstreamDriver::stop_counting_former() {
  for (const auto& endpoint : endpoints_) {
    if (endpoint->is_member || endpoint->uses > 0 || !std::exchange(endpoint->is_counted, false)) continue;
    --metrics_of(*endpoint).users;
  }
}

void UpstreamDriver::start(Exchange& exchange) {
  ++metrics_.call_total;
  ++metrics_.call_active;
  const RequestFacts& facts = exchange.facts();
  const CallId call = calls_.start(loop().now(), {facts.deadline, facts.idempotent, facts.key, facts.urgency});
  exchange.set_call(call);
  if (exchanges_.size() <= call.slot) exchanges_.resize(call.slot + std::size_t{1}, nullptr);
  exchanges_[call.slot] = &exchange;
  drain();
}

void UpstreamDriver::input(CallId call, std::uint8_t attempt, const AttemptInput& input) {
  take({Event::Kind::attempt, attempt, call, input});
}

void UpstreamDriver::handle_timeout(CallId call) { take({Event::Kind::timeout, 0, call, {}}); }

void UpstreamDriver::cancel(CallId call) { take({Event::Kind::cancel, 0, call, {}}); }

void UpstreamDriver::forbid_retries(CallId call) { take({Event::Kind::forbid_retries, 0, call, {}}); }

// What is carried out may fail at once and so be an event again: that waits until the outputs in hand are
// done.
void UpstreamDriver::take(const Event& event) {
  if (draining_) return waiting_.push_back(event);
  tell(event);
  drain();
}

void UpstreamDriver::tell(const Event& event) {
  const Time now = loop().now();
  switch (event.kind) {
    case Event::Kind::attempt:
      return calls_.handle(now, event.call, event.attempt, event.input);
    case Event::Kind::timeout:
      return calls_.handle_timeout(now, event.call);
    case Event::Kind::cancel:
      return calls_.cancel(now, event.call);
    case Event::Kind::forbid_retries:
      return calls_.forbid_retries(now, event.call);
  }
}

Exchange* UpstreamDriver::exchange_of(CallId call) const {
  return call.slot < exchanges_.size() ? exchanges_[call.slot] : nullptr;
}

void UpstreamDriver::drain() {
  if (draining_) return;
  draining_ = true;
  while (true) {
    while (!calls_.outputs().empty()) {
      batch_.swap(calls_.outputs());
      for (const Output& output : batch_) carry_out(output);
      batch_.clear();
    }
    if (waiting_.empty()) break;
    const Event next = waiting_.front();
    waiting_.pop_front();
    tell(next);
  }
  draining_ = false;
  if (!ended_.empty()) conclude_ended();
}

void UpstreamDriver::carry_out(const Output& output) {
  if (output.kind == Output::Kind::start_probe) return start_probe(output);
  Exchange* exchange = exchange_of(output.call);
  assert(exchange != nullptr);
  switch (output.kind) {
    case Output::Kind::start_attempt:
      return start_attempt(*exchange, output);
    case Output::Kind::cancel_attempt:
      return exchange->drop_attempt(output.attempt,
                                    output.failed ? FailureKind::timeout : FailureKind::cancelled);
    case Output::Kind::wake_at:
      return exchange->set_wake(output.at);
    case Output::Kind::finish:
      exchanges_[output.call.slot] = nullptr;
      request_ids_.add(output.call, exchange->request_id());
      exchange->on_finish(output.outcome);
      if (!exchange->in_response()) ended_.push_back(exchange);
      return;
    case Output::Kind::start_probe:
      return;
  }
}

void UpstreamDriver::start_probe(const Output& output) {
  const Endpoint& endpoint = *endpoints_[output.endpoint];
  std::optional<LoadProber>& prober = output.asks == ReportFor::shadow ? shadow_prober_ : prober_;
  if (!left_) prober->probe(endpoint.index, endpoint.address, output.at);
}

void UpstreamDriver::read_report(EndpointIndex endpoint, const ResponseHead& head) {
  const std::string_view value = value_of(head, KnownHeader::endpoint_load_metrics);
  if (value.empty()) return;
  const std::optional<LoadReport> report = parse_load_report(value);
  if (report) calls_.handle_report(loop().now(), endpoint, *report, ReportFor::both);
}

void UpstreamDriver::start_attempt(Exchange& exchange, const Output& output) {
  Endpoint& endpoint = *endpoints_[output.endpoint];
  ++metrics_of(endpoint).upstream_rq_total;
  exchange.set_attempt_deadline(output.attempt, output.at);
  std::unique_ptr<UpstreamConnection> connection = take_idle(endpoint);
  if (connection == nullptr) return reconnect(exchange, output.attempt, endpoint);
  UpstreamConnection& carrier = *connection;
  exchange.attach(output.attempt, std::move(connection), endpoint.index);
  carrier.carry(exchange, output.attempt);
}

// What has come on a pooled connection unasked must not pass for the answer to this request.
std::unique_ptr<UpstreamConnection> UpstreamDriver::take_idle(Endpoint& endpoint) {
  while (!endpoint.idle.empty()) {
    std::unique_ptr<UpstreamConnection> connection = std::move(endpoint.idle.back());
    endpoint.idle.pop_back();
    if (connection->is_quiet()) return connection;
    connection->abandon();
    loop().retire(std::move(connection));
  }
  return nullptr;
}

void UpstreamDriver::reconnect(Exchange& exchange, std::uint8_t attempt, Endpoint& endpoint) {
  bool local = false;
  Result<Fd> socket = connect_tcp(endpoint.address, &local);
  if (!socket) {
    EndpointMetrics& metrics = metrics_of(endpoint);
    ++(local ? metrics.upstream_cx_local_fail : metrics.upstream_cx_connect_fail);
    exchange.attach(attempt, nullptr, endpoint.index);
    return exchange.attempt_failed(attempt, local ? FailureKind::local : FailureKind::connect);
  }
  auto connection = std::make_unique<UpstreamConnection>(*this, endpoint, std::move(socket).value());
  UpstreamConnection& carrier = *connection;
  exchange.attach(attempt, std::move(connection), endpoint.index);
  carrier.carry(exchange, attempt);
}

void UpstreamDriver::keep(std::unique_ptr<UpstreamConnection> connection) {
  Endpoint& endpoint = connection->endpoint();
  if (!endpoint.is_member || endpoint.idle.size() >= config_.idle_connections_max) {
    connection->abandon();
    return loop().retire(std::move(connection));
  }
  connection->become_idle(loop().now() + config_.idle_timeout);
  endpoint.idle.push_back(std::move(connection));
}

void UpstreamDriver::discard_idle(UpstreamConnection& connection) {
  auto& idle = connection.endpoint().idle;
  const auto at = std::find_if(idle.begin(), idle.end(), [&](const auto& c) { return c.get() == &connection; });
  assert(at != idle.end());
  loop().retire(std::move(*at));
  idle.erase(at);
}

void UpstreamDriver::conclude_soon(Exchange& exchange) {
  ended_.push_back(&exchange);
  if (!draining_) conclude_ended();
}

void UpstreamDriver::call_over(const Exchange& exchange) {
  const Outcome& outcome = exchange.outcome();
  --metrics_.call_active;
  ++metrics_.call_result[static_cast<std::size_t>(outcome.failure)];
  if (outcome.failure == FailureKind::timeout) ++metrics_.upstream_rq_timeout;
  if (outcome.failure == FailureKind::rejected_limit) ++metrics_.upstream_rq_pending_overflow;
  if (outcome.failure == FailureKind::rejected_breaker) ++metrics_.upstream_rq_breaker_rejected;
  const std::uint32_t attempts_max = config_.policy.retry.max_attempts;
  const bool used_up = attempts_max > 1 && exchange.retries() + 1u >= attempts_max;
  if (outcome.failure == FailureKind::none) {
    if (exchange.retries() > 0) ++metrics_.upstream_rq_retry_success;
  } else {
    if (used_up && outcome.failure != FailureKind::cancelled) ++metrics_.upstream_rq_retry_limit_exceeded;
    if (exchange.retry_impossible()) ++metrics_.upstream_rq_retry_body_overflow;
  }
  if (!exchange.is_conversation()) metrics_.upstream_rq_time.record(loop().now() - exchange.facts().began);
}

void UpstreamDriver::leave() {
  left_ = true;
  for (const auto& endpoint : endpoints_) {
    endpoint->is_member = false;
    endpoint->idle.clear();
  }
  for (auto* prober : {&prober_, &shadow_prober_}) {
    if (*prober) (*prober)->forget_all();
  }
}

// A client's next request may start a call here before this returns.
void UpstreamDriver::conclude_ended() {
  std::vector<Exchange*> ended;
  ended.swap(ended_);
  for (Exchange* exchange : ended) exchange->conclude();
  ended.clear();
  if (ended_.empty()) ended_.swap(ended);
}

void UpstreamDriver::close_idle(Time now) {
  for (const auto& endpoint : endpoints_) {
    auto& idle = endpoint->idle;  // in order of their last use
    if (idle.empty()) continue;
    const auto kept = std::find_if(idle.begin(), idle.end(),
                                   [&](const auto& connection) { return connection->idle_until() > now; });
    metrics_of(*endpoint).upstream_cx_idle_timeout += static_cast<std::uint64_t>(kept - idle.begin());
    idle.erase(idle.begin(), kept);
  }
  loop().timers().arm(idle_timer_, now + kIdleCheck);
}

}  // namespace meshtwin
