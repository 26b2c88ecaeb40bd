// What the program does beside its simulations: help, schemas, starters, siblings, terminals.
#include <catch2/catch.hpp>
#include <filesystem>
#include <initializer_list>
#include <sstream>

#include "sim/cli/table.h"
#include "tests/support/program.h"

using namespace meshtwin;

namespace {

const std::string kSmall = "tests/cli/files/small.json";

}  // namespace

TEST_CASE("every verb has help that ends with an example") {
  for (const std::string verb : {"", "run", "compare", "model", "fidelity", "calibrate", "replay", "schema", "init"}) {
    std::vector<std::string> arguments{"--help"};
    if (!verb.empty()) arguments.insert(arguments.begin(), verb);
    const Finished help = run_program(arguments);
    INFO(help.out);
    CHECK(help.exit_code == 0);
    CHECK(help.err.empty());
    const auto example = help.out.rfind("\nExample: meshtwin ");
    REQUIRE(example != std::string::npos);
    CHECK(help.out.find('\n', example + 1) == help.out.size() - 1);
    CHECK(help.out.find("UINT") == std::string::npos);
  }
}

TEST_CASE("the program says its version") {
  const Finished version = run_program({"--version"});
  CHECK(version.exit_code == 0);
  CHECK(version.out.starts_with("meshtwin 0."));
}

TEST_CASE("the schemas that the program prints are the folder's") {
  CHECK(run_program({"schema"}).out == text_of_file("scenarios/schemas/scenario.schema.json"));
  CHECK(run_program({"schema", "scenario"}).out == text_of_file("scenarios/schemas/scenario.schema.json"));
  CHECK(run_program({"schema", "policy"}).out == text_of_file("scenarios/schemas/policy.schema.json"));
  CHECK(run_program({"schema", "proxy"}).out == text_of_file("scenarios/schemas/proxy.schema.json"));
}

TEST_CASE("init writes a starter that runs, and never over a file") {
  TemporaryFolder folder;
  ProgramOptions inside;
  inside.folder = folder.path();
  const Finished made = run_program({"init"}, inside);
  CHECK(made.exit_code == 0);
  CHECK(made.out.find("meshtwin run scenario.json") != std::string::npos);
  CHECK(run_program({"run", "scenario.json"}, inside).exit_code == 0);

  folder.write("mine.json", "mine");
  const Finished refused = run_program({"init", "mine.json"}, inside);
  CHECK(refused.exit_code == 2);
  CHECK(refused.err == "meshtwin: mine.json: it exists already and stays as it is; name another file\n");
  CHECK(text_of_file(folder / "mine.json") == "mine");
  CHECK(run_program({"init", "none/at/all.json"}, inside).exit_code == 2);
}

TEST_CASE("a verb of another program is run from beside this one, with its arguments") {
  TemporaryFolder folder;
  const std::string copy = folder / "meshtwin";
  std::filesystem::copy_file(std::getenv("MESHTWIN_PROGRAM"), copy);
  const std::string sibling = folder.write("meshtwin-foo", "#!/bin/sh\necho \"foo: $*\"\nexit 7\n");
  std::filesystem::permissions(sibling, std::filesystem::perms::owner_all);
  ProgramOptions options;
  options.program = copy;
  const Finished run = run_program({"foo", "a", "--b=c"}, options);
  CHECK(run.exit_code == 7);
  CHECK(run.out == "foo: a --b=c\n");
  CHECK(run_program({"../meshtwin-foo"}, options).exit_code == 2);
  CHECK(run_program({"bar"}, options).err ==
        "meshtwin: there is no verb \"bar\"; meshtwin --help lists the verbs\n");
}

TEST_CASE("piped output has no escape codes") {
  const std::string least = "scenarios/policies/least-request.json";
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"run", kSmall},
        std::vector<std::string>{"compare", least, least, "--scenario", "tests/cli/files/one-service.json"},
        std::vector<std::string>{"model", "tests/cli/files/one-service.json", "--loads", "0.1,0.2"}}) {
    const Finished run = run_program(arguments);
    CHECK(run.exit_code == 0);
    CHECK(run.out.find('\x1b') == std::string::npos);
    CHECK(run.err.empty());
  }
}

TEST_CASE("a terminal gets colours, unless the user wants none") {
  ProgramOptions terminal;
  terminal.out_terminal = 100;
  terminal.environment = {{"TERM", "xterm"}, {"NO_COLOR", ""}};
  CHECK(run_program({"run", kSmall}, terminal).out.find("\x1b[1m") != std::string::npos);
  terminal.environment = {{"TERM", "xterm"}, {"NO_COLOR", "1"}};
  CHECK(run_program({"run", kSmall}, terminal).out.find('\x1b') == std::string::npos);
  terminal.environment = {{"TERM", "dumb"}, {"NO_COLOR", ""}};
  CHECK(run_program({"run", kSmall}, terminal).out.find('\x1b') == std::string::npos);
}

TEST_CASE("reports keep to the width of the terminal") {
  const std::vector<std::string> commands[] = {
      {"run", kSmall, "--replications", "2"},
      {"compare", "scenarios/policies/random.json", "scenarios/policies/least-request.json", "--scenario",
       "tests/cli/files/one-service.json"},
      {"model", "tests/cli/files/one-service.json", "--loads", "0.2,0.8"}};
  for (const std::uint16_t width : std::initializer_list<std::uint16_t>{80, 100, 140}) {
    ProgramOptions terminal;
    terminal.out_terminal = width;
    terminal.environment = {{"NO_COLOR", "1"}};
    for (const std::vector<std::string>& command : commands) {
      std::istringstream lines(run_program(command, terminal).out);
      for (std::string line; std::getline(lines, line);) {
        if (line.ends_with('\r')) line.pop_back();
        INFO(width << ": " << line);
        CHECK(shown_width(line) <= width);
      }
    }
  }
}
