// Bad input: one clear line on stderr, exit status 2, and nothing written.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "tests/support/program.h"

using namespace meshtwin;

namespace {

struct Refusal {
  const char* what;  // is wrong
  const char* from;  // a part of the starter, which `to` takes the place of
  const char* to;
  const char* message;  // on stderr, after the file's name
};

const Refusal kRefusals[] = {
    {"a misspelt key", R"("instances": 11)", R"("instnces": 11)",
     ": $.services.checkout.instnces: unknown key \"instnces\"; did you mean \"instances\"?"},
    {"a wrong unit", R"("duration": "45s")", R"("duration": "45 sec")",
     ": $.duration: \"45 sec\" isn't a duration; the unit is one of ns, us, ms, s, m or h"},
    {"a negative rate", R"("rate": 900)", R"("rate": -900)",
     ": $.clients.web.arrivals.rate: -900 is out of range; give a number above 0"},
    {"a service that nobody defines", R"("calls": "checkout")", R"("calls": "chekout")",
     ": $.clients.web.calls: there is no service \"chekout\"; did you mean \"checkout\"?"},
    {"a duplicate key", R"("seed": 1,)", R"("seed": 1, "seed": 2,)",
     ": $: the key \"seed\" is already there at "},
    {"a duplicate service", R"("services": {)", R"("services": {"checkout": {"service_time": "1ms"},)",
     ": $.services: the key \"checkout\" is already there at "},
    {"not a number", R"("rate": 900)", R"("rate": NaN)",
     ": NaN isn't a number in JSON; give a finite number"},
    {"a service that calls itself", R"("concurrency": 1,)", R"("concurrency": 1, "calls": ["checkout"],)",
     ": $.services.checkout.calls: services call each other in a circle: checkout -> checkout; take one"},
    {"a fault without a kind", R"(, "slow": 3)", "",
     ": $.faults[0]: nothing says what the fault does; give one of slow, "},
    {"an unknown metric", R"(checkout.latency.p99 <=)", R"(checkout.latency.p98 <=)",
     "there is no metric \"latency.p98\"; did you mean "},
};

std::string starter_with(const Refusal& refusal) {
  std::string text = text_of_file("scenarios/starter.json");
  const auto at = text.find(refusal.from);
  INFO(refusal.what);
  REQUIRE(at != std::string::npos);
  return text.replace(at, std::string(refusal.from).size(), refusal.to);
}

// One line that begins with the program's and the file's names.
void check_line(const Finished& run, const std::string& file, const std::string& message) {
  INFO(run.err);
  CHECK(run.exit_code == 2);
  CHECK(run.out.empty());
  CHECK(run.err.starts_with("meshtwin: " + file));
  CHECK(run.err.find(message) != std::string::npos);
  CHECK(run.err.find('\n') == run.err.size() - 1);
}

// Runs it with an output folder that holds an earlier result, which must stay as it is.
void check_refused(const TemporaryFolder& folder, const std::string& file, const std::string& blamed,
                   const std::string& message) {
  const std::string earlier = folder.write("out/result.json", "earlier");
  const auto long_ago = std::filesystem::file_time_type::clock::now() - std::chrono::hours(1);
  std::filesystem::last_write_time(earlier, long_ago);
  const auto stamp = std::filesystem::last_write_time(earlier);
  check_line(run_program({"run", file, "--out", folder / "out"}), blamed, message);
  CHECK(text_of_file(earlier) == "earlier");
  CHECK(std::filesystem::last_write_time(earlier) == stamp);
  const std::filesystem::directory_iterator entries(folder / "out");
  CHECK(std::distance(begin(entries), end(entries)) == 1);
}

void check_usage(const std::vector<std::string>& arguments, const std::string& message) {
  const Finished run = run_program(arguments);
  INFO(run.err);
  CHECK(run.exit_code == 2);
  CHECK(run.out.empty());
  CHECK(run.err == "meshtwin: " + message + "\n");
}

}  // namespace

TEST_CASE("each wrong value is named with file, path, value and remedy") {
  TemporaryFolder folder;
  for (const Refusal& refusal : kRefusals) {
    INFO(refusal.what);
    const std::string file = folder.write("scenario.json", starter_with(refusal));
    check_refused(folder, file, file, refusal.message);
  }
}

TEST_CASE("a missing policy file is named at the place that names it") {
  TemporaryFolder folder;
  const std::string file = folder.write(
      "scenario.json",
      R"({"duration": "1s", "services": {"a": {"service_time": "1ms"}}, "policies": {"a": "policies/none.json"},
          "clients": {"w": {"calls": "a", "arrivals": {"process": "poisson", "rate": 1}}}})");
  check_refused(folder, file, file,
                ": $.policies.a: \"policies/none.json\" can't be read: no such file; give ");
}

TEST_CASE("a wrong value in a policy file is blamed on that file") {
  TemporaryFolder folder;
  const std::string policy = folder.write("p.json", R"({"timeout": "1 second"})");
  const std::string file = folder.write(
      "scenario.json",
      R"({"duration": "1s", "services": {"a": {"service_time": "1ms"}}, "policies": {"a": "p.json"},
          "clients": {"w": {"calls": "a", "arrivals": {"process": "poisson", "rate": 1}}}})");
  check_refused(folder, file, policy, ": $.timeout: \"1 second\" isn't a duration");
}

TEST_CASE("files that extend each other in a circle are refused") {
  TemporaryFolder folder;
  const std::string a = folder.write("a.json", R"({"extends": "b.json"})");
  const std::string b = folder.write("b.json", R"({"extends": "a.json"})");
  check_refused(folder, a, b, ": $.extends: files extend each other in a circle: a.json -> b.json -> a.json");
}

