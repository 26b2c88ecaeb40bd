#include "tests/core/call/contract_driver.h"

#include <algorithm>
#include <array>

namespace meshtwin::test {

bool CallView::seen() const {
  return std::any_of(attempts.begin(), attempts.end(), [](const auto& a) { return a.seen; });
}

int CallView::live() const {
  return static_cast<int>(
      std::count_if(attempts.begin(), attempts.end(), [](const auto& a) { return a.live(); }));
}

bool CallView::streaming() const {
  return std::any_of(attempts.begin(), attempts.end(),
                     [](const auto& a) { return a.stage == AttemptView::Stage::streaming; });
}

ContractDriver::ContractDriver(const PolicyConfig& config, std::uint32_t endpoints, const Script& initial)
    : script_(initial),
      budget_(initial.budget),
      config_(config),
      upstream_(config, scripted_parts(script_), 1),
      calls_(upstream_) {
  if (endpoints > 0) upstream_.update_endpoints(Time{}, members(endpoints));
}

bool ContractDriver::all_finished() const {
  return std::all_of(views_.begin(), views_.end(), [](const CallView& v) { return v.finished; });
}

// One input puts out, for the call that it concerns, a cancel for each attempt under way, then a start or a
// finish, and a wake; and for each waiting call that goes on thereby a start or a finish, and a wake.
std::size_t ContractDriver::output_bound(std::size_t call) const {
  const std::size_t own = call < views_.size() ? static_cast<std::size_t>(views_[call].live()) : 0;
  return own + 2 + 2 * std::size_t{upstream_.pending()};
}

void ContractDriver::start(const CallStart& start) {
  const std::size_t bound = output_bound(views_.size());
  CallView view;
  view.attempts.reserve(kMaxAttempts);
  view.deadline =
      config_.timeout ? std::min(start.deadline, saturating_add(now_, *config_.timeout)) : start.deadline;
  view.repeatable = start.idempotent || config_.retry.methods == RetryMethods::all;
  view.id = calls_.start(now_, start);
  views_.push_back(std::move(view));
  drain(bound);
}

void ContractDriver::event(std::size_t call, std::uint8_t attempt, const AttemptInput& input,
                           AttemptView::Stage stage) {
  const std::size_t bound = output_bound(call);
  AttemptView& view = views_[call].attempts[attempt];
  view.stage = stage;
  const bool unsent = input.failure == FailureKind::connect || input.failure == FailureKind::tls;
  view.seen = view.seen || !unsent;
  calls_.handle(now_, views_[call].id, attempt, input);
  drain(bound);
}

void ContractDriver::connected(std::size_t call, std::uint8_t attempt) {
  event(call, attempt, AttemptInput::connected(), AttemptView::Stage::connected);
}

void ContractDriver::head(std::size_t call, std::uint8_t attempt, std::uint16_t status, bool end,
                          std::optional<Duration> retry_after) {
  longest_pushback_ = std::max(longest_pushback_, retry_after.value_or(Duration::zero()));
  event(call, attempt, AttemptInput::response_head(status, end, retry_after),
        end ? AttemptView::Stage::over : AttemptView::Stage::streaming);
}

void ContractDriver::end(std::size_t call, std::uint8_t attempt) {
  event(call, attempt, AttemptInput::response_end(), AttemptView::Stage::over);
}

void ContractDriver::fail(std::size_t call, std::uint8_t attempt, FailureKind kind) {
  event(call, attempt, AttemptInput::failed(kind), AttemptView::Stage::over);
}

void ContractDriver::cancel(std::size_t call) {
  const std::size_t bound = output_bound(call);
  calls_.cancel(now_, views_[call].id);
  drain(bound);
}

void ContractDriver::forbid_retries(std::size_t call) {
  const std::size_t bound = output_bound(call);
  CallView& view = views_[call];
  view.forbidden = true;
  view.allowed = std::max<std::size_t>(view.attempts.size(), 1);
  calls_.forbid_retries(now_, view.id);
  drain(bound);
  require(view.finished || view.live() > 0 || view.attempts.empty(),
          "a forbidden retry is not waited for");
}

void ContractDriver::update(MembershipPtr membership) {
  const std::size_t bound = output_bound(views_.size());
  calls_.update_endpoints(now_, std::move(membership));
  drain(bound);
}

void ContractDriver::advance_to(Time time) {
  require(time >= now_, "time never goes back");
  now_ = time;
}

void ContractDriver::fire(std::size_t call) {
  require(views_[call].wake <= now_, "fired too early");
  const std::size_t bound = output_bound(call);
  views_[call].wake = kNever;
  calls_.handle_timeout(now_, views_[call].id);
  drain(bound);
}

void ContractDriver::wake(std::size_t call) {
  if (views_[call].wake == kNever) return require(false, "no wake-up is armed");
  advance_to(std::max(now_, views_[call].wake));
  fire(call);
}

void ContractDriver::disturb() {
  for (const CallView& view : views_) {
    if (view.wake > now_) calls_.handle_timeout(now_, view.id);
    if (view.finished) calls_.cancel(now_, view.id);
    if (view.finished || view.forbidden) calls_.forbid_retries(now_, view.id);
    for (std::size_t n = 0; n <= view.attempts.size(); ++n) {
      if (n < view.attempts.size() && view.attempts[n].live()) continue;
      const auto attempt = static_cast<std::uint8_t>(n);
      calls_.handle(now_, view.id, attempt, AttemptInput::connected());
      calls_.handle(now_, view.id, attempt, AttemptInput::response_head(200, false));
      calls_.handle(now_, view.id, attempt, AttemptInput::response_head(503, true));
      calls_.handle(now_, view.id, attempt, AttemptInput::response_end());
      calls_.handle(now_, view.id, attempt, AttemptInput::failed(FailureKind::reset));
    }
  }
  require(calls_.outputs().empty(), "late events and spurious timeouts put out nothing");
  check_counters();
}

void ContractDriver::require(bool holds, const char* rule) {
  if (!holds && violation.empty()) violation = rule;
}

void ContractDriver::drain(std::size_t bound) {
  Outputs& outputs = calls_.outputs();
  require(outputs.size() <= bound, "outputs of one input are bounded");
  most_outputs_ = std::max(most_outputs_, outputs.size());
  for (const Output& output : outputs) carry_out(output);
  log_.insert(log_.end(), outputs.begin(), outputs.end());
  outputs.clear();
  check_counters();
  for (const CallView& view : views_) check_wake(view);
}

void ContractDriver::carry_out(const Output& output) {
  if (output.kind == Output::Kind::start_probe) return require(false, "nobody asked for probes");
  for (CallView& view : views_) {
    if (view.id == output.call) return carry_out(view, output);
  }
  require(false, "outputs name a call that was started");
}

void ContractDriver::carry_out(CallView& view, const Output& output) {
  require(!view.finished, "nothing is put out after the finish");
  switch (output.kind) {
    case Output::Kind::start_attempt:
      require(output.attempt == view.attempts.size(), "attempts count from 0 without gaps");
      require(output.at <= view.deadline, "an attempt's deadline is within the call's");
      require(output.at > now_, "no attempt starts at its deadline");
      require(!view.forbidden || view.attempts.size() < view.allowed, "no attempt starts that is forbidden");
      require(view.repeatable || !view.seen(), "a request that may be with an endpoint isn't repeated");
      view.beside += view.live() > 0 ? 1 : 0;
      view.last_start = now_;
      view.attempts.push_back({AttemptView::Stage::connecting, output.endpoint, output.at, false});
      return;
    case Output::Kind::cancel_attempt:
      require(output.attempt < view.attempts.size() && view.attempts[output.attempt].live(),
              "what is cancelled was under way");
      if (output.attempt < view.attempts.size()) {
        view.attempts[output.attempt].stage = AttemptView::Stage::over;
        view.attempts[output.attempt].seen = true;
      }
      return;
    case Output::Kind::finish:
      view.finished = true;
      view.outcome = output.outcome;
      view.wake = kNever;
      require(output.outcome.attempts == view.attempts.size(), "the outcome counts the attempts");
      require(view.attempts.size() <= config_.retry.max_attempts + (config_.hedge ? config_.hedge->max : 0),
              "attempts are at most max_attempts and the hedges");
      for (AttemptView& attempt : view.attempts) attempt.stage = AttemptView::Stage::over;
      return;
    case Output::Kind::wake_at:
      require(output.at >= now_ && output.at != kNever, "a wake-up is not in the past");
      view.wake = output.at;
      return;
    case Output::Kind::start_probe:
      return;
  }
}

void ContractDriver::check_counters() {
  std::uint32_t live = 0;
  std::uint32_t open = 0;
  constexpr std::size_t kEndpoints = 8;
  std::array<std::uint32_t, kEndpoints> by_endpoint{};
  for (const CallView& view : views_) {
    open += view.finished ? 0 : 1;
    for (const AttemptView& attempt : view.attempts) {
      if (!attempt.live()) continue;
      ++live;
      ++by_endpoint.at(attempt.endpoint);
    }
  }
  require(upstream_.active_attempts() == live, "active attempts are those under way");
  require(upstream_.open_calls() == open, "open calls are those not finished");
  require(upstream_.open_retries() <= open && upstream_.pending() <= open,
          "retries and pending are of open calls");
  require(script_.open_tickets.size() == live && !script_.mismatch, "a breaker hears of each end once");
  for (const EndpointIndex e : upstream_.endpoints().eligible()) {
    require(upstream_.endpoints().active(e) == by_endpoint.at(e), "active requests of an endpoint");
  }
}

// A wake-up is armed no later than the next instant at which something is due.
void ContractDriver::check_wake(const CallView& view) {
  if (view.finished) return;
  Time due = view.deadline;
  for (const AttemptView& attempt : view.attempts) {
    if (attempt.live()) due = std::min(due, attempt.deadline);
  }
  const bool limited = config_.limits.connections.has_value();
  const bool may_hedge = config_.hedge && view.repeatable && !view.forbidden;
  if (may_hedge && !limited && script_.admits && view.live() > 0 && !view.streaming() &&
      view.beside < static_cast<int>(config_.hedge->max)) {
    due = std::min(due, saturating_add(view.last_start, config_.hedge->after));
  }
  if (view.live() == 0 && upstream_.pending() == 0)
    due = std::min(due, saturating_add(now_, std::max(script_.backoff, longest_pushback_)));
  // A wake-up that is due and not fired yet has been consumed neither.
  require(view.wake <= std::max(due, now_) || due == kNever, "a wake-up is armed for what is due next");
}

std::string ContractDriver::said() {
  std::string text;
  for (; said_ < log_.size(); ++said_) {
    const Output& output = log_[said_];
    const auto call =
        std::find_if(views_.begin(), views_.end(), [&](auto& v) { return v.id == output.call; });
    if (!text.empty()) text += ", ";
    text += std::to_string(call - views_.begin());
    switch (output.kind) {
      case Output::Kind::start_attempt:
        text += " starts " + std::to_string(output.attempt) + " at " + std::to_string(output.endpoint);
        break;
      case Output::Kind::cancel_attempt:
        text += " cancels " + std::to_string(output.attempt);
        break;
      case Output::Kind::finish:
        text += " finishes " + std::string(name(output.outcome.failure)) + " " +
                std::to_string(output.outcome.status) + " after " + std::to_string(output.outcome.attempts);
        break;
      case Output::Kind::wake_at:
        text +=
            " wakes at " + std::to_string(output.at.time_since_epoch() / std::chrono::milliseconds(1)) + "ms";
        break;
      case Output::Kind::start_probe:
        break;
    }
  }
  return text;
}

}  // namespace meshtwin::test
