#include "real/testbed/measurement.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "core/call/response_class.h"
#include "core/results/recorder.h"
#include "real/testbed/bottlenecks.h"

namespace meshtwin {
namespace {

bool is_failure(FailureKind kind) { return kind != FailureKind::none && kind != FailureKind::cancelled; }

// One thing to tell the recorder, which wants them in order of time.
struct Happening {
  enum class Kind : std::uint8_t { started, attempt, finished };
  Time at{};
  Kind kind = Kind::started;
  std::uint32_t call = 0;
  AttemptReport attempt;
};

class Account {
 public:
  Account(const Scenario& scenario, const PlayedRun& run)
      : scenario_(scenario), run_(run), recorder_(scenario, true) {
    for (std::uint32_t s = 0; s < scenario.services.size(); ++s) {
      for (std::uint32_t i = 0; i < scenario.services[s].instances; ++i) recorder_.add_endpoint(s);
    }
  }

  Replication settle() {
    collect_calls();
    collect_services();
    std::stable_sort(happenings_.begin(), happenings_.end(),
                     [](const Happening& a, const Happening& b) { return a.at < b.at; });
    const Time end = run_.interrupted ? run_.ended_at : Time(scenario_.duration);
    for (const Happening& happening : happenings_) {
      end_slices_until(std::min(happening.at, end));
      tell(happening);
    }
    end_slices_until(end);
    Replication result;
    result.seed = run_.seed;
    result.events = happenings_.size();
    result.ended_at = run_.ended_at;
    result.partial = run_.interrupted;
    result.slice_length = recorder_.slice_length();
    result.services = recorder_.take(std::max(run_.ended_at, end), run_.interrupted);
    for (std::size_t s = 0; s < run_.shadows.size(); ++s) {
      result.services[s].shadow = run_.shadows[s].counters;
      result.services[s].shadow_shares = run_.shadows[s].shares;
    }
    result.on = "real";
    return result;
  }

 private:
  std::uint32_t service_of(const SentCall& call) const { return scenario_.clients[call.client].service; }

  void collect_calls() {
    const std::vector<SentCall>& calls = run_.generator.calls;
    call_of_seed_.reserve(calls.size());
    for (std::uint32_t i = 0; i < calls.size(); ++i) {
      const SentCall& call = calls[i];
      call_of_seed_.emplace(call.seed, i);
      happenings_.push_back({call.due, Happening::Kind::started, i, {}});
      if (!call.finished()) continue;
      for (std::uint8_t n = 0; n < call.report.attempts_made; ++n) {
        const Time sent = std::clamp(call.sent, call.due, call.done);
        happenings_.push_back({sent, Happening::Kind::attempt, i, call.report.attempts[n]});
      }
      happenings_.push_back({call.done, Happening::Kind::finished, i, {}});
    }
  }

  void collect_services() {
    for (const ServedRequest& request : run_.backend.requests) {
      const auto found = call_of_seed_.find(request.call_seed);
      if (found == call_of_seed_.end()) continue;
      const SentCall& call = run_.generator.calls[found->second];
      if (request.opened) recorder_.connection_opened(request.service, recorder_.counts(call.due));
      // The attempts of a call whose report never came are those that the instances saw.
      if (!call.finished()) {
        happenings_.push_back({std::max(request.received, call.due),
                               Happening::Kind::attempt,
                               found->second,
                               {request.endpoint, {}}});
      }
      if (request.began == kNever) continue;
      recorder_.service_began(request.service, request.endpoint, request.demand, recorder_.counts(call.due));
      const Time until = request.freed == kNever ? run_.ended_at : request.freed;
      recorder_.workers_were_taken(request.service, request.endpoint, 1, request.began, until);
    }
  }

  void end_slices_until(Time time) {
    const Time last(scenario_.duration);
    while (slice_ends() <= time) {
      recorder_.end_slice(slice_ends());
      if (slice_ends() == last) ended_all_ = true;
      ++slices_;
      if (ended_all_) return;
    }
  }
  Time slice_ends() const {
    if (ended_all_) return kNever;
    return std::min(Time(recorder_.slice_length() * (slices_ + 1)), Time(scenario_.duration));
  }

  void tell(const Happening& happening) {
    const SentCall& call = run_.generator.calls[happening.call];
    const std::uint32_t service = service_of(call);
    const AttemptReport& attempt = happening.attempt;
    switch (happening.kind) {
      case Happening::Kind::started:
        return recorder_.call_started(service, call.due);
      case Happening::Kind::attempt:
        if (attempt.endpoint >= scenario_.services[service].instances) return;  // of a proxy gone astray
        recorder_.attempt_started(service, attempt.endpoint, recorder_.counts(call.due));
        if (is_failure(attempt.failure)) {
          recorder_.attempt_failed(service, attempt.endpoint, recorder_.counts(call.due));
        }
        return;
      case Happening::Kind::finished:
        return recorder_.call_finished(service, call.due, call.done, outcome_of(call));
    }
  }

  const Scenario& scenario_;
  const PlayedRun& run_;
  Recorder recorder_;
  std::unordered_map<std::uint64_t, std::uint32_t> call_of_seed_;
  std::vector<Happening> happenings_;
  std::int64_t slices_ = 0;
  bool ended_all_ = false;
};

// Whose answer or failure ended the call.
EndpointIndex deciding_endpoint(const CallReport& report) {
  switch (report.outcome) {
    case FailureKind::none:
    case FailureKind::connect:
    case FailureKind::local:
    case FailureKind::reset:
    case FailureKind::error_5xx:
    case FailureKind::tls:
    case FailureKind::protocol:
    case FailureKind::throttled:
      for (std::size_t n = report.attempts_made; n-- > 0;) {
        if (report.attempts[n].failure == report.outcome) return report.attempts[n].endpoint;
      }
      return kNoEndpoint;
    default:
      return kNoEndpoint;
  }
}

}  // namespace

Outcome outcome_of(const SentCall& call) {
  return as_caller_counts({call.report.outcome, call.status, call.report.attempts_made});
}

Replication replication_of(const Scenario& scenario, const PlayedRun& run) {
  Replication replication = Account(scenario, run).settle();
  Histogram latency;
  for (const ServiceTotals& service : replication.services) {
    latency.merge(service.success_latency);
    latency.merge(service.failure_latency);
  }
  replication.warnings = bottlenecks(run, latency.quantile(.5));
  replication.warnings.insert(replication.warnings.end(), run.warnings.begin(), run.warnings.end());
  return replication;
}

CallLog call_log_of(const Scenario& scenario, const PlayedRun& run) {
  CallLogger logger(scenario.clients.size());
  for (const SentCall& call : run.generator.calls) {
    if (std::holds_alternative<ClosedArrivals>(scenario.clients[call.client].arrivals)) continue;
    logger.started(call.client, call.number, call.due);
    if (!call.finished()) continue;
    logger.finished(call.client, call.number, call.done, outcome_of(call), deciding_endpoint(call.report));
  }
  return logger.take();
}

}  // namespace meshtwin
