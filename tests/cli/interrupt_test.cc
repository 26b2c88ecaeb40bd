// Ctrl-C: a long run ends with what it has.
#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "tests/support/program.h"

using namespace meshtwin;
using Json = nlohmann::json;

namespace {

// It would take days. The progress line, which shows only while a run is under way, tells when to interrupt.
const char* const kEndless = R"({
  "name": "endless", "duration": "10000h",
  "services": {"a": {"service_time": {"dist": "exponential", "mean": "1ms"}}},
  "clients": {"w": {"calls": "a", "arrivals": {"process": "poisson", "rate": 500}}}})";

Finished interrupted(const std::vector<std::string>& arguments) {
  ProgramOptions options;
  options.err_terminal = 100;
  Program program(arguments, options);
  REQUIRE(program.wait_for("endless "));
  program.signal(SIGINT);
  return program.wait();
}

}  // namespace

TEST_CASE("an interrupted run reports what it has, marked as partial") {
  TemporaryFolder folder;
  const Finished run = interrupted({"run", folder.write("endless.json", kEndless), "--out", folder / "out"});
  CHECK(run.exit_code == 130);
  CHECK(run.out.find("interrupted: partial results") != std::string::npos);
  CHECK(run.out.find("100.0 %") != std::string::npos);
  // The progress line has gone again.
  CHECK(run.err.ends_with("\r\x1b[K"));

  const Json result = Json::parse(text_of_file(folder / "out/result.json"));
  CHECK(result["partial"] == true);
  CHECK(result["services"]["a"]["requests"].get<double>() > 0);
  CHECK(result["services"]["a"]["throughput"].get<double>() == Approx(500).epsilon(0.1));
  for (const std::string name : {"series.json", "histogram.json"}) {
    CHECK(Json::parse(text_of_file(folder / ("out/" + name)))["partial"] == true);
  }
  for (const std::string name : {"series.csv", "endpoints.csv", "histogram.csv"}) {
    CHECK(std::filesystem::exists(folder / ("out/" + name)));
  }
}

TEST_CASE("an interrupted run prints its document, marked as partial") {
  TemporaryFolder folder;
  const Finished run = interrupted({"run", folder.write("endless.json", kEndless), "--json"});
  CHECK(run.exit_code == 130);
  const Json document = Json::parse(run.out);
  CHECK(document["partial"] == true);
  CHECK(document["warnings"][0].get<std::string>().find("partial") != std::string::npos);
}

TEST_CASE("an interrupt ends all replications, and files that haven't begun don't") {
  TemporaryFolder folder;
  const std::string endless = folder.write("endless.json", kEndless);
  const Finished run = interrupted({"run", "tests/cli/files/small.json", endless, endless, "--json",
                                    "--replications", "5", "--threads", "2"});
  CHECK(run.exit_code == 130);
  const Json documents = Json::parse(run.out);
  REQUIRE(documents.size() == 2);
  CHECK(documents[0]["partial"] == false);
  CHECK(documents[1]["partial"] == true);
  CHECK(documents[1]["replications"] == 2);
}

TEST_CASE("an interrupt ends runs on a SimGrid network as well") {
  TemporaryFolder folder;
  const std::string platform =
      R"({"model": "simgrid", "platform": {"zones": {"dc": {"hosts": 2, "link": {"bandwidth": "1Gbps"}}}}})";
  const Finished run =
      interrupted({"run", folder.write("endless.json", kEndless), "--set", "network=" + platform, "--set",
                   "duration=2000h", "--replications", "2", "--json"});
  CHECK(run.exit_code == 130);
  const Json document = Json::parse(run.out);
  CHECK(document["partial"] == true);
  CHECK(document["services"]["a"]["requests"].get<double>() > 0);
}

TEST_CASE("a comparison that is interrupted says so") {
  TemporaryFolder folder;
  const std::string endless = folder.write("endless.json", kEndless);
  const Finished run = interrupted({"compare", endless, endless});
  CHECK(run.exit_code == 130);
  CHECK(run.out.empty());
  CHECK(run.err.find("interrupted") != std::string::npos);
}
