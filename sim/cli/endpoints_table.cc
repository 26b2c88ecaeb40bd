#include "sim/cli/endpoints_table.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "sim/cli/table.h"
#include "sim/cli/wording.h"

namespace meshtwin {
namespace {

constexpr std::size_t kMostShown = 8;       // of one service
constexpr double kStandsOut = 0.2;          // of the median
constexpr double kSmallDifference = 0.005;  // of the attempts or the time: too little to stand out

struct Row {
  const EndpointResult* endpoint = nullptr;
  double share = 0, failed = 0, busy = 0;
  double apart = 0;  // how far from the medians
};

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2),
                   values.end());
  return values[values.size() / 2];
}

std::vector<Row> rows_of(const ServiceResult& service) {
  double attempts = 0;
  for (const EndpointResult& e : service.endpoints) attempts += static_cast<double>(e.attempts);
  std::vector<Row> rows;
  for (const EndpointResult& e : service.endpoints) {
    const auto own = static_cast<double>(e.attempts);
    rows.push_back({&e, attempts > 0 ? own / attempts : 0,
                    own > 0 ? static_cast<double>(e.failures) / own : 0, e.utilization, 0});
  }
  for (double Row::*value : {&Row::share, &Row::failed, &Row::busy}) {
    std::vector<double> values;
    for (const Row& row : rows) values.push_back(row.*value);
    const double middle = median(std::move(values));
    // A share is small where endpoints are many; the other two are about each endpoint alone.
    const double scale = std::max(middle, value == &Row::share ? 1e-12 : kSmallDifference / kStandsOut);
    for (Row& row : rows) row.apart = std::max(row.apart, std::fabs(row.*value - middle) / scale);
  }
  return rows;
}

std::string share_range(const std::vector<Row>& rows, double Row::*value) {
  const auto [low, high] = std::minmax_element(
      rows.begin(), rows.end(), [&](const Row& a, const Row& b) { return a.*value < b.*value; });
  if ((*high).*value <= 0) return "-";
  const std::string from = fmt::format("{:.1f}", (*low).*value * 100);
  const std::string to = fmt::format("{:.1f}", (*high).*value * 100);
  return from == to ? as_percent((*high).*value) : fmt::format("{} to {} %", from, to);
}

void add_service(Table& table, const ServiceResult& service) {
  std::vector<Row> rows = rows_of(service);
  std::stable_sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) { return a.apart > b.apart; });
  const auto first_alike =
      std::find_if(rows.begin(), rows.end(), [](const Row& row) { return row.apart < kStandsOut; });
  auto shown = static_cast<std::size_t>(first_alike - rows.begin());
  if (rows.size() - shown == 1) ++shown;
  if (shown > kMostShown) shown = kMostShown;
  std::vector<Row> others(rows.begin() + static_cast<std::ptrdiff_t>(shown), rows.end());
  rows.resize(shown);
  std::stable_sort(rows.begin(), rows.end(),
                   [](const Row& a, const Row& b) { return a.endpoint < b.endpoint; });
  for (const Row& row : rows) {
    table.add({row.endpoint->id, as_percent(row.share), row.failed > 0 ? as_percent(row.failed) : "-",
               as_percent(row.busy)});
  }
  if (others.empty()) return;
  const std::string name =
      fmt::format("{}, {} {}", service.name, rows.empty() ? "all" : "the other", others.size());
  table.add({name, share_range(others, &Row::share), share_range(others, &Row::failed),
             share_range(others, &Row::busy)});
}

}  // namespace

std::string endpoints_table(const std::vector<ServiceResult>& services, std::size_t width) {
  Table table({{"endpoint", Table::Align::left}, {"attempts"}, {"failed"}, {"busy"}});
  bool any = false;
  for (const ServiceResult& service : services) {
    if (service.endpoints.size() < 2 || service.attempts == 0) continue;
    add_service(table, service);
    any = true;
  }
  return any ? table.text("  ", width) : "";
}

}  // namespace meshtwin
