// Every scenario and policy file that comes with the program does what it says.
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "core/config/json_document.h"
#include "tests/support/program.h"
#include "tests/support/schema_check.h"

using namespace meshtwin;

namespace {

// By listing the folder, so that none is forgotten.
std::vector<std::string> json_files_in(const std::string& folder) {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".json") files.push_back(entry.path().string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::vector<std::string> scenario_files() {
  std::vector<std::string> files = json_files_in("scenarios");
  const std::vector<std::string> experiments = json_files_in("scenarios/experiments");
  files.insert(files.end(), experiments.begin(), experiments.end());
  return files;
}

Json read_json(const std::string& file) {
  const Result<Json> json = parse_json(text_of_file(file), file);
  INFO((json ? "" : json.error().message));
  REQUIRE(json.ok());
  return json.value();
}

Schemas schemas() {
  Schemas result;
  for (const std::string name : {"policy.schema.json", "scenario.schema.json"}) {
    result[name] = read_json("scenarios/schemas/" + name);
  }
  return result;
}

}  // namespace

TEST_CASE("there is a scenario for each of the document's algorithms, a quickstart and a starter") {
  const std::vector<std::string> files = json_files_in("scenarios");
  for (const std::string name : {"quickstart", "starter", "recorded-latency", "random", "weighted-random",
                                 "round-robin", "weighted-round-robin", "least-request", "immediate-retry",
                                 "trial-and-error", "time-window", "shared-link"}) {
    INFO(name);
    CHECK(std::count(files.begin(), files.end(), "scenarios/" + name + ".json") == 1);
  }
}

TEST_CASE("each scenario says what it is for and what it expects, as the schema has it") {
  const Schemas known = schemas();
  for (const std::string& file : scenario_files()) {
    INFO(file);
    const Json scenario = read_json(file);
    CHECK(is_valid(scenario, known, "scenario.schema.json"));
    CHECK_FALSE(scenario.value("name", "").empty());
    CHECK(scenario.contains("notes"));
    CHECK((scenario.contains("expect") && !scenario["expect"].empty()));
    const std::string up = file.starts_with("scenarios/experiments/") ? "../" : "";
    CHECK(scenario.value("$schema", "") == up + "schemas/scenario.schema.json");
  }
}

TEST_CASE("each scenario for both worlds is explained, is as the schema has it, and can be played for real") {
  const Schemas known = schemas();
  const std::vector<std::string> files = json_files_in("scenarios/fidelity");
  CHECK(files.size() >= 12);
  const std::string list = text_of_file("scenarios/fidelity/README.md");
  double seconds = 0;
  for (const std::string& file : files) {
    INFO(file);
    const Json scenario = read_json(file);
    CHECK(is_valid(scenario, known, "scenario.schema.json"));
    CHECK(scenario.value("$schema", "") == "../schemas/scenario.schema.json");
    CHECK(scenario.contains("notes"));
    CHECK(list.find("`" + std::filesystem::path(file).filename().string() + "`") != std::string::npos);
    CHECK_FALSE(scenario.contains("network"));
    double rate = 0;
    for (const Json& client : scenario["clients"]) {
      CHECK(client.value("sidecars", 1) == 1);
      rate += client["arrivals"]["rate"].get<double>();
    }
    CHECK(rate <= 600);
    seconds += std::stod(scenario["duration"].get<std::string>());
  }
  CHECK(seconds < 780);
}

TEST_CASE("what the scenarios for both worlds expect holds in the simulator") {
  for (const std::string& file : json_files_in("scenarios/fidelity")) {
    const Finished run = run_program({"run", file, "--json"});
    INFO(file << "\n" << run.err << run.out.substr(0, 3000));
    CHECK(run.exit_code == 0);
    CHECK_FALSE(Json::parse(run.out)["expectations"].empty());
  }
}

TEST_CASE("each policy file is explained and as the schema has it") {
  const Schemas known = schemas();
  for (const std::string& file : json_files_in("scenarios/policies")) {
    INFO(file);
    const Json policy = read_json(file);
    CHECK(is_valid(policy, known, "policy.schema.json"));
    CHECK(policy.contains("notes"));
    CHECK(policy.value("$schema", "") == "../schemas/policy.schema.json");
  }
}

TEST_CASE("each scenario's expectations hold, and none of its figures needs a warning") {
  for (const std::string& file : scenario_files()) {
    const Finished run = run_program({"run", file, "--json"});
    INFO(file << "\n" << run.err << run.out.substr(0, 3000));
    CHECK(run.exit_code == 0);
    const Json document = Json::parse(run.out);
    CHECK(document["warnings"].empty());
    for (const Json& expectation : document["expectations"]) {
      INFO(expectation.dump());
      CHECK(expectation["ok"] == true);
    }
  }
}

TEST_CASE("each file is in the folder's list") {
  const std::string list = text_of_file("scenarios/README.md");
  for (const std::string folder : {"scenarios", "scenarios/experiments", "scenarios/policies"}) {
    for (const std::string& file : json_files_in(folder)) {
      INFO(file);
      CHECK(list.find("`" + file.substr(std::string("scenarios/").size()) + "`") != std::string::npos);
    }
  }
}
