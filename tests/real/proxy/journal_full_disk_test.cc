// A journal whose files can't grow for a while. The limit of a process's file sizes stands in for a full
// disk: writes are cut short and then fail in the same way, and it can be lifted.
#include <sys/resource.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "core/config/policy_file.h"
#include "core/journal/recorded_calls.h"
#include "core/journal/replay.h"
#include "policies/catalog.h"
#include "real/proxy/journal_files.h"
#include "tests/policies/journal/some_policies.h"
#include "tests/real/proxy/journal_folder.h"
#include "tests/real/proxy/running_proxy.h"
#include "tests/support/journal_load.h"
#include "tests/support/program.h"

using namespace meshtwin;
using namespace meshtwin::test;

namespace {

class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    REQUIRE(getrlimit(RLIMIT_FSIZE, &before_) == 0);
    rlimit limit = before_;
    limit.rlim_cur = bytes;
    REQUIRE(setrlimit(RLIMIT_FSIZE, &limit) == 0);
  }
  ~FileSizeLimit() { lift(); }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;
  void lift() { setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_{};
};

// Otherwise the first write beyond the limit ends the test.
void survive_the_limit() { std::signal(SIGXFSZ, SIG_IGN); }

class FileBytes final : public ByteSource {
 public:
  explicit FileBytes(const std::filesystem::path& path) : file_(path, std::ios::binary) {}
  std::size_t read(std::span<std::byte> into) override {
    file_.read(reinterpret_cast<char*>(into.data()), static_cast<std::streamsize>(into.size()));
    return static_cast<std::size_t>(file_.gcount());
  }

 private:
  std::ifstream file_;
};

}  // namespace

TEST_CASE("what a full disk took of a chunk is cut off, and with room again the chunks follow in order") {
  survive_the_limit();
  const TemporaryFolder folder;
  BackgroundWriter writer;
  const auto journal = JournalFolder::open(journal_in(folder, 1'000'000'000)).value();
  JournalFileSink sink(journal, writer, 0);
  const std::size_t chunks = sink.free_chunks();
  FileSizeLimit limit(1000);
  put(sink, std::string(600, 'a'), 1);
  put(sink, std::string(600, 'b'), 1);
  wait_for(writer);
  CHECK(journal->write_errors() == 1);
  CHECK(journal->bytes_written() == 600);
  CHECK(journal->bytes_on_disk() == 600);
  CHECK(text_of_file(folder / "journal-0-000001.mtj") == std::string(600, 'a'));
  // There would be room for this one, but not before the one that waits.
  put(sink, std::string(100, 'c'), 1);
  put(sink, std::string(100, 'd'), 2);
  sink.retry();
  wait_for(writer);
  CHECK(journal->write_errors() > 1);
  CHECK(text_of_file(folder / "journal-0-000001.mtj") == std::string(600, 'a'));
  CHECK(sink.free_chunks() == chunks - 3);
  limit.lift();
  sink.retry();
  wait_for(writer);
  CHECK(sink.free_chunks() == chunks);
  CHECK(journal->bytes_on_disk() == 1400);
  CHECK(text_of_file(folder / "journal-0-000001.mtj") ==
        std::string(600, 'a') + std::string(600, 'b') + std::string(100, 'c'));
  CHECK(text_of_file(folder / "journal-0-000002.mtj") == std::string(100, 'd'));
}

TEST_CASE("a journal that found the disk full tells its gap and replays exactly before and behind it") {
  survive_the_limit();
  const TemporaryFolder folder;
  const PolicyConfig policy = with_everything(LeastRequestConfig{});
  const auto upstream = make_upstream(policy, 1);
  JournalLoad load(LoadOptions{});
  std::uint64_t lost = 0;
  std::uint64_t gaps = 0;
  {
    BackgroundWriter writer;
    JournalFileSink sink(JournalFolder::open(journal_in(folder, 1'000'000'000)).value(), writer, 0);
    JournalRecorder recorder(sink, {0, 0, "a test", std::uint64_t{1} << 20, 1});
    JournaledUpstream description;
    description.name = "shop";
    description.policy_text = canonical_policy_text(policy);
    description.policy_sha256 = policy_sha256(policy);
    description.seed = 1;
    RecordedCalls calls(*upstream, recorder, description);
    load.add(calls);
    // The third chunk of a segment finds its room used up in its middle.
    FileSizeLimit limit(600'000);
    for (int round = 0; round < 200 && recorder.statistics().lost == 0; ++round) load.run(10'000);
    REQUIRE(recorder.statistics().lost > 0);
    load.run(10'000);
    recorder.flush();
    wait_for(writer);
    CHECK(sink.free_chunks() == 0);
    limit.lift();
    sink.retry();
    wait_for(writer);
    load.run(100'000);
    recorder.finish();
    lost = recorder.statistics().lost;
    gaps = recorder.statistics().gaps;
  }
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  CHECK(files.size() > 3);
  Replayer replayer(make_policy_parts);
  for (const auto& file : files) {
    FileBytes source(file);
    const Result<bool> done = replayer.replay(source);
    INFO(file << (done ? "" : ": " + done.error().message));
    REQUIRE(done);
  }
  const ReplayReport& report = replayer.report();
  CHECK(report.divergences == 0);
  CHECK(report.lost == lost);
  CHECK(report.gaps == gaps);
  CHECK(report.missing == 0);
  CHECK(report.torn == 0);
  CHECK(report.inputs + lost == load.inputs());
}

TEST_CASE("a proxy goes on answering where its journal can't grow, and leaves no part of a chunk behind") {
  const TemporaryFolder folder;
  NamedBackend backend("one");
  const nlohmann::json config = {
      {"listeners", {{{"name", "in"}, {"address", "127.0.0.1:0"}, {"routes", {{{"upstream", "a"}}}}}}},
      {"upstreams", {{"a", {{"endpoints", {backend.address()}}}}}},
      {"journal", {{"folder", "."}}}};
  const std::string file = folder.write("p.json", config.dump());
  FileSizeLimit limit(100);
  RunningProxy proxy({"--config", file});
  limit.lift();
  INFO(proxy.err());
  REQUIRE(proxy.ready());
  CHECK(Client(proxy.address("in")).ask("GET", "/").body == "one");
  proxy.signal(SIGTERM);
  CHECK(proxy.wait() == 0);
  REQUIRE(std::filesystem::exists(folder / "journal-0-000001.mtj"));
  CHECK(std::filesystem::file_size(folder / "journal-0-000001.mtj") == 0);
}
