// `meshtwin compare` and `meshtwin model`.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "tests/cli/golden.h"
#include "tests/support/program.h"

using namespace meshtwin;
using Json = nlohmann::json;

namespace {

const std::string kOneService = "tests/cli/files/one-service.json";
const std::string kRandom = "scenarios/policies/random.json";
const std::string kLeast = "scenarios/policies/least-request.json";

}  // namespace

TEST_CASE("policies are compared in a scenario, with a verdict") {
  const Finished run = run_program({"compare", kRandom, kLeast, "--scenario", kOneService});
  CHECK(run.exit_code == 0);
  CHECK(run.err.empty());
  CHECK(run.out.find("least-request is better than random: p99 ") != std::string::npos);
  check_golden("compare.txt", run.out);
}

TEST_CASE("the document of a comparison") {
  const Finished run = run_program({"compare", kRandom, kLeast, "--scenario", kOneService, "--json"});
  REQUIRE(run.exit_code == 0);
  const Json document = Json::parse(run.out);
  REQUIRE(document["variants"].size() == 2);
  CHECK(document["variants"][0]["name"] == "random");
  REQUIRE(document["comparisons"].size() == 1);
  const Json& comparison = document["comparisons"][0];
  CHECK(comparison["pairs"] == 10);
  const Json& mean = comparison["differences"]["latency.mean"];
  CHECK(mean["better"] == "second");
  CHECK(mean["difference"].get<double>() ==
        Approx(mean["second"].get<double>() - mean["first"].get<double>()));
  CHECK(mean["ci95"][1].get<double>() < 0);
  CHECK(document["variants"][0]["result"]["services"]["checkout"]["policy_sha256"] !=
        document["variants"][1]["result"]["services"]["checkout"]["policy_sha256"]);
}

TEST_CASE("a policy compared with itself shows no difference at all") {
  const Finished run = run_program({"compare", kLeast, kLeast, "--scenario", kOneService, "--json"});
  REQUIRE(run.exit_code == 0);
  const Json document = Json::parse(run.out);
  CHECK(document["variants"][1]["name"] == "least-request #2");
  for (const auto& [metric, difference] : document["comparisons"][0]["differences"].items()) {
    INFO(metric);
    CHECK(difference["difference"] == 0);
    CHECK(difference["better"].is_null());
  }
}

TEST_CASE("scenarios are compared, each with the first, over as many replications as asked for") {
  TemporaryFolder folder;
  const std::string base = std::filesystem::absolute(kOneService).string();
  const std::string more = folder.write(
      "more.json", R"({"extends": ")" + base + R"(", "services": {"checkout": {"instances": 6}}})");
  const std::string fewer = folder.write(
      "fewer.json", R"({"extends": ")" + base + R"(", "clients": {"web": {"arrivals": {"rate": 320}}}})");
  const Finished run =
      run_program({"compare", kOneService, more, fewer, "--replications", "8", "--seed", "3", "--json"});
  REQUIRE(run.exit_code == 0);
  const Json document = Json::parse(run.out);
  REQUIRE(document["comparisons"].size() == 2);
  CHECK(document["comparisons"][0]["pairs"] == 8);
  CHECK(document["comparisons"][0]["differences"]["latency.mean"]["better"] == "second");
  CHECK(document["comparisons"][1]["first"] == "one-service");
  CHECK(document["comparisons"][1]["differences"]["latency.mean"]["better"] == "first");
  for (const Json& variant : document["variants"]) CHECK(variant["result"]["seed"] == 3);
}

TEST_CASE("one pair shows no interval and no verdict") {
  const Finished run =
      run_program({"compare", kRandom, kLeast, "--scenario", kOneService, "--replications", "1"});
  CHECK(run.exit_code == 0);
  CHECK(run.out.find("shows no interval, and so no verdict") != std::string::npos);
}

TEST_CASE("formulas stand beside the simulation") {
  const Finished run = run_program({"model", kOneService, "--loads", "0.2,0.5,0.8"});
  CHECK(run.exit_code == 0);
  CHECK(run.err.empty());
  check_golden("model.txt", run.out);
}

TEST_CASE("the document of a model study") {
  const Finished run = run_program({"model", kOneService, "--loads", "0.3,0.6", "--json"});
  REQUIRE(run.exit_code == 0);
  const Json document = Json::parse(run.out);
  REQUIRE(document["points"].size() == 2);
  const Json& point = document["points"][1];
  CHECK(point["rate"].get<double>() == Approx(240));
  // Random splitting of Poisson arrivals makes each instance an M/M/1 queue, and both ways take 1 ms.
  CHECK(point["mmc_split_ms"].get<double>() == Approx(10 / 0.4 + 1));
  CHECK(point["simulated_ms"].get<double>() == Approx(26).epsilon(0.1));
  CHECK(point["allen_cunneen_ms"].get<double>() == Approx(point["mmc_split_ms"].get<double>()));
}

TEST_CASE("a model study says what it can't model") {
  const Finished run = run_program({"model", "tests/cli/files/small.json"});
  CHECK(run.exit_code == 2);
  CHECK(
      run.err ==
      "meshtwin: tests/cli/files/small.json: $.services.checkout.calls: the model is about one service that "
      "calls no other\n");
}
