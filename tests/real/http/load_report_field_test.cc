#include "real/http/load_report_field.h"

#include <catch2/catch.hpp>
#include <string>

namespace meshtwin::test {
namespace {

using std::chrono::microseconds;

TEST_CASE("A load report that was written is read again") {
  LoadReport report;
  report.application_utilization = 0.1 + 0.2;
  report.cpu_utilization = 0.25;
  report.requests_per_second = 1234.5;
  report.errors_per_second = 1e-7;
  report.in_flight = 7;
  report.latency = microseconds(1'500);
  report.service_time = microseconds(3);
  std::string line;
  append_load_report(report, line);
  REQUIRE(line.starts_with("endpoint-load-metrics: TEXT "));
  REQUIRE(line.ends_with("\r\n"));
  CHECK(parse_load_report(line.substr(23, line.size() - 25)) == report);
  std::string nothing;
  append_load_report({}, nothing);
  CHECK(parse_load_report(nothing.substr(23, nothing.size() - 25)) == LoadReport{});
}

TEST_CASE("Load reports of others are understood, and what makes no sense is no report") {
  const auto report = parse_load_report("TEXT cpu_utilization=0.3, mem_utilization=0.8, rps_fractional = 10,"
                                        "named_metrics.foo=1,,eps=0.5");
  REQUIRE(report);
  CHECK(report->cpu_utilization == 0.3);
  CHECK(report->requests_per_second == 10);
  CHECK(report->errors_per_second == 0.5);
  CHECK_FALSE(report->in_flight);
  for (const char* bad : {"", "cpu_utilization=0.3", "JSON {\"cpu_utilization\": 0.3}", "TEXTcpu_utilization=1",
                          "TEXT cpu_utilization", "TEXT cpu_utilization=", "TEXT cpu_utilization=1x",
                          "TEXT cpu_utilization=-1", "TEXT eps=inf", "TEXT eps=nan", "TEXT eps=1e999"}) {
    INFO(bad);
    CHECK_FALSE(parse_load_report(bad));
  }
  const auto huge = parse_load_report("TEXT named_metrics.requests_in_flight=1e30,named_metrics.latency_seconds=1e30");
  REQUIRE(huge);
  CHECK(*huge == LoadReport{});
}

}  // namespace
}  // namespace meshtwin::test
