#include "real/proxy/metrics_page.h"

#include <catch2/catch.hpp>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>

#include "real/proxy/config_file.h"
#include "real/proxy/prometheus_text.h"
#include "tests/real/proxy/sample_config.h"

using namespace meshtwin;
using namespace std::chrono_literals;

namespace {

// Samples by name and labels; fails where a line isn't one of the format.
std::map<std::string, double> parse(const std::string& text) {
  static const std::regex kHelp("# HELP ([a-z_]+) (.+)");
  static const std::regex kType("# TYPE ([a-z_]+) (counter|gauge|histogram)");
  static const std::regex kSample(
      R"re(([a-z_]+)(\{([a-z_0-9]+="([^"\\]|\\["\\n])*",?)*\})? ([0-9.e+-]+|\+Inf))re");
  std::map<std::string, double> out;
  std::set<std::string> families;
  std::istringstream lines(text);
  std::string family;
  for (std::string line; std::getline(lines, line);) {
    INFO(line);
    std::smatch match;
    if (line.starts_with("# HELP")) {
      REQUIRE(std::regex_match(line, match, kHelp));
      family = match[1];
      CHECK(families.insert(family).second);
    } else if (line.starts_with("#")) {
      REQUIRE(std::regex_match(line, match, kType));
      CHECK(match[1] == family);
      if (match[2] == "counter") CHECK(family.ends_with("_total"));
    } else {
      REQUIRE(std::regex_match(line, match, kSample));
      CHECK(match[1].str().starts_with(family));
      const std::size_t space = line.rfind(' ');
      CHECK(out.emplace(line.substr(0, space), std::stod(line.substr(space + 1))).second);
    }
  }
  return out;
}

}  // namespace

TEST_CASE("the counts of workers are added up under the names of the configuration") {
  const auto config = parse_proxy_config(kSampleConfig, "p.json", load_sample_policy, ConfigDefaults{2});
  REQUIRE(config.ok());
  ProcessMetrics process;
  process.config = config.value().get();
  const Address first = Address::parse("10.0.0.1:80").value();
  process.upstreams = {
      {"checkout", {{{"10.0.0.1:80", first, 1}, true}, {{"b", Address::loopback(1), 1}, false}}, 4, 1}};
  process.reloads = 3;
  process.ready = true;

  // Two workers, which number endpoints differently.
  std::vector<WorkerMetrics> workers(2);
  for (std::uint32_t i = 0; i < 2; ++i) {
    ListenerMetrics& listener = workers[i].listeners[workers[i].listener_number("public")];
    listener.downstream_rq_total = 10 + i;
    listener.downstream_rq_xx.add(200);
    listener.downstream_rq_xx.add(503);
    listener.downstream_rq_time.record(3ms);
    UpstreamMetrics& upstream = workers[i].upstreams[workers[i].upstream_number("checkout")];
    upstream.upstream_rq_retry = 7;
    upstream.call_result[static_cast<std::size_t>(FailureKind::timeout)] = 2;
    upstream.upstream_rq_time.record(40ms, 5);
    const auto count = [&](const std::string& name, const std::string& address) -> std::uint64_t& {
      return upstream.endpoints[upstream.add_endpoint(name, address)].upstream_rq_total;
    };
    if (i == 1) count("gone", "10.0.0.9:80") = 1;
    count("10.0.0.1:80", "10.0.0.1:80") = 100;
    count("10.0.0.1:80", "10.0.0.1:81") = 1000;  // of an endpoint that had the name before
    workers[i].upstreams[workers[i].upstream_number("former")].upstream_rq_retry = 1;
    workers[i].access_log_dropped = 4;
  }
  const std::string page = metrics_page(merged(workers), process);
  const auto samples = parse(page);
  CHECK(samples.at(R"(downstream_rq_total{listener="public"})") == 21);
  CHECK(samples.at(R"(downstream_rq_xx_total{listener="public",response_code_class="5"})") == 2);
  CHECK(samples.at(R"(downstream_rq_time_seconds_bucket{listener="public",le="0.0025"})") == 0);
  CHECK(samples.at(R"(downstream_rq_time_seconds_bucket{listener="public",le="0.005"})") == 2);
  CHECK(samples.at(R"(downstream_rq_time_seconds_sum{listener="public"})") == Approx(0.006));
  CHECK(samples.at(R"(upstream_rq_retry_total{upstream="checkout"})") == 14);
  CHECK(samples.at(R"(upstream_call_result_total{upstream="checkout",result="timeout"})") == 4);
  CHECK(samples.at(R"(upstream_rq_time_seconds_count{upstream="checkout"})") == 10);
  CHECK(samples.at(R"(upstream_rq_time_seconds_bucket{upstream="checkout",le="+Inf"})") == 10);
  CHECK(samples.at(R"(upstream_rq_total{upstream="checkout",endpoint="10.0.0.1:80"})") == 200);
  CHECK(samples.at(R"(membership_total{upstream="checkout"})") == 2);
  CHECK(samples.at(R"(membership_healthy{upstream="checkout"})") == 1);
  CHECK(samples.at("config_reload_total") == 3);
  CHECK(samples.at("access_log_dropped_total") == 8);
  CHECK(samples.at("server_live") == 1);
  CHECK(samples.at("policy_info{upstream=\"checkout\",policy_sha256=\"" +
                   config.value()->upstreams[0].policy_sha256 + "\"}") == 1);
  CHECK(page.find("former") == std::string::npos);
  CHECK(page.find("gone") == std::string::npos);
}

TEST_CASE("labels and help texts are escaped") {
  PrometheusText text;
  text.family("x_total", PrometheusText::Type::counter, "a\\b\nc");
  text.sample({{"name", "q\"uo\\te\nnew"}}, std::uint64_t{5});
  CHECK(text.take() ==
        "# HELP x_total a\\\\b\\nc\n"
        "# TYPE x_total counter\n"
        "x_total{name=\"q\\\"uo\\\\te\\nnew\"} 5\n");
}

TEST_CASE("the buckets of a histogram count everything up to their bound") {
  PrometheusText text;
  text.family("t_seconds", PrometheusText::Type::histogram, "t");
  Histogram durations;
  durations.record(1us);
  durations.record(700us);
  durations.record(20s, 3);
  durations.record(100s);
  text.histogram({}, durations);
  const auto samples = parse(text.take());
  CHECK(samples.at(R"(t_seconds_bucket{le="0.00025"})") == 1);
  CHECK(samples.at(R"(t_seconds_bucket{le="0.001"})") == 2);
  CHECK(samples.at(R"(t_seconds_bucket{le="10"})") == 2);
  CHECK(samples.at(R"(t_seconds_bucket{le="30"})") == 5);
  CHECK(samples.at(R"(t_seconds_bucket{le="+Inf"})") == 6);
  CHECK(samples.at("t_seconds_count") == 6);
  CHECK(samples.at("t_seconds_sum") == Approx(160.000701));
}
