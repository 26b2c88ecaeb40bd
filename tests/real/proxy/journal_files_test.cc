#include "real/proxy/journal_files.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <future>
#include <set>
#include <string>

#include "tests/real/proxy/journal_folder.h"
#include "tests/support/program.h"

using namespace meshtwin;

namespace {

std::set<std::string> names_in(const TemporaryFolder& folder) {
  std::set<std::string> out;
  for (const auto& entry : std::filesystem::directory_iterator(folder / "")) {
    out.insert(entry.path().filename().string());
  }
  return out;
}

}  // namespace

TEST_CASE("chunks go to the files of their segments in order") {
  const TemporaryFolder folder;
  {
    BackgroundWriter writer;
    const auto journal = JournalFolder::open(journal_in(folder, 1'000'000)).value();
    CHECK(journal->first_segment(2) == 1);
    JournalFileSink sink(journal, writer, 2);
    put(sink, "one ", 1);
    put(sink, "two", 1);
    put(sink, "three", 2);
  }
  CHECK(text_of_file(folder / "journal-2-000001.mtj") == "one two");
  CHECK(text_of_file(folder / "journal-2-000002.mtj") == "three");
}

TEST_CASE("a later process goes on with the next segment") {
  const TemporaryFolder folder;
  folder.write("journal-0-000007.mtj", "x");
  folder.write("journal-1-000002.mtj", "yy");
  folder.write("journal-0-7.mtj", "not ours");
  folder.write("notes.txt", "not ours");
  const auto journal = JournalFolder::open(journal_in(folder, 1'000'000)).value();
  CHECK(journal->first_segment(0) == 8);
  CHECK(journal->first_segment(1) == 3);
  CHECK(journal->bytes_on_disk() == 3);
}

TEST_CASE("the oldest files of any worker give way, but for those that are being written") {
  const TemporaryFolder folder;
  folder.write("journal-5-000001.mtj", std::string(100, 'o'));
  folder.write("notes.txt", std::string(1000, 'n'));
  {
    BackgroundWriter writer;
    const auto journal = JournalFolder::open(journal_in(folder, 250)).value();
    JournalFileSink first(journal, writer, 0);
    JournalFileSink second(journal, writer, 1);
    put(first, std::string(100, 'a'), 1);
    put(second, std::string(100, 'b'), 1);  // 300: worker 5's old file goes
    put(first, std::string(100, 'c'), 2);   // 300: worker 0's first one goes
    put(first, std::string(90, 'd'), 3);    // 290: its second one
    wait_for(writer);
    CHECK(journal->bytes_on_disk() == 190);
    CHECK(journal->bytes_written() == 390);
  }
  CHECK(names_in(folder) ==
        std::set<std::string>{"journal-0-000003.mtj", "journal-1-000001.mtj", "notes.txt"});
}

TEST_CASE("without a free chunk the sink refuses, and takes up again when there is one") {
  const TemporaryFolder folder;
  BackgroundWriter writer;
  std::promise<void> stuck;
  writer.run([&] { stuck.get_future().wait(); });
  const auto journal = JournalFolder::open(journal_in(folder, 1'000'000)).value();
  JournalFileSink sink(journal, writer, 0);
  const std::size_t chunks = sink.free_chunks();
  REQUIRE(chunks > 2);
  for (std::size_t i = 0; i < chunks; ++i) put(sink, "x", 1);
  CHECK(sink.free_chunks() == 0);
  CHECK(sink.take().empty());
  stuck.set_value();
  wait_for(writer);
  CHECK(sink.free_chunks() == chunks);
}

TEST_CASE("a folder that isn't there is refused, and a write that fails is counted") {
  const TemporaryFolder folder;
  JournalConfig missing = journal_in(folder, 1000);
  missing.folder = folder / "none";
  CHECK(JournalFolder::open(missing).error().message ==
        folder / "none" +
            std::string(
                ": the journal can't be written there (No such file or directory); make the folder, or name "
                "another one"));
  BackgroundWriter writer;
  const auto journal = JournalFolder::open(journal_in(folder, 1000)).value();
  std::filesystem::create_directory(folder / "journal-0-000001.mtj");
  JournalFileSink sink(journal, writer, 0);
  put(sink, "x", 1);
  wait_for(writer);
  CHECK(journal->write_errors() == 1);
}
