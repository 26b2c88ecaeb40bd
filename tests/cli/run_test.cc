// `meshtwin run`: reports, documents, files.
#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "tests/cli/golden.h"
#include "tests/support/program.h"

using namespace meshtwin;
using Json = nlohmann::ordered_json;

namespace {

const std::string kSmall = "tests/cli/files/small.json";
const std::string kOneService = "tests/cli/files/one-service.json";

Json document_of(const std::vector<std::string>& arguments) {
  const Finished run = run_program(arguments);
  INFO(run.err);
  REQUIRE(run.exit_code == 0);
  CHECK(run.err.empty());
  Json document = Json::parse(run.out);
  if (document.is_object()) document.erase("wall_seconds");
  return document;
}

std::vector<std::vector<std::string>> cells_of(const std::string& csv) {
  std::vector<std::vector<std::string>> rows;
  std::istringstream lines(csv);
  for (std::string line; std::getline(lines, line);) {
    std::vector<std::string>& row = rows.emplace_back(1);
    for (const char c : line) {
      if (c == ',') {
        row.emplace_back();
      } else {
        row.back() += c;
      }
    }
  }
  return rows;
}

// Every row has the header's columns, and all but `texts` of them hold numbers or nothing.
void check_table(const std::string& csv, const std::set<std::string>& texts) {
  const auto rows = cells_of(csv);
  REQUIRE(rows.size() > 1);
  CHECK(csv.back() == '\n');
  for (std::size_t r = 1; r < rows.size(); ++r) {
    REQUIRE(rows[r].size() == rows[0].size());
    for (std::size_t c = 0; c < rows[r].size(); ++c) {
      if (texts.contains(rows[0][c]) || rows[r][c].empty()) continue;
      std::size_t read = 0;
      INFO(rows[0][c] << ": " << rows[r][c]);
      CHECK_NOTHROW(std::stod(rows[r][c], &read));
      CHECK(read == rows[r][c].size());
    }
  }
}

}  // namespace

TEST_CASE("the report of a run") {
  const Finished run = run_program({"run", kSmall});
  CHECK(run.exit_code == 0);
  CHECK(run.err.empty());
  check_golden("run.txt", run.out);
}

TEST_CASE("the document of a run") {
  const Finished run = run_program({"run", kSmall, "--json"});
  CHECK(run.exit_code == 0);
  CHECK(run.err.empty());
  check_golden("run.json", run.out);
}

TEST_CASE("an expectation that fails is crossed and makes the exit status 1") {
  const std::string change = R"(expect=["checkout.latency.p99 <= 1ms", "checkout.requests > 10"])";
  const Finished run = run_program({"run", kSmall, "--set", change});
  CHECK(run.exit_code == 1);
  CHECK(run.out.find("✗ checkout.latency.p99 <= 1ms") != std::string::npos);
  CHECK(run.out.find("✓ checkout.requests > 10") != std::string::npos);
  const Finished document = run_program({"run", kSmall, "--json", "--set", change});
  CHECK(document.exit_code == 1);
  CHECK(Json::parse(document.out)["expectations"][0]["ok"] == false);
}

TEST_CASE("a report that can't be written is an error") {
  ProgramOptions options;
  options.out_file = "/dev/full";
  const Finished run = run_program({"run", kSmall}, options);
  CHECK(run.exit_code == 2);
  CHECK(run.err == "meshtwin: the output can't be written to stdout\n");
}

TEST_CASE("several files are reported one after the other, as documents in a list") {
  const Finished run = run_program({"run", kSmall, kOneService});
  CHECK(run.exit_code == 0);
  CHECK(run.out.find("small\n") < run.out.find("one service\n"));
  const Json both = document_of({"run", kSmall, kOneService, "--json"});
  REQUIRE(both.size() == 2);
  CHECK(both[0]["scenario"] == "small");
  CHECK(both[1]["scenario"] == "one service");
}

TEST_CASE("an expectation that fails in the first of several files is not forgotten") {
  TemporaryFolder folder;
  const std::string strict =
      folder.write("strict.json", R"({"extends": ")" + std::filesystem::absolute(kOneService).string() +
                                      R"(", "expect": ["checkout.latency.mean <= 1ms"]})");
  CHECK(run_program({"run", strict, kSmall}).exit_code == 1);
}

TEST_CASE("seed, replications and values can be set from the command line") {
  const Json seeded = document_of({"run", kSmall, "--json", "--seed", "11"});
  CHECK(seeded["seed"] == 11);
  CHECK(seeded["services"] != document_of({"run", kSmall, "--json"})["services"]);
  CHECK(document_of({"run", kSmall, "--json", "--replications", "3"})["replications"] == 3);
  // A value that is set leaves the files that follow it alone.
  const Json larger =
      document_of({"run", "--json", "--set", "services.checkout.instances=5", "--set", "seed=9", kSmall});
  CHECK(larger["services"]["checkout"]["endpoints"].size() == 5);
  CHECK(larger["seed"] == 9);
}

