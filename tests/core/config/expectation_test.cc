#include "core/config/expectation.h"

#include <catch2/catch.hpp>

using namespace meshtwin;

namespace {

const std::vector<std::string> kServices{"checkout", "db"};

std::string error_of(std::string_view text) {
  const Result<Expectation> expectation = parse_expectation(text, kServices);
  return expectation ? "no error" : expectation.error().message;
}

}  // namespace

TEST_CASE("expectations are read with any spacing and each operator") {
  const Expectation first = parse_expectation("db.latency.p999<=1.5s", kServices).value();
  CHECK(first.text == "db.latency.p999<=1.5s");
  CHECK(first.service == 1);
  CHECK(first.metric == "latency.p999");
  CHECK(first.comparison == Comparison::less_equal);
  CHECK(first.value == 1500);
  CHECK(parse_expectation(" checkout.success_rate > 0.5 ", kServices).value().comparison ==
        Comparison::greater);
  CHECK(parse_expectation("db.requests < 1e6", kServices).value().value == 1e6);
  CHECK(parse_expectation("db.failures.5xx == 0", kServices).value().comparison == Comparison::equal);
  CHECK(parse_expectation("db.attempts_per_request >= 1", kServices).value().comparison ==
        Comparison::greater_equal);
}

TEST_CASE("every metric can be named") {
  for (const Metric& metric : expectation_metrics()) {
    const std::string bound = metric.unit == MetricUnit::duration ? "1ms" : "1";
    INFO(metric.name);
    CHECK(parse_expectation("db." + metric.name + " <= " + bound, kServices).ok());
  }
  CHECK(expectation_metrics().size() == 52);
}

TEST_CASE("bad expectations name the part that is wrong") {
  CHECK(error_of("db.latency.p99") ==
        "\"db.latency.p99\": there is no <, <=, >, >= or ==; write it such as \"checkout.latency.p99 <= "
        "80ms\"");
  CHECK(error_of("db.requests = 5").find("there is no <, <=") != std::string::npos);
  CHECK(error_of("latency <= 5") ==
        "\"latency <= 5\": \"latency\" isn't SERVICE.METRIC; write it such as \"checkout.latency.p99 <= "
        "80ms\"");
  CHECK(error_of("chekout.requests > 5") ==
        "\"chekout.requests > 5\": there is no service \"chekout\"; did you mean \"checkout\"?");
  CHECK(error_of("db.latency.p98 <= 5ms")
            .starts_with(
                "\"db.latency.p98 <= 5ms\": there is no metric \"latency.p98\"; did you mean \"latency.p9"));
  const std::string list = error_of("db.weather > 5");
  CHECK(list.find("there is no metric \"weather\" (known: requests, successes, ") != std::string::npos);
  CHECK(list.find(", failures.{connect, reset, ") != std::string::npos);
  CHECK(list.find("unfinished}, connections_opened, shadow.{picks, ") != std::string::npos);
  CHECK(list.ends_with("}, success_latency.{mean, p50, p90, p95, p99, p999, max})"));
  CHECK(error_of("db.latency.p99 <= 80") ==
        "\"db.latency.p99 <= 80\": \"80\" isn't a duration; add a unit (ns, us, ms, s, m or h), such as "
        "\"10ms\"");
  CHECK(error_of("db.requests > 5ms") ==
        "\"db.requests > 5ms\": \"5ms\" isn't a number, which requests is compared with");
  CHECK(error_of("db.requests > -5") == "\"db.requests > -5\": \"-5\" is negative, which requests never is");
  CHECK(error_of("db.success_rate > 99.9") ==
        "\"db.success_rate > 99.9\": \"99.9\" is out of range; success_rate is a share from 0 to 1");
  CHECK(error_of("db.requests > nan").find("isn't a number") != std::string::npos);
  CHECK(error_of("db.requests >") ==
        "\"db.requests >\": the value is missing; write it such as \"checkout.latency.p99 <= 80ms\"");
}
