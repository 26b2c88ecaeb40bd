#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <string>

#include "tests/support/program.h"

using namespace meshtwin;
using Json = nlohmann::json;

TEST_CASE("validate checks what --only names, and says so as text, JSON and a plot") {
  const TemporaryFolder folder;
  const Finished text = run_program({"validate", "--only", "layers", "--out", folder / "out"});
  INFO(text.out << text.err);
  CHECK(text.exit_code == 0);
  CHECK(text.err.empty());
  CHECK(text.out.find("exact: m^L") != std::string::npos);
  CHECK(text.out.find("2 of 2 references hold") != std::string::npos);
  const Json json = Json::parse(run_program({"validate", "--only", "layers", "--json"}).out);
  CHECK(json["checks"] == 2);
  CHECK(json["missed"] == 0);
  CHECK(json["results"][0]["reference"] == 243);
  CHECK(json["results"][0]["relation"] == "each_equals");
  CHECK(json["not_checked"].empty());
  CHECK(Json::parse(text_of_file(folder / "out/validation.json")) == json);
  CHECK(text_of_file(folder / "out/validation.svg").starts_with("<svg"));
}

TEST_CASE("validate ends with 1 where a reference lies outside") {
  const Finished run = run_program({"validate", "--only", "join the shortest of 2 queues, load 0.8", "--policy",
                                    "scenarios/policies/random.json"});
  CHECK(run.exit_code == 1);
  CHECK(run.out.find("✗ outside") != std::string::npos);
  CHECK(run.out.find("0 of 1 references") != std::string::npos);
}

TEST_CASE("validate names what is published and not checked, of the sections that it runs and in its help") {
  const Json tail = Json::parse(run_program({"validate", "--only", "the last of 10 leaves", "--json"}).out);
  CHECK(tail["not_checked"].empty());
  const Finished text = run_program({"validate", "--only", "hedge"});
  CHECK(text.out.find("from 1,800 to 74 ms") != std::string::npos);
  CHECK(run_program({"validate", "--help"}).out.find("from 1,800 to 74 ms") != std::string::npos);
}

TEST_CASE("validate says what is wrong with what it was given") {
  const Finished none = run_program({"validate", "--only", "no such thing"});
  CHECK(none.exit_code == 2);
  CHECK(none.err == "meshtwin: --only: no experiment has \"no such thing\" in its name; meshtwin validate without it "
                    "lists all\n");
  CHECK(run_program({"validate", "--policy", "nowhere.json"}).exit_code == 2);
}