TEST_CASE("one run alone is the first of several replications") {
  const Json one = document_of({"run", kOneService, "--json", "--replications", "1"});
  const Json two = document_of({"run", kOneService, "--json", "--replications", "2"});
  CHECK(one["events"].get<double>() < two["events"].get<double>());
  TemporaryFolder folder;
  REQUIRE(run_program({"run", kOneService, "--replications", "1", "--out", folder / "one"}).exit_code == 0);
  REQUIRE(run_program({"run", kOneService, "--replications", "2", "--out", folder / "two"}).exit_code == 0);
  const std::string first = text_of_file(folder / "one/series.csv");
  CHECK(text_of_file(folder / "two/series.csv").substr(0, first.size()) == first);
}

TEST_CASE("threads change nothing but the time") {
  TemporaryFolder folder;
  for (const std::string threads : {"1", "2", "5"}) {
    REQUIRE(
        run_program({"run", kSmall, "--replications", "5", "--threads", threads, "--out", folder / threads})
            .exit_code == 0);
  }
  for (const std::string name :
       {"result.json", "series.json", "series.csv", "endpoints.csv", "histogram.json", "histogram.csv"}) {
    INFO(name);
    const std::string one = without_wall_clock(text_of_file(folder / ("1/" + name)));
    CHECK(one == without_wall_clock(text_of_file(folder / ("2/" + name))));
    CHECK(one == without_wall_clock(text_of_file(folder / ("5/" + name))));
  }
}

TEST_CASE("an output folder gets the document, the series and the histogram") {
  TemporaryFolder folder;
  const Finished run = run_program({"run", kSmall, "--replications", "2", "--json", "--out", folder / "a/b"});
  REQUIRE(run.exit_code == 0);
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder / "a/b")) {
    names.insert(entry.path().filename().string());
  }
  CHECK(names == std::set<std::string>{"result.json", "series.json", "series.csv", "endpoints.csv",
                                       "histogram.json", "histogram.csv"});
  CHECK(text_of_file(folder / "a/b/result.json") == run.out);

  const std::string series = text_of_file(folder / "a/b/series.csv");
  check_table(series, {"service"});
  CHECK(Json::parse(text_of_file(folder / "a/b/series.json"))["series"].size() ==
        cells_of(series).size() - 1);
  check_table(text_of_file(folder / "a/b/endpoints.csv"), {"endpoint"});

  const std::string histogram = text_of_file(folder / "a/b/histogram.csv");
  check_table(histogram, {"service"});
  double counted = 0;
  const auto rows = cells_of(histogram);
  for (const auto& row : rows) counted += row[0] == "checkout" ? std::stod(row[3]) : 0;
  const Json document = Json::parse(run.out);
  CHECK(counted == document["services"]["checkout"]["requests"].get<double>());
  CHECK(Json::parse(text_of_file(folder / "a/b/histogram.json"))["services"]["db"]["columns"].size() == 3);
}

TEST_CASE("the series adds up to the totals") {
  TemporaryFolder folder;
  const Finished run = run_program(
      {"run", kOneService, "--replications", "1", "--json", "--set", "warmup=0s", "--out", folder / "out"});
  REQUIRE(run.exit_code == 0);
  const auto rows = cells_of(text_of_file(folder / "out/series.csv"));
  const double slice = std::stod(rows[2][2]) - std::stod(rows[1][2]);
  double offered = 0;
  for (std::size_t r = 1; r < rows.size(); ++r) offered += std::stod(rows[r][3]) * slice;
  const double requests = Json::parse(run.out)["services"]["checkout"]["requests"].get<double>();
  CHECK(offered == Approx(requests).epsilon(1e-4));
}

TEST_CASE("results of several files go into folders of their own") {
  TemporaryFolder folder;
  const std::string same_name = folder.write("other/small.json", text_of_file(kSmall));
  REQUIRE(run_program({"run", kSmall, kOneService, same_name, "--out", folder / "out"}).exit_code == 0);
  for (const std::string name : {"small", "one-service", "small-2"}) {
    CHECK(std::filesystem::exists(folder / ("out/" + name + "/result.json")));
  }
}

TEST_CASE("results replace earlier ones whole") {
  TemporaryFolder folder;
  const std::string out = folder / "out";
  folder.write("out/result.json", std::string(1'000'000, 'x'));
  folder.write("out/notes.txt", "mine");
  REQUIRE(run_program({"run", kSmall, "--out", out}).exit_code == 0);
  CHECK_NOTHROW(Json::parse(text_of_file(out + "/result.json")));
  CHECK(text_of_file(out + "/notes.txt") == "mine");
}
