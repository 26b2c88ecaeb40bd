#include "real/proxy/admin_pages.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "core/config/wording.h"
#include "real/proxy/config_json.h"
#include "real/proxy/worker_state.h"

namespace meshtwin {
namespace {

WorkerMetrics metrics_of(WorkerState& state) {
  state.update_metrics();
  return state.metrics();
}

using Respond = AdminServer::Respond;

std::int64_t unix_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

// Names that the configuration made up may hold anything; what isn't UTF-8 is shown as such.
std::string text_of(const Json& json) {
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

AdminResponse json_page(const Json& json) { return AdminResponse::json(200, text_of(json)); }

AdminResponse bad_request(const std::string& why) {
  return AdminResponse::json(400, text_of(Json{{"error", why}}));
}

Json reload_json(const std::optional<ReloadStatus>& status) {
  if (!status) return nullptr;
  const auto at = std::chrono::duration_cast<std::chrono::nanoseconds>(status->at.time_since_epoch()).count();
  return {{"at", utc_text(at)},
          {"from", status->from},
          {"ok", status->error.empty()},
          {"error", status->error.empty() ? Json(nullptr) : Json(status->error)}};
}

// Empty where it isn't given.
std::string query_value(const AdminRequest& request, const char* key) {
  const auto given = request.query.find(key);
  return given == request.query.end() ? "" : given->second;
}

// The number of decisions that a request asks for, or why it isn't one.
Result<std::size_t> limit_of(const AdminRequest& request) {
  constexpr std::size_t kDefault = 20;
  constexpr std::size_t kMost = 10'000;
  const auto given = request.query.find("limit");
  if (given == request.query.end()) return kDefault;
  std::size_t limit = 0;
  const std::string& text = given->second;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), limit);
  if (error == std::errc{} && end == text.data() + text.size() && limit >= 1 && limit <= kMost) return limit;
  return Error{fmt::format("limit={} isn't a whole number from 1 to {}", on_one_line(text), kMost)};
}

}  // namespace

struct AdminPages::Page {
  std::string_view method;
  std::string_view path;
  std::string_view what;
  void (AdminPages::*show)(const AdminRequest&, const Respond&);
};

std::span<const AdminPages::Page> AdminPages::pages() {
  static constexpr std::array<Page, 7> kPages{{
      {"GET", "/healthz", "200 while the proxy runs", &AdminPages::healthz},
      {"GET", "/ready", "200 while requests are taken, else 503", &AdminPages::ready},
      {"GET", "/metrics", "counts and durations for Prometheus", &AdminPages::metrics},
      {"GET", "/config", "the configuration in force, and how the last reload went", &AdminPages::config},
      {"POST", "/config", "reloads the file; with a body: takes that up in its place",
       &AdminPages::change_config},
      {"GET", "/upstreams", "each endpoint: its standing and why, load, score, totals",
       &AdminPages::upstreams},
      {"GET", "/explain", "the last decisions and their reasons; ?upstream=NAME&request_id=ID&limit=N",
       &AdminPages::explain},
  }};
  return kPages;
}

std::string AdminPages::list_of_pages() {
  std::string out;
  for (const Page& page : pages()) out += fmt::format("{:4} {:11} {}\n", page.method, page.path, page.what);
  return out;
}

void AdminPages::handle(const AdminRequest& request, const Respond& respond) {
  std::string allowed;
  for (const Page& page : pages()) {
    if (page.path != request.path) continue;
    if (page.method == request.method) return (this->*page.show)(request, respond);
    allowed += fmt::format("{}{}", allowed.empty() ? "" : ", ", page.method);
  }
  if (request.path == "/" && request.method == "GET")
    return respond(AdminResponse::text(200, list_of_pages()));
  if (allowed.empty()) {
    return respond(AdminResponse::text(
        404, fmt::format("there is no {}; known are:\n{}", on_one_line(request.path), list_of_pages())));
  }
  AdminResponse response = AdminResponse::text(405, fmt::format("{} takes {}\n", request.path, allowed));
  response.allow = allowed;
  respond(std::move(response));
}

void AdminPages::healthz(const AdminRequest&, const Respond& respond) {
  respond(AdminResponse::text(200, "ok\n"));
}

void AdminPages::ready(const AdminRequest&, const Respond& respond) {
  if (supervisor_.ready()) return respond(AdminResponse::text(200, "ready\n"));
  respond(AdminResponse::text(503, supervisor_.draining() ? "draining\n" : "starting\n"));
}

