#include "sim/validation/validation.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "sim/cli/validation_report.h"
#include "tests/support/program.h"

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
  CHECK(whole.experiments[0].requests > 150'000);
  CHECK(validation_report(whole, Paint(false), 120).find("1 of 1 references hold") != std::string::npos);

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

TEST_CASE("where no replication may differ, one that does is enough") {
  Check check{"", "", ReferenceKind::published, 10, .5, {}, Relation::each_equals};
  check.measure = [](std::span<const Replication> runs) { return static_cast<double>(runs.front().seed); };
  std::vector<Replication> runs(3);
  for (Replication& run : runs) run.seed = 10;
  CHECK(judge(check, runs).holds);
  runs[2].seed = 12;
  CHECK(judge(check, runs).interval.high > 10);
  CHECK_FALSE(judge(check, runs).holds);
}

TEST_CASE("retries that end too soon, and errors where none are published, are missed however they scatter") {
  std::vector<Experiment> layers = named("3 layers of up to 4 attempts");
  layers[0].scenario.faults[0].kind = ErrorFault{.97};
  CHECK(run(std::move(layers), 1).missed() == 1);
  std::vector<Experiment> figure_6 = named("Prequal's figure 6, Prequal");
  for (ServicePolicy& policy : figure_6[0].scenario.policies) policy.config.timeout = std::chrono::milliseconds(700);
  CHECK(run(std::move(figure_6), 1).missed() > 0);
}

TEST_CASE("a bound has all of the interval on its side") {
  Check check{"", "", ReferenceKind::published, 10, 0, {}, Relation::below};
  check.measure = [](std::span<const Replication> runs) {
    const auto seed = static_cast<double>(runs.front().seed);
    return runs.size() == 1 ? seed : (seed + static_cast<double>(runs.back().seed)) / 2;
  };
  std::vector<Replication> runs(2);
  runs[0].seed = runs[1].seed = 9;
  CHECK(judge(check, runs).holds);
  runs[0].seed = 8;
  CHECK(judge(check, runs).interval.high > 10);
  CHECK_FALSE(judge(check, runs).holds);
  runs[0].seed = runs[1].seed = 10;
  CHECK_FALSE(judge(check, runs).holds);
  check.relation = Relation::above;
  CHECK_FALSE(judge(check, runs).holds);
  runs[0].seed = runs[1].seed = 11;
  CHECK(judge(check, runs).holds);
  runs[0].seed = 12;
  CHECK_FALSE(judge(check, runs).holds);
}

TEST_CASE("a number from calls is the mean of the replications, and the threads change nothing") {
  const Validation one = run(named("M/M/4, load 0.8"), .02, 1);
  const Validation three = run(named("M/M/4, load 0.8"), .02, 3);
  const CheckResult& waits = one.experiments[0].checks[0];
  CHECK(one.experiments[0].experiment.checks[0].what == "share of calls that wait");
  CHECK(waits.value == Approx(.596432).margin(.05));
  CHECK(waits.value == three.experiments[0].checks[0].value);
  CHECK(waits.interval.low == three.experiments[0].checks[0].interval.low);
}

std::size_t missed(std::vector<Experiment> experiments, double effort) {
  return run(std::move(experiments), effort).missed();
}

TEST_CASE("queue tails, sizes, stale load and the stuck state are missed when what makes them is broken") {
  std::vector<Experiment> tails = named("2 choices of 100 and 400 servers, load 0.9: extrapolated");
  CHECK(missed(tails, .1) == 0);
  for (ServicePolicy& policy : tails[0].scenario.policies) policy.config.balancer = LeastRequestConfig{3, 1.0};
  CHECK(missed(tails, .1) == tails[0].checks.size());

  std::vector<Experiment> sizes = named("M/G/1 with processor sharing, load 0.6, by size, three sizes");
  CHECK(missed(sizes, .1) == 0);
  sizes[0].scenario.services[0].discipline = Discipline::fifo;
  CHECK(missed(sizes, .1) == 3);

  std::vector<Experiment> stale = named("load that is told every 10 to 70 s, ten servers");
  for (ServicePolicy& policy : stale[0].scenario.policies) {
    std::get<LeastRequestConfig>(policy.config.balancer).load_update_interval.reset();
  }
  CHECK(missed(stale, .1) >= 4);

  std::vector<Experiment> stuck = named("280 requests/s at 300, one retry after 1 s, long after an outage of 10 s");
  stuck[0].scenario.policies[0].config.retry.max_attempts = 1;
  CHECK(missed(stuck, 1) == 2);
}

TEST_CASE("with and without replacement are told apart where both are published") {
  std::vector<Experiment> replaced = named("2 choices of 100 servers with replacement, load 0.9");
  const auto& balancer = std::get<LeastRequestConfig>(replaced[0].scenario.policies[0].config.balancer);
  CHECK(balancer.replacement);
  CHECK(balancer.choices == 2u);
  CHECK_FALSE(std::get<LeastRequestConfig>(named(kTwoChoices)[0].scenario.policies[0].config.balancer).replacement);
}

TEST_CASE("every section has experiments or reasons, and README.md has their number") {
  std::set<int> sections;
  std::size_t checks = 0;
  for (const Experiment& one : all_experiments()) {
    sections.insert(std::stoi(one.section));
    checks += one.checks.size();
  }
  CHECK(sections == std::set<int>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});
  const std::string readme = text_of_file("README.md");
  CHECK(readme.find("asks the simulator for " + std::to_string(checks) + " numbers") != std::string::npos);
  for (const Unchecked& one : unchecked_figures()) {
    INFO(one.what);
    CHECK(sections.contains(std::stoi(one.section)));
    CHECK_FALSE(one.reason.empty());
    if (!one.scenario.empty()) CHECK_FALSE(text_of_file("scenarios/" + one.scenario).empty());
  }
}

TEST_CASE("what is published and not checked is in text and document, with the reason") {
  Validation validation;
  validation.unchecked = unchecked_figures();
  const std::string text = validation_report(validation, Paint(false), 400);
  const nlohmann::ordered_json document = validation_document(validation);
  REQUIRE(document["not_checked"].size() == validation.unchecked.size());
  for (std::size_t i = 0; i < validation.unchecked.size(); ++i) {
    CHECK(text.find(validation.unchecked[i].reason) != std::string::npos);
    CHECK(document["not_checked"][i]["reason"] == validation.unchecked[i].reason);
  }
  CHECK(text.find("See scenarios/experiments/tail-at-scale.json.") != std::string::npos);
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
      // About what is published: how near, unless it is a bound, or that there is none at all.
      const bool bound = check.relation == Relation::below || check.relation == Relation::above;
      CHECK((check.kind == ReferenceKind::exact || check.tolerance > 0 || check.reference == 0 || bound));
      CHECK_FALSE((bound && check.tolerance > 0));
      CHECK(static_cast<bool>(check.measure) != check.number_from_calls.has_value());
      CHECK((!check.number_from_calls || one.numbers_from_calls));
    }
  }
  const std::string plot = validation_plot(run(named("3 layers of up to 4 attempts"), 1));
  CHECK(plot.starts_with("<svg"));
  CHECK(plot.find("3 layers of up to 4 attempts") != std::string::npos);
}

}  // namespace
}  // namespace meshtwin
