#include "sim/cli/replay_report.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "core/config/policy_words.h"
#include "sim/cli/table.h"
#include "sim/cli/wording.h"

namespace meshtwin {
namespace {

std::uint64_t sum(const ReplaySummary& summary, std::uint64_t ReplayReport::*count) {
  std::uint64_t all = 0;
  for (const ReplayReport& worker : summary.workers) all += worker.*count;
  return all;
}

const ReplayReport* first_diverging(const ReplaySummary& summary) {
  const auto found = std::ranges::find_if(summary.workers, [](const auto& w) { return w.first.has_value(); });
  return found == summary.workers.end() ? nullptr : &*found;
}

// The upstreams of all workers, those of one name and policy as one.
std::vector<UpstreamReplay> upstreams_of(const ReplaySummary& summary) {
  std::map<std::pair<std::string, std::string>, UpstreamReplay> merged;
  for (const ReplayReport& worker : summary.workers) {
    for (const auto& [number, part] : worker.upstreams) {
      UpstreamReplay& whole = merged[{part.name, part.policy_sha256}];
      whole.name = part.name;
      whole.policy = part.policy;
      whole.policy_sha256 = part.policy_sha256;
      whole.inputs += part.inputs;
      whole.decisions += part.decisions;
      whole.divergences += part.divergences;
      for (const auto& [endpoint, name] : part.endpoint_names) whole.endpoint_names[endpoint] = name;
      whole.comparison.picks += part.comparison.picks;
      whole.comparison.differing += part.comparison.differing;
      whole.comparison.attempts += part.comparison.attempts;
      for (const auto& [endpoint, share] : part.comparison.by_endpoint) {
        whole.comparison.by_endpoint[endpoint].recorded += share.recorded;
        whole.comparison.by_endpoint[endpoint].other += share.other;
      }
    }
  }
  std::vector<UpstreamReplay> list;
  for (auto& [key, upstream] : merged) list.push_back(std::move(upstream));
  return list;
}

std::string utc(std::int64_t epoch_ns, Time time) {
  const std::int64_t ns = epoch_ns + time.time_since_epoch().count();
  const std::int64_t seconds = ns / 1'000'000'000 - (ns % 1'000'000'000 < 0 ? 1 : 0);
  return fmt::format("{:%F %T} UTC", fmt::gmtime(static_cast<std::time_t>(seconds)));
}

std::string endpoint_name(const std::map<EndpointIndex, std::string>& names, EndpointIndex endpoint) {
  const auto known = names.find(endpoint);
  return known == names.end() ? fmt::format("endpoint {}", endpoint) : known->second;
}

std::string balancer_word(const PolicyConfig& policy) {
  return std::string(kBalancerWords[policy.balancer.index()]);
}

std::string headline(const ReplaySummary& summary, const Paint& paint) {
  const ReplayReport& one = summary.workers.front();
  std::optional<std::pair<std::int64_t, std::int64_t>> span;
  for (const ReplayReport& worker : summary.workers) {
    if (!worker.from) continue;
    const std::int64_t from = worker.epoch_ns + worker.from->time_since_epoch().count();
    const std::int64_t to = worker.epoch_ns + worker.to.time_since_epoch().count();
    span = span ? std::pair(std::min(span->first, from), std::max(span->second, to)) : std::pair(from, to);
  }
  std::string text =
      paint.bold(fmt::format("{} worker{}, {} segment{}, recorded by {}", summary.workers.size(),
                             summary.workers.size() == 1 ? "" : "s", summary.segments(),
                             summary.segments() == 1 ? "" : "s", one.program)) +
      "\n";
  if (span) {
    text += fmt::format("  {} to {} ({:.1f} s), replayed in {:.2f} s\n", utc(span->first, Time{}),
                        utc(span->second, Time{}), static_cast<double>(span->second - span->first) * 1e-9,
                        summary.wall_seconds);
  }
  return text;
}

std::string counts(const ReplaySummary& summary, const Paint& paint) {
  const std::uint64_t inputs = sum(summary, &ReplayReport::inputs);
  const double bytes = static_cast<double>(sum(summary, &ReplayReport::bytes));
  std::string text =
      fmt::format("  inputs       {}, {:.1f} bytes each, decisions and checkpoints included\n",
                  with_separators(inputs), inputs > 0 ? bytes / static_cast<double>(inputs) : 0.0);
  text += fmt::format("  decisions    {}\n", with_separators(sum(summary, &ReplayReport::decisions)));
  const std::uint64_t gaps = sum(summary, &ReplayReport::gaps);
  const std::uint64_t missing = sum(summary, &ReplayReport::missing);
  const std::uint64_t torn = sum(summary, &ReplayReport::torn) + summary.unfinished.size();
  text += fmt::format("  gaps         {}", gaps);
  if (gaps > 0)
    text +=
        fmt::format(", of {} inputs that found no room", with_separators(sum(summary, &ReplayReport::lost)));
  if (missing > 0)
    text += fmt::format("; {} inputs are in parts that are damaged or missing", with_separators(missing));
  text += "\n";
  if (const std::size_t damaged = summary.damaged.size(); damaged > 0) {
    text += fmt::format("  damaged      {}\n",
                        paint.bad(fmt::format("{} file{}", damaged, damaged == 1 ? "" : "s")));
  }
  if (torn > 0) text += fmt::format("  torn off     the end of {} segment{}\n", torn, torn == 1 ? "" : "s");
  const std::uint64_t divergences = summary.divergences();
  const std::string shown = with_separators(divergences);
  text += fmt::format("  divergences  {}\n", divergences == 0 ? paint.good(shown) : paint.bad(shown));
  return text;
}

std::string damage(const ReplaySummary& summary, const Paint& paint, std::size_t width) {
  constexpr std::size_t kShown = 10;
  if (summary.damaged.empty()) return {};
  std::string text = "\n" + paint.bold("Damage, behind which nothing of the file is replayed") + "\n";
  for (std::size_t i = 0; i < std::min(summary.damaged.size(), kShown); ++i) {
    const DamagedFile& file = summary.damaged[i];
    text += wrapped(fmt::format("{}: {}", file.path, file.problem), "  ", width);
  }
  if (summary.damaged.size() > kShown)
    text += fmt::format("  and {} more; --json names all of them\n", summary.damaged.size() - kShown);
  return text;
}

std::string upstream_table(const ReplaySummary& summary, std::size_t width) {
  using Align = Table::Align;
  Table table({{"upstream", Align::left},
               {"policy", Align::left},
               {"balancer", Align::left, 1},
               {"inputs", Align::right, 2},
               {"decisions"},
               {"divergences"}});
  for (const UpstreamReplay& upstream : upstreams_of(summary)) {
    table.add({upstream.name, upstream.policy_sha256.substr(0, 8), balancer_word(upstream.policy),
               with_separators(upstream.inputs), with_separators(upstream.decisions),
               with_separators(upstream.divergences)});
  }
  return table.text("  ", width);
}

std::string first_divergence(const ReplaySummary& summary, const Paint& paint, std::size_t width) {
  const ReplayReport* worker = first_diverging(summary);
  if (worker == nullptr) return {};
  const Divergence& first = *worker->first;
  std::string text = "\n" + paint.bold("The first divergence") + "\n";
  text += fmt::format("  input {} of worker {}, {} ({:.6f} s), upstream {}\n", with_separators(first.input),
                      worker->worker, utc(worker->epoch_ns, first.now),
                      to_seconds(first.now.time_since_epoch()), first.upstream);
  text += fmt::format("  {}, offset {}\n", summary.first_file, first.offset);
  text += wrapped("input:    " + first.what, "  ", width);
  text += wrapped("recorded: " + first.recorded, "  ", width);
  text += wrapped("replayed: " + first.replayed, "  ", width);
  for (const Divergence::EndpointState& endpoint : first.endpoints) {
    const std::string known = endpoint.name.empty() ? std::string() : fmt::format(" ({})", endpoint.name);
    text += fmt::format("  endpoint {}{} afterwards: {}, {} active, weight {}, {} {:.6g}\n",
                        endpoint.endpoint, known, name(endpoint.view.standing), endpoint.view.active,
                        endpoint.view.weight, endpoint.view.meaning.name, endpoint.view.score);
  }
  return text;
}

std::vector<std::string> not_evaluated(const PolicyConfig& policy) {
  std::vector<std::string> parts;
  if (policy.retry.max_attempts > 1) parts.push_back("retries");
  if (policy.timeout || policy.retry.per_try_timeout) parts.push_back("timeouts");
  if (policy.hedge) parts.push_back("hedges");
  if (policy.breaker) parts.push_back("the breaker");
  const LimitsConfig& limits = policy.limits;
  if (limits.connections || limits.pending || limits.requests || limits.retries) parts.push_back("limits");
  return parts;
}

std::string share_of(std::uint64_t part, std::uint64_t whole) {
  return as_percent(whole > 0 ? static_cast<double>(part) / static_cast<double>(whole) : 0);
}

std::string share_table(const UpstreamReplay& upstream, std::size_t width) {
  constexpr std::size_t kShown = 8;
  using Row = std::pair<EndpointIndex, PickComparison::Share>;
  std::vector<Row> rows(upstream.comparison.by_endpoint.begin(), upstream.comparison.by_endpoint.end());
  const auto change = [](const Row& row) {
    return std::fabs(static_cast<double>(row.second.recorded) - static_cast<double>(row.second.other));
  };
  std::ranges::stable_sort(rows, [&](const Row& a, const Row& b) { return change(a) > change(b); });
  Table table({{"endpoint", Table::Align::left}, {"recorded"}, {"other"}});
  for (std::size_t i = 0; i < std::min(rows.size(), kShown); ++i) {
    table.add({endpoint_name(upstream.endpoint_names, rows[i].first),
               share_of(rows[i].second.recorded, upstream.comparison.picks),
               share_of(rows[i].second.other, upstream.comparison.picks)});
  }
  std::string text = table.text("    ", width);
  if (rows.size() > kShown)
    text += fmt::format("    and {} more, whose shares change less\n", rows.size() - kShown);
  return text;
}

std::string comparison(const ReplaySummary& summary, const Paint& paint, std::size_t width) {
  if (!summary.other) return {};
  std::string text =
      "\n" +
      paint.bold(fmt::format("What {} ({}, {}) would have picked", summary.other_file,
                             balancer_word(summary.other->config), summary.other->sha256.substr(0, 8))) +
      "\n";
  text += wrapped(
      "Decisions on recorded states, not predicted latencies: each pick sees the active requests that the "
      "recorded policy led to.",
      "  ", width);
  for (const UpstreamReplay& upstream : upstreams_of(summary)) {
    const PickComparison& c = upstream.comparison;
    text += fmt::format("  {}: {} of {} picks differ ({})\n", upstream.name, with_separators(c.differing),
                        with_separators(c.picks), share_of(c.differing, c.picks));
    text += share_table(upstream, width);
    if (c.attempts > c.picks) {
      text += fmt::format("    {} further attempts went where retry.host said\n",
                          with_separators(c.attempts - c.picks));
    }
  }
  const std::vector<std::string> rest = not_evaluated(summary.other->config);
  if (!rest.empty())
    text += wrapped(fmt::format("Not evaluated of {}: {}.", summary.other_file, fmt::join(rest, ", ")), "  ",
                    width);
  return text;
}

nlohmann::ordered_json as_json(const Divergence& first, const ReplayReport& worker, const std::string& file) {
  nlohmann::ordered_json out = {
      {"worker", worker.worker},    {"file", file},         {"segment", first.segment},
      {"offset", first.offset},     {"input", first.input}, {"time_ns", first.now.time_since_epoch().count()},
      {"upstream", first.upstream}, {"what", first.what},   {"recorded", first.recorded},
      {"replayed", first.replayed}};
  out["endpoints"] = nlohmann::ordered_json::array();
  for (const Divergence::EndpointState& endpoint : first.endpoints) {
    out["endpoints"].push_back({{"endpoint", endpoint.endpoint},
                                {"name", endpoint.name},
                                {"standing", name(endpoint.view.standing)},
                                {"active", endpoint.view.active},
                                {"weight", endpoint.view.weight},
                                {"score", endpoint.view.score}});
  }
  return out;
}

nlohmann::ordered_json as_json(const UpstreamReplay& upstream, bool compared) {
  nlohmann::ordered_json out = {{"name", upstream.name},
                                {"policy_sha256", upstream.policy_sha256},
                                {"inputs", upstream.inputs},
                                {"decisions", upstream.decisions},
                                {"divergences", upstream.divergences}};
  if (!compared) return out;
  const PickComparison& c = upstream.comparison;
  out["picks"] = c.picks;
  out["picks_differing"] = c.differing;
  out["attempts_without_balancer"] = c.attempts > c.picks ? c.attempts - c.picks : 0;
  out["picks_by_endpoint"] = nlohmann::ordered_json::array();
  for (const auto& [endpoint, share] : c.by_endpoint) {
    const auto known = upstream.endpoint_names.find(endpoint);
    out["picks_by_endpoint"].push_back({{"endpoint", endpoint},
                                        {"name", known == upstream.endpoint_names.end() ? "" : known->second},
                                        {"recorded", share.recorded},
                                        {"other", share.other}});
  }
  return out;
}

}  // namespace