std::vector<SuppliedUpstream> AdminPages::supplied() const {
  std::vector<SuppliedUpstream> out;
  for (const UpstreamConfig& upstream : supervisor_.config().upstreams) {
    SuppliedUpstream one{&upstream, {}, {}, {}};
    if (const UpstreamSupply* supply = supervisor_.supply(upstream.name)) {
      one.endpoints = supply->endpoints();
      one.discovery = supply->discovery();
      for (const EndpointStatus& status : one.endpoints) {
        one.health_problems.push_back(supply->health_problem(status.endpoint));
      }
    }
    out.push_back(std::move(one));
  }
  return out;
}

ProcessMetrics AdminPages::process_metrics() const {
  ProcessMetrics out;
  out.config = &supervisor_.config();
  for (SuppliedUpstream& upstream : supplied()) {
    out.upstreams.push_back({upstream.config->name, std::move(upstream.endpoints),
                             upstream.discovery.update_success, upstream.discovery.update_failure});
  }
  out.uptime = loop_.now().time_since_epoch();
  out.ready = supervisor_.ready();
  out.reloads = supervisor_.reloads();
  out.reloads_refused = supervisor_.reloads_refused();
  out.access_log_write_errors = supervisor_.outlets().access_log_write_errors();
  if (const JournalFolder* journal = supervisor_.outlets().journal()) {
    out.journal_bytes = journal->bytes_written();
    out.journal_disk_bytes = journal->bytes_on_disk();
    out.journal_write_errors = journal->write_errors();
  }
  return out;
}

void AdminPages::metrics(const AdminRequest&, const Respond& respond) {
  supervisor_.workers().ask<WorkerMetrics>(metrics_of, [this, respond](std::vector<WorkerMetrics> workers) {
    AdminResponse response =
        AdminResponse::text(200, metrics_page(merged(std::move(workers)), process_metrics()));
    response.content_type = "text/plain; version=0.0.4; charset=utf-8";
    respond(std::move(response));
  });
}

void AdminPages::config(const AdminRequest&, const Respond& respond) {
  const ProxyConfig& config = supervisor_.config();
  respond(json_page(Json{{"version", config.version},
                         {"file", supervisor_.config_file()},
                         {"last_reload", reload_json(supervisor_.last_reload())},
                         {"reloads", supervisor_.reloads()},
                         {"reloads_refused", supervisor_.reloads_refused()},
                         {"config", proxy_config_json(config)}}));
}

void AdminPages::change_config(const AdminRequest& request, const Respond& respond) {
  const auto answer = [this, respond](const std::optional<Error>& error) {
    if (error) return respond(bad_request(error->message));
    respond(json_page(Json{{"version", supervisor_.config().version}}));
  };
  if (request.body.empty()) return supervisor_.reload(answer);
  supervisor_.reload_text(request.body, "POST /config", answer);
}

void AdminPages::upstreams(const AdminRequest&, const Respond& respond) {
  using Answer = std::pair<WorkerReport, WorkerMetrics>;
  supervisor_.workers().ask<Answer>(
      [](WorkerState& state) {
        return Answer{report_upstreams(state), metrics_of(state)};
      },
      [this, respond](std::vector<Answer> answers) {
        std::vector<WorkerReport> reports;
        std::vector<WorkerMetrics> metrics;
        for (Answer& answer : answers) {
          reports.push_back(std::move(answer.first));
          metrics.push_back(std::move(answer.second));
        }
        respond(json_page(upstreams_json(supplied(), reports, merged(std::move(metrics)))));
      });
}

void AdminPages::explain(const AdminRequest& request, const Respond& respond) {
  const Result<std::size_t> limit = limit_of(request);
  if (!limit) return respond(bad_request(limit.error().message));
  const std::string upstream = query_value(request, "upstream");
  std::vector<std::string> known;
  for (const UpstreamConfig& one : supervisor_.config().upstreams) known.push_back(one.name);
  if (!upstream.empty() && std::find(known.begin(), known.end(), upstream) == known.end()) {
    return respond(bad_request(no_such("upstream", upstream, known)));
  }
  using Answer = std::vector<DecisionsReport>;
  supervisor_.workers().ask<Answer>(
      [asked = DecisionsAsked{upstream, query_value(request, "request_id"), limit.value()}](
          WorkerState& state) { return report_decisions(state, asked); },
      [this, respond, count = limit.value()](const std::vector<Answer>& answers) {
        const std::int64_t offset = unix_ns() - (monotonic_ns() - loop_.origin_ns());
        respond(json_page(decisions_json(answers, count, offset)));
      });
}

}  // namespace meshtwin
