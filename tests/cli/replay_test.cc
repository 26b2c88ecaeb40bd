// `meshtwin replay` on journals in files.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "tests/policies/journal/recorded_worker.h"
#include "tests/policies/journal/some_policies.h"
#include "tests/support/program.h"

using namespace meshtwin;
using namespace meshtwin::test;

namespace {

void write_segments(const MemorySink& sink, const TemporaryFolder& folder, const std::string& prefix) {
  for (const auto& [number, bytes] : sink.segments) {
    const std::string name = folder / (prefix + std::to_string(number) + ".mtj");
    std::ofstream(name, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  }
}

// Segments 0 to 10 and more, so that the order of names isn't that of numbers.
struct Journal {
  Journal() : worker({with_everything(LeastRequestConfig{}), PolicyConfig{}}, LoadOptions{}, 4096, 12'000) {
    for (EndpointIndex e = 0; e < 10; ++e)
      worker.calls[0]->name_endpoint(e, "10.0.0." + std::to_string(e) + ":80");
    worker.load.run(20'000);
    worker.recorder.finish();
    write_segments(worker.sink, folder, "worker-3-");
  }
  TemporaryFolder folder;
  RecordedWorker worker;
};

void flip_a_bit(const std::string& file, std::size_t at) {
  std::string bytes = text_of_file(file);
  bytes.at(at) = static_cast<char>(bytes[at] ^ 1);
  std::ofstream(file, std::ios::binary) << bytes;
}

std::string message_of(const Finished& run) {
  CHECK(run.exit_code == 2);
  CHECK(run.out.empty());
  CHECK(std::count(run.err.begin(), run.err.end(), '\n') == 1);
  return run.err;
}

}  // namespace

TEST_CASE("replay of a folder reports inputs, decisions and no divergence") {
  Journal journal;
  REQUIRE(journal.worker.sink.segments.size() > 10);
  journal.folder.write("notes.txt", "no journal");
  const Finished run = run_program({"replay", journal.folder.path().string()});
  INFO(run.out << run.err);
  CHECK(run.exit_code == 0);
  CHECK(run.err.empty());
  CHECK(run.out.find("1 worker, ") == 0);
  CHECK(run.out.find("recorded by a test") != std::string::npos);
  CHECK(run.out.find("2023-11-14 22:13:20 UTC to ") != std::string::npos);
  CHECK(run.out.find("\n  inputs       20,000, ") != std::string::npos);
  CHECK(run.out.find("\n  divergences  0\n") != std::string::npos);
  CHECK(run.out.find(policy_sha256(with_everything(LeastRequestConfig{})).substr(0, 8)) != std::string::npos);
}

TEST_CASE("replay --json prints one document") {
  Journal journal;
  const Finished run = run_program({"replay", "--json", journal.folder.path().string()});
  const auto document = nlohmann::json::parse(run.out);
  CHECK(document.at("inputs") == 20'000);
  CHECK(document.at("decisions") == journal.worker.load.decisions());
  CHECK(document.at("segments") == journal.worker.sink.segments.size());
  CHECK(document.at("bytes") == journal.worker.sink.bytes());
  CHECK(document.at("divergences") == 0);
  CHECK(document.at("first_divergence").is_null());
  CHECK(document.at("upstreams").size() == 2);
}

TEST_CASE("replay --policy says what another policy would have picked, and what that is") {
  Journal journal;
  const std::string other = "scenarios/policies/round-robin.json";
  const Finished run = run_program({"replay", journal.folder.path().string(), "--policy", other});
  INFO(run.out << run.err);
  CHECK(run.exit_code == 0);
  CHECK(run.out.find("What " + other + " (round_robin, ") != std::string::npos);
  CHECK(run.out.find("Decisions on recorded states, not predicted latencies") != std::string::npos);
  CHECK(run.out.find(" picks differ (") != std::string::npos);
  CHECK(run.out.find("10.0.0.0:80") != std::string::npos);
  CHECK(run.out.find("Not evaluated of " + other + ": ") != std::string::npos);
  const Finished json = run_program({"replay", "--json", journal.folder.path().string(), "--policy", other});
  const auto document = nlohmann::json::parse(json.out);
  CHECK(document.at("other_policy").at("meaning") == "decisions on recorded states, not predicted latencies");
  const auto& upstream = document.at("upstreams").at(0);
  CHECK(upstream.at("picks").get<int>() > 1'000);
  CHECK(upstream.at("picks_differing").get<int>() > 100);
  CHECK(upstream.at("picks_by_endpoint").size() == 10);
}

// A journal whose header names a policy with another wait than that which decided.
TEST_CASE("replay exits with 1 and explains the first divergence") {
  TemporaryFolder folder;
  MemorySink sink(4096);
  JournalRecorder recorder(sink, {0, 0, "a test", 1'000'000, 0});
  const PolicyConfig policy = with_everything(LeastRequestConfig{});
  const auto upstream = make_upstream(policy, 1);
  JournaledUpstream description;
  description.name = "shop";
  PolicyConfig claimed = policy;
  claimed.retry.per_try_timeout = std::chrono::milliseconds(61);
  description.policy_text = canonical_policy_text(claimed);
  description.policy_sha256 = policy_sha256(claimed);
  description.seed = 1;
  RecordedCalls calls(*upstream, recorder, description);
  JournalLoad load(LoadOptions{});
  load.add(calls);
  load.run(1'000);
  recorder.finish();
  write_segments(sink, folder, "");
  const Finished run = run_program({"replay", folder.path().string()});
  INFO(run.out << run.err);
  CHECK(run.exit_code == 1);
  CHECK(run.out.find("The first divergence\n") != std::string::npos);
  CHECK(run.out.find("  input 2 of worker 0, 1970-01-01 00:00:00 UTC") != std::string::npos);
  CHECK(run.out.find("upstream shop") != std::string::npos);
  CHECK(run.out.find("0.mtj, offset ") != std::string::npos);
  CHECK(run.out.find("whose deadline is in 60.000000 ms") != std::string::npos);
  CHECK(run.out.find("whose deadline is in 61.000000 ms") != std::string::npos);
  CHECK(run.out.find("afterwards: eligible, 1 active, weight 1, active requests 1") != std::string::npos);
  const Finished json = run_program({"replay", "--json", folder.path().string()});
  CHECK(json.exit_code == 1);
  const auto document = nlohmann::json::parse(json.out);
  CHECK(document.at("first_divergence").at("input") == 2);
  CHECK(document.at("divergences").get<int>() > 100);
}

TEST_CASE("replay of a torn segment is no error, and says that it is torn") {
  Journal journal;
  const std::string last =
      journal.folder / ("worker-3-" + std::to_string(journal.worker.sink.segments.rbegin()->first) + ".mtj");
  std::filesystem::resize_file(last, std::filesystem::file_size(last) - 100);
  journal.folder.write("worker-3-next.mtj", "");
  const Finished run = run_program({"replay", journal.folder.path().string()});
  INFO(run.out << run.err);
  CHECK(run.exit_code == 0);
  CHECK(run.out.find("\n  torn off     the end of 2 segments\n") != std::string::npos);
}

TEST_CASE("replay goes on behind damaged segments, names file, offset and reason, and exits with 1") {
  Journal journal;
  const std::string flipped = journal.folder / "worker-3-1.mtj";
  flip_a_bit(flipped, std::filesystem::file_size(flipped) / 2);
  const std::string truncated = journal.folder / "worker-3-4.mtj";
  std::filesystem::resize_file(truncated, std::filesystem::file_size(truncated) - 100);
  const std::string headless = journal.folder / "worker-3-6.mtj";
  flip_a_bit(headless, 0);
  const std::string alien = journal.folder.write("alien.mtj", "no journal, though it is called like one");
  const std::string doubled = journal.folder / "worker-3-8b.mtj";
  std::filesystem::copy_file(journal.folder / "worker-3-8.mtj", doubled);
  const Finished run = run_program({"replay", journal.folder.path().string()});
  INFO(run.out << run.err);
  CHECK(run.exit_code == 1);
  CHECK(run.err.empty());
  CHECK(run.out.find(" inputs are in parts that are damaged or missing\n") != std::string::npos);
  CHECK(run.out.find("\n  damaged      5 files\n") != std::string::npos);
  CHECK(run.out.find("\n  divergences  0\n") != std::string::npos);
  CHECK(run.out.find(flipped) != std::string::npos);

  const Finished json = run_program({"replay", "--json", journal.folder.path().string()});
  CHECK(json.exit_code == 1);
  const auto document = nlohmann::json::parse(json.out);
  std::map<std::string, std::string> problems;
  for (const auto& file : document.at("damaged_files")) problems[file.at("file")] = file.at("problem");
  REQUIRE(problems.size() == 5);
  CHECK(problems[alien] == "offset 0: this is no journal of meshtwin");
  CHECK(problems[headless] == "offset 0: this is no journal of meshtwin");
  CHECK(problems[doubled] == "offset 24: segment 8 of worker 3 can't follow segment 8 of worker 3");
  CHECK(problems[flipped].starts_with("offset "));
  CHECK(problems[flipped].ends_with(": the frame's checksum doesn't match"));
  CHECK(problems[truncated].ends_with(": its end is missing, though a later segment of the worker is there"));
  CHECK(document.at("divergences") == 0);
  CHECK(document.at("segments") == journal.worker.sink.segments.size() - 2);
  CHECK(document.at("missing_inputs") > 0);
  CHECK(document.at("inputs").get<int>() + document.at("missing_inputs").get<int>() == 20'000);
}

TEST_CASE("replay exits with 1 where a segment is missing between others") {
  Journal journal;
  std::filesystem::remove(journal.folder / "worker-3-0.mtj");
  CHECK(run_program({"replay", journal.folder.path().string()}).exit_code == 0);
  std::filesystem::remove(journal.folder / "worker-3-5.mtj");
  const Finished run = run_program({"replay", journal.folder.path().string()});
  INFO(run.out << run.err);
  CHECK(run.exit_code == 1);
  CHECK(run.out.find(" inputs are in parts that are damaged or missing\n") != std::string::npos);
}

TEST_CASE("replay of nothing that is whole is an error, which names what is wrong") {
  Journal journal;
  for (const auto& [number, bytes] : journal.worker.sink.segments) {
    flip_a_bit(journal.folder / ("worker-3-" + std::to_string(number) + ".mtj"), bytes.size() / 2);
  }
  const std::string damaged = message_of(run_program({"replay", journal.folder.path().string()}));
  CHECK(damaged.find("meshtwin: " + (journal.folder / "worker-3-0.mtj") + ": offset ") == 0);
  CHECK(damaged.find("the frame's checksum doesn't match") != std::string::npos);
  CHECK(message_of(run_program({"replay", "none.mtj"})) == "meshtwin: none.mtj: no such file or folder\n");
  CHECK(message_of(run_program({"replay", "scenarios/quickstart.json"})) ==
        "meshtwin: scenarios/quickstart.json: offset 0: this is no journal of meshtwin\n");
  TemporaryFolder empty;
  CHECK(message_of(run_program({"replay", empty.path().string()})) ==
        "meshtwin: " + empty.path().string() + ": there is no journal in this folder\n");
  const std::string nothing = empty.write("empty.mtj", "");
  CHECK(message_of(run_program({"replay", nothing})) ==
        "meshtwin: " + nothing + ": it ends before its header does; there is nothing to replay\n");
}
