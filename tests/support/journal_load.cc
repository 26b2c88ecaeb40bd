#include "tests/support/journal_load.h"

#include "core/random/distributions.h"

namespace meshtwin::test {

using std::chrono::microseconds;

void JournalLoad::add(RecordedCalls& calls) {
  targets_.push_back(&calls);
  const auto target = static_cast<std::uint32_t>(targets_.size() - 1);
  Event event;
  event.target = target;
  event.kind = Event::Kind::update;
  at(Duration::zero(), event);
  event.kind = Event::Kind::arrival;
  at(microseconds(1), event);
}

void JournalLoad::run(std::uint64_t inputs) {
  const std::uint64_t until = inputs_ + inputs;
  while (inputs_ < until) {
    const Event event = events_.top();
    events_.pop();
    now_ = event.at;
    handle(event);
  }
}

Duration JournalLoad::exponential(double mean_ns) {
  return Distribution::exponential(rounded_duration(mean_ns)).sample(random_);
}

void JournalLoad::at(Duration delay, Event event) {
  event.at = now_ + delay;
  event.order = order_++;
  events_.push(event);
}

void JournalLoad::handle(const Event& event) {
  RecordedCalls& calls = *targets_[event.target];
  if (event.kind == Event::Kind::arrival) return arrive(event.target);
  if (event.kind == Event::Kind::update) return update(event.target);
  if (event.kind == Event::Kind::probe) return report(event.target, event.endpoint, event.asker);
  if (!calls.is_open(event.call) && !random_.bernoulli(options_.late)) return;
  const bool answers = event.kind == Event::Kind::attempt && event.input.kind == AttemptInput::Kind::response_head;
  if (answers && calls.upstream().reads_reports()) report(event.target, event.endpoint, ReportFor::both);
  ++inputs_;
  if (event.kind == Event::Kind::timer) calls.handle_timeout(now_, event.call);
  if (event.kind == Event::Kind::cancel) calls.cancel(now_, event.call);
  if (event.kind == Event::Kind::forbid) calls.forbid_retries(now_, event.call);
  if (event.kind == Event::Kind::attempt) calls.handle(now_, event.call, event.attempt, event.input);
  drain(event.target);
}

void JournalLoad::report(std::uint32_t target, EndpointIndex endpoint, ReportFor whom) {
  RandomStream& random = whom == ReportFor::shadow ? dark_ : reports_;
  const auto some_time = [&] { return Distribution::exponential(std::chrono::milliseconds(5)).sample(random); };
  LoadReport report;
  report.in_flight = static_cast<std::uint32_t>(random.below(10));
  report.latency = some_time();
  if (random.below(4) > 0) report.application_utilization = random.unit();
  if (random.below(4) > 0) report.requests_per_second = 100 * random.unit_open();
  if (random.below(4) == 0) report.errors_per_second = random.unit();
  if (random.below(4) == 0) report.cpu_utilization = random.unit();
  if (random.below(2) == 0) report.service_time = some_time();
  ++(whom == ReportFor::policy ? inputs_ : dark_inputs_);
  targets_[target]->handle_report(now_, endpoint, report, whom);
}

void JournalLoad::send_probe(std::uint32_t target, const Output& output) {
  RandomStream& random = output.asks == ReportFor::shadow ? dark_ : reports_;
  Event probe;
  probe.kind = Event::Kind::probe;
  probe.target = target;
  probe.endpoint = output.endpoint;
  probe.asker = output.asks;
  if (random.below(10) > 0) at(Distribution::exponential(std::chrono::milliseconds(1)).sample(random), probe);
}

void JournalLoad::arrive(std::uint32_t target) {
  Event next;
  next.target = target;
  at(exponential(1e9 / options_.calls_per_second), next);
  const bool has_deadline = random_.bernoulli(options_.with_deadline);
  const Time deadline = has_deadline ? now_ + exponential(50e6) - microseconds(100) : kNever;
  ++inputs_;
  CallStart start{deadline, random_.bernoulli(options_.idempotent), {}};
  if (options_.with_key > 0 && random_.bernoulli(options_.with_key)) start.key = xxh64(std::to_string(random_.below(1000)));
  if (options_.places) start.urgency = static_cast<std::uint8_t>(random_.below(CallStart::kUrgencies));
  const CallId id = targets_[target]->start(now_, start);
  drain(target);
  next.call = id;
  next.kind = Event::Kind::cancel;
  if (random_.bernoulli(options_.cancelled)) at(exponential(10e6), next);
  next.kind = Event::Kind::forbid;
  if (random_.bernoulli(options_.forbidden)) at(exponential(10e6), next);
}

void JournalLoad::update(std::uint32_t target) {
  std::vector<Member> members;
  for (EndpointIndex e = 0; e < options_.endpoints; ++e) {
    if (now_ > Time{} && random_.below(8) == 0) continue;
    members.push_back(
        {e, options_.weights ? static_cast<std::uint32_t>(random_.below(4)) : 1, random_.below(12) > 0});
    if (!options_.places) continue;
    members.back().draining = random_.below(10) == 0;
    members.back().priority = static_cast<std::uint8_t>(e % 2);
    members.back().locality = static_cast<LocalityIndex>(e % 3);
  }
  ++inputs_;
  targets_[target]->update_endpoints(now_, std::make_shared<const Membership>(members));
  drain(target);
  Event next;
  next.kind = Event::Kind::update;
  next.target = target;
  at(options_.updates, next);
}

// What becomes of an attempt: connected, and then an answer in one piece or two, or a failure, or silence.
void JournalLoad::launch(std::uint32_t target, const Output& output) {
  Event event;
  event.kind = Event::Kind::attempt;
  event.target = target;
  event.call = output.call;
  event.attempt = output.attempt;
  event.endpoint = output.endpoint;
  const std::uint64_t fate = random_.below(100);
  if (fate < 2) {
    event.input = AttemptInput::failed(FailureKind::connect);
    return at(exponential(300e3), event);
  }
  const Duration connecting = exponential(50e3);
  at(connecting, event);
  if (fate < 3) return;
  const double slowness = output.endpoint == 0 ? 5 : 1;
  const Duration answer =
      connecting + exponential(slowness * static_cast<double>(options_.service_time.count()));
  if (fate < 5) {
    event.input = AttemptInput::failed(FailureKind::reset);
    return at(answer, event);
  }
  const bool fails = random_.below(100) < (output.endpoint == 1 ? 30 : 2);
  const bool in_pieces = random_.below(4) == 0;
  const bool switches = in_pieces && random_.below(50) == 0;  // to another protocol
  const std::uint16_t failure = fails && options_.pushback > 0 && random_.below(2) == 0 ? 429 : 503;
  event.input = AttemptInput::response_head(fails ? failure : switches ? 101 : 200, !in_pieces);
  if (fails && options_.pushback > 0 && random_.bernoulli(options_.pushback)) {
    event.input.retry_after = random_.below(3) == 0 ? Duration(-1) : exponential(3e6);
  }
  at(answer, event);
  if (!in_pieces) return;
  event.input = AttemptInput::response_end();
  at(answer + exponential(500e3), event);
}

void JournalLoad::drain(std::uint32_t target) {
  Outputs& outputs = targets_[target]->outputs();
  for (const Output& output : outputs) {
    const bool dark = output.kind == Output::Kind::start_probe && output.asks == ReportFor::shadow;
    ++(dark ? dark_decisions_ : decisions_);
    if (output.kind == Output::Kind::start_attempt) launch(target, output);
    if (output.kind == Output::Kind::finish) ++outcomes_[static_cast<std::size_t>(output.outcome.failure)];
    if (output.kind == Output::Kind::start_probe) send_probe(target, output);
    if (output.kind != Output::Kind::wake_at) continue;
    Event event;
    event.kind = Event::Kind::timer;
    event.target = target;
    event.call = output.call;
    at(output.at - now_, event);
  }
  outputs.clear();
}

}  // namespace meshtwin::test