TEST_CASE("JSON that breaks off is refused at the place where it does") {
  TemporaryFolder folder;
  const std::string whole = text_of_file("scenarios/starter.json");
  const std::string file = folder.write("scenario.json", whole.substr(0, whole.size() / 2));
  check_refused(folder, file, file + ":", "the JSON breaks off here");
}

TEST_CASE("a file of a hundred million brackets is refused at once") {
  TemporaryFolder folder;
  const std::string file = folder / "brackets.json";
  {
    std::ofstream out(file, std::ios::binary);
    const std::string million(1'000'000, '[');
    for (int i = 0; i < 100; ++i) out << million;
  }
  check_refused(folder, file, file, ":1:65: nested more than 64 levels deep");
}

TEST_CASE("files that are no scenario are refused") {
  TemporaryFolder folder;
  check_refused(folder, folder / "none.json", folder / "none.json", ": no such file");
  check_refused(folder, folder.path().string(), folder.path().string(), ": it is a folder, not a file");
  for (const std::string text : {"", "null", "[]", "\xff\xfe{", "{\"a\": 1} x"}) {
    const std::string file = folder.write("scenario.json", text);
    INFO(text);
    check_refused(folder, file, file, ": ");
  }
  const std::string policy = folder.write("policy.json", R"({"balancer": {"type": "random"}})");
  check_refused(folder, policy, policy, ": this is a policy; name it under \"policies\" of a scenario");
}

TEST_CASE("every bad file of a command is named, and the good ones don't run") {
  TemporaryFolder folder;
  const Finished run = run_program(
      {"run", folder / "a.json", "tests/cli/files/small.json", folder / "b.json", "--out", folder / "out"});
  CHECK(run.exit_code == 2);
  CHECK(run.out.empty());
  CHECK(run.err == "meshtwin: " + (folder / "a.json") + ": no such file\nmeshtwin: " + (folder / "b.json") +
                       ": no such file\n");
  CHECK_FALSE(std::filesystem::exists(folder / "out"));
}

// Below a regular file nobody can make a folder, root included. The scenario would never end.
TEST_CASE("an output folder that can't be written to is found before the run") {
  TemporaryFolder folder;
  const std::string file = folder.write("file", "text");
  const std::string endless =
      folder.write("endless.json", R"({"duration": "10000h", "services": {"a": {"service_time": "1ms"}},
                          "clients": {"w": {"calls": "a", "arrivals": {"process": "poisson", "rate": 9}}}})");
  check_line(run_program({"run", endless, "--out", file + "/below"}),
             "--out " + file + "/below: ", "; name a folder that can be written to");
  check_line(run_program({"run", endless, "--out", file}), "--out " + file + ": ",
             "; name a folder that can be written to");
  CHECK(text_of_file(file) == "text");
}

TEST_CASE("arguments that make no sense are refused with the remedy") {
  const std::string small = "tests/cli/files/small.json";
  check_usage({"rn"}, "there is no verb \"rn\"; did you mean \"run\"?; meshtwin --help lists the verbs");
  check_usage({"run"}, "FILE is required; see meshtwin run --help");
  check_usage({"run", small, "--replicatons", "3"},
              "there is no option --replicatons; did you mean \"--replications\"?; see meshtwin run --help");
  check_usage({"run", small, "--seed", "-1"},
              "--seed: \"-1\" isn't a whole number from 0 to 18446744073709551615; see meshtwin run --help");
  check_usage({"run", small, "--replications", "0"},
              "--replications: \"0\" isn't a whole number from 1 to 100000; see meshtwin run --help");
  check_usage({"run", small, "--threads", "many"},
              "--threads: \"many\" isn't a whole number from 1 to 1024; see meshtwin run --help");
  check_usage({"run", small, "--out", ""}, "--out: it is empty; name a folder; see meshtwin run --help");
  check_usage({"run", small, "--on", "moon"},
              "--on: \"moon\" isn't one of sim, real; see meshtwin run --help");
  check_usage({"run", small, "--set", "seed"}, "--set seed: write it as path=value, such as duration=10s");
  check_usage({"run", small, "--set", "services.chekout.instances=2"},
              "--set services.chekout.instances=2: there is no \"chekout\" in $.services; did you mean "
              "\"checkout\"?");
  check_usage({"model", small, "more"}, "\"more\" is one argument too many; see meshtwin model --help");
  check_usage({"model", "tests/cli/files/one-service.json", "--loads", "0.5"},
              "--loads: give at least two loads, such as 0.2,0.5,0.9");
  check_usage({"model", "tests/cli/files/one-service.json", "--loads", "0.5,2"},
              "--loads: \"2\" isn't a number from 0.001 to 0.999; see meshtwin model --help");
  check_usage({"compare", small}, "compare needs two files or more; see meshtwin compare --help");
  check_usage(
      {"compare", "scenarios/policies/random.json", "scenarios/policies/random.json"},
      "scenarios/policies/random.json: this is a policy; name the scenario to compare policies in with "
      "--scenario FILE");
  check_usage({"compare", small, small, "--service", "chekout"},
              small + ": there is no service \"chekout\"; did you mean \"checkout\"?");
  check_usage({"schema", "polcy"},
              "KIND: \"polcy\" isn't one of scenario, policy, proxy; did you mean \"policy\"?; see meshtwin "
              "schema --help");
}

TEST_CASE("without a verb the help goes to stderr") {
  const Finished run = run_program({});
  CHECK(run.exit_code == 2);
  CHECK(run.out.empty());
  CHECK(run.err == run_program({"--help"}).out);
}
