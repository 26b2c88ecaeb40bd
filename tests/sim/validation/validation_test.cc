#include "sim/validation/validation.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "sim/cli/validation_report.h"

namespace meshtwin {
namespace {

std::vector<Experiment> named(const std::string& name) {
  std::vector<Experiment> all = all_experiments();
  std::erase_if(all, [&](const Experiment& one) { return one.name != name; });
  REQUIRE(all.size() == 1);
  return all;
}

Validation run(std::vector<Experiment> experiments, double effort, unsigned threads = 2) {
  ValidationOptions options;
  options.effort = effort;
  options.threads = threads;
  return validate(std::move(experiments), options).value();
}

constexpr const char* kTwoChoices = "2 choices of 100 servers, load 0.9";

TEST_CASE("a reference that holds lies in the interval, and outside when the policy is broken") {
  const Validation whole = run(named(kTwoChoices), .1);
  CHECK(whole.complete);
  CHECK(whole.checks() == 1);
  CHECK(whole.missed() == 0);
  CHECK(whole.experiments[0].requests > 300'000);
  CHECK(validation_report(whole, Paint(false), 120).find("1 of 1 references lie within") != std::string::npos);

  std::vector<Experiment> broken = named(kTwoChoices);
  broken[0].scenario.policies[0].config.balancer = LeastRequestConfig{3, 1.0};
  const Validation missed = run(std::move(broken), .1);
  CHECK(missed.missed() == 1);
  CHECK(validation_report(missed, Paint(false), 120).find("✗ outside") != std::string::npos);
  CHECK(validation_document(missed)["results"][0]["ok"] == false);
}

TEST_CASE("the number of threads changes nothing, and more effort narrows the interval") {
  const CheckResult one = run(named("M/M/1, load .8"), .02, 1).experiments[0].checks[0];
  const CheckResult two = run(named("M/M/1, load .8"), .02, 2).experiments[0].checks[0];
  CHECK(one.value == two.value);
  CHECK(one.interval.low == two.interval.low);
  const CheckResult longer = run(named("M/M/1, load .8"), .5).experiments[0].checks[0];
  CHECK(longer.interval.half_width() < one.interval.half_width() / 2);
}

TEST_CASE("an end ahead of time leaves out what wasn't measured") {
  ValidationOptions options;
  options.threads = 1;
  options.on_progress = [](double) { return false; };
  std::vector<Experiment> all = all_experiments();
  const Validation ended = validate(std::move(all), options).value();
  CHECK_FALSE(ended.complete);
  CHECK(ended.experiments.size() < all_experiments().size());
  CHECK(validation_report(ended, Paint(false), 120).find("interrupted") != std::string::npos);
}

TEST_CASE("a tolerance widens the interval on both sides") {
  Check check{"", "", ReferenceKind::published, 10, 0, {}};
  check.measure = [](std::span<const Replication> runs) { return static_cast<double>(runs.front().seed); };
  std::vector<Replication> runs(2);
  runs[0].seed = runs[1].seed = 12;
  CHECK_FALSE(judge(check, runs).holds);
  check.tolerance = 1.9;
  CHECK_FALSE(judge(check, runs).holds);
  check.tolerance = 2;
  CHECK(judge(check, runs).holds);
  runs[0].seed = runs[1].seed = 8;
  CHECK(judge(check, runs).holds);
}

TEST_CASE("experiments have different names, checks, sources and a plot") {
  std::set<std::string> names;
  for (const Experiment& one : all_experiments()) {
    INFO(one.name);
    CHECK(names.insert(one.name).second);
    CHECK(one.replications >= 2);
    CHECK_FALSE(one.checks.empty());
    for (const Check& check : one.checks) {
      CHECK_FALSE(check.source.empty());
      CHECK((check.kind == ReferenceKind::exact || check.tolerance > 0 || check.reference == 0));
    }
  }
  const std::string plot = validation_plot(run(named("3 layers of up to 4 attempts"), 1));
  CHECK(plot.starts_with("<svg"));
  CHECK(plot.find("3 layers of up to 4 attempts") != std::string::npos);
}

}  // namespace
}  // namespace meshtwin
