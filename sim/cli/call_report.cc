#include "sim/cli/call_report.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/upstream/decision_words.h"
#include "sim/cli/table.h"
#include "sim/cli/wording.h"

namespace meshtwin {
namespace {

std::string endpoint_name(const std::string& service, EndpointIndex endpoint) {
  return fmt::format("{}/{}", service, endpoint);
}

std::string attempt_words(const Decision& decision) {
  return fmt::format("{} {}", decision.of.hedge ? "hedge, attempt" : "attempt", decision.of.attempt + 1);
}

std::string headline(const Decision& decision, const std::string& service) {
  switch (decision.kind) {
    case Decision::Kind::pick:
      if (decision.pick == Pick::Kind::picked && decision.trace.winner()) {
        return fmt::format("{} goes to {}", attempt_words(decision), endpoint_name(service, *decision.trace.winner()));
      }
      return fmt::format("{} goes nowhere: {}", attempt_words(decision), name(decision.pick));
    case Decision::Kind::rejected_limit:
      return "the call is rejected: limits.requests is reached";
    case Decision::Kind::rejected_breaker:
      return fmt::format("{} is rejected: the service's breaker is open", attempt_words(decision));
    case Decision::Kind::throttled:
      return "the call is not made: the rate limit is in the way";
    case Decision::Kind::shed:
      return "the call is shed: throttling, a concurrency limit or a shedding policy is in the way";
    case Decision::Kind::hedge_refused:
      return "a hedge is left out: the hedges' budget is spent";
    case Decision::Kind::pending:
      return fmt::format("{} waits for a connection or for endpoints", attempt_words(decision));
    case Decision::Kind::pending_overflow:
      return fmt::format("{} is rejected: limits.pending is reached", attempt_words(decision));
    case Decision::Kind::retry:
      if (decision.verdict == RetryVerdict::granted) {
        return fmt::format("attempt {} failed ({}): another one is granted", decision.of.attempt + 1,
                           name(decision.failure));
      }
      return fmt::format("attempt {} failed ({}): no other one, {}", decision.of.attempt + 1, name(decision.failure),
                         name(decision.verdict));
    case Decision::Kind::hedge_skipped:
      return "a hedge is left out: a breaker or limits.connections is in the way";
  }
  return {};
}

std::string candidates_text(const PickTrace& trace, const std::string& service, const Paint& paint) {
  Table table({{"", Table::Align::left}, {std::string(trace.meaning().name)}, {"", Table::Align::left}});
  for (const PickCandidate& candidate : trace.candidates()) {
    const bool winner = trace.winner() == candidate.endpoint;
    table.add({endpoint_name(service, candidate.endpoint), as_number(candidate.score),
               winner ? "picked" : candidate.excluded ? "left out: tried before, or full" : ""});
  }
  std::string text = table.text("      ");
  if (trace.considered() > trace.candidates().size()) {
    text += paint.dim(fmt::format("      the best of {}", trace.considered())) + "\n";
  }
  return text;
}

}  // namespace

std::string nearest_change(const PickTrace& trace, const std::string& service) {
  const std::optional<double> margin = trace.margin();
  if (!margin) return {};
  const auto other = std::find_if(trace.candidates().begin(), trace.candidates().end(), [&](const PickCandidate& c) {
    return c.endpoint != *trace.winner() && !c.excluded;
  });
  const std::string rival = endpoint_name(service, other->endpoint);
  const char* better = trace.meaning().order == ScoreOrder::lower_wins ? "lower" : "higher";
  if (*margin == 0) return fmt::format("{} has the same score: the tie was broken by order or chance", rival);
  return fmt::format("{} would have been picked with a score {} by more than {}", rival, better, as_number(*margin));
}

std::string call_report(const Scenario& scenario, const CallExplanation& call, const Paint& paint) {
  const ClientConfig& client = scenario.clients[call.client];
  const std::string& service = scenario.services[client.service].name;
  std::string text = paint.bold(fmt::format("call {} of {}/{} to {}, due at {}", call.number, client.name, call.sidecar,
                                            service, as_latency(to_milliseconds(call.due.time_since_epoch())))) +
                     "\n";
  if (call.finished) {
    const std::string outcome =
        call.outcome.ok() ? "succeeded" : fmt::format("failed ({})", name(call.outcome.failure));
    text += fmt::format("  {} after {}, with {} attempt{}\n", outcome,
                        as_latency(to_milliseconds(call.ended - call.due)),
                        call.outcome.attempts, call.outcome.attempts == 1 ? "" : "s");
  } else {
    text += "  not over at the end of the run\n";
  }
  for (const Decision& decision : call.decisions) {
    text += fmt::format("\n  {:>10}  {}\n", "+" + as_latency(to_milliseconds(decision.at - call.due)),
                        headline(decision, service));
    if (decision.kind != Decision::Kind::pick) continue;
    text += paint.dim(fmt::format("      {}", decision.trace.rule())) + "\n";
    if (!decision.trace.candidates().empty()) text += candidates_text(decision.trace, service, paint);
    const std::string change = nearest_change(decision.trace, service);
    if (!change.empty()) text += fmt::format("      {}\n", change);
  }
  return text;
}

nlohmann::ordered_json call_document(const Scenario& scenario, const CallExplanation& call) {
  using Json = nlohmann::ordered_json;
  const ClientConfig& client = scenario.clients[call.client];
  const std::string& service = scenario.services[client.service].name;
  Json decisions = Json::array();
  for (const Decision& decision : call.decisions) {
    Json one{{"time_ms", to_milliseconds(decision.at.time_since_epoch())},
             {"upstream", service},
             {"kind", name(decision.kind)},
             {"attempt", decision.of.attempt},
             {"hedge", decision.of.hedge}};
    if (decision.kind == Decision::Kind::pick) {
      const PickTrace& trace = decision.trace;
      one["outcome"] = name(decision.pick);
      one["endpoint"] = trace.winner() ? Json(endpoint_name(service, *trace.winner())) : Json(nullptr);
      one["rule"] = trace.rule();
      one["score"] = {{"means", trace.meaning().name}, {"order", name(trace.meaning().order)}};
      one["margin"] = trace.margin() ? Json(*trace.margin()) : Json(nullptr);
      one["nearest_change"] = nearest_change(trace, service);
      one["considered"] = trace.considered();
      one["candidates"] = Json::array();
      for (const PickCandidate& candidate : trace.candidates()) {
        one["candidates"].push_back({{"endpoint", endpoint_name(service, candidate.endpoint)},
                                     {"score", candidate.score},
                                     {"excluded", candidate.excluded}});
      }
    } else if (decision.kind == Decision::Kind::retry) {
      one["outcome"] = name(decision.verdict);
      one["failure"] = name(decision.failure);
    } else {
      one["outcome"] = name(decision.kind);
    }
    decisions.push_back(std::move(one));
  }
  return {{"client", client.name},
          {"sidecar", call.sidecar},
          {"call", call.number},
          {"service", service},
          {"due_ms", to_milliseconds(call.due.time_since_epoch())},
          {"latency_ms", call.finished ? Json(to_milliseconds(call.ended - call.due)) : Json(nullptr)},
          {"outcome", call.finished ? Json(name(call.outcome.failure)) : Json(nullptr)},
          {"attempts", call.outcome.attempts},
          {"decisions", decisions}};
}

}  // namespace meshtwin