std::uint64_t ReplaySummary::segments() const { return sum(*this, &ReplayReport::segments); }

std::uint64_t ReplaySummary::divergences() const { return sum(*this, &ReplayReport::divergences); }

bool ReplaySummary::whole() const { return damaged.empty() && sum(*this, &ReplayReport::missing) == 0; }

std::string report(const ReplaySummary& summary, const Paint& paint, std::size_t width) {
  return headline(summary, paint) + counts(summary, paint) + damage(summary, paint, width) + "\n" +
         upstream_table(summary, width) + first_divergence(summary, paint, width) +
         comparison(summary, paint, width);
}

nlohmann::ordered_json replay_document(const ReplaySummary& summary) {
  const std::uint64_t inputs = sum(summary, &ReplayReport::inputs);
  const std::uint64_t bytes = sum(summary, &ReplayReport::bytes);
  nlohmann::ordered_json out = {
      {"workers", summary.workers.size()},
      {"segments", summary.segments()},
      {"recorded_by", summary.workers.front().program},
      {"bytes", bytes},
      {"inputs", inputs},
      {"decisions", sum(summary, &ReplayReport::decisions)},
      {"bytes_per_input", inputs > 0 ? static_cast<double>(bytes) / static_cast<double>(inputs) : 0},
      {"checkpoints", sum(summary, &ReplayReport::checkpoints)},
      {"gaps", sum(summary, &ReplayReport::gaps)},
      {"lost_inputs", sum(summary, &ReplayReport::lost)},
      {"missing_inputs", sum(summary, &ReplayReport::missing)},
      {"torn_segments", sum(summary, &ReplayReport::torn) + summary.unfinished.size()},
      {"divergences", summary.divergences()},
      {"wall_seconds", summary.wall_seconds}};
  out["damaged_files"] = nlohmann::ordered_json::array();
  for (const DamagedFile& file : summary.damaged) {
    out["damaged_files"].push_back({{"file", file.path}, {"problem", file.problem}});
  }
  const ReplayReport* worker = first_diverging(summary);
  out["first_divergence"] =
      worker == nullptr ? nlohmann::ordered_json() : as_json(*worker->first, *worker, summary.first_file);
  if (summary.other) {
    out["other_policy"] = {{"file", summary.other_file},
                           {"policy_sha256", summary.other->sha256},
                           {"meaning", "decisions on recorded states, not predicted latencies"},
                           {"not_evaluated", not_evaluated(summary.other->config)}};
  }
  out["upstreams"] = nlohmann::ordered_json::array();
  for (const UpstreamReplay& upstream : upstreams_of(summary)) {
    out["upstreams"].push_back(as_json(upstream, summary.other.has_value()));
  }
  return out;
}

}  // namespace meshtwin
