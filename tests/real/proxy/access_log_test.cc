#include "real/proxy/access_log.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <future>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "core/config/json_document.h"
#include "real/proxy/json_text.h"
#include "tests/real/proxy/loop_helpers.h"
#include "tests/support/program.h"

using namespace meshtwin;
using namespace std::chrono_literals;

namespace {

struct Rig {
  TemporaryFolder folder;
  EventLoop loop;
  std::shared_ptr<LogFile> file = std::make_shared<LogFile>();

  Rig() { file->use(LogFile::open(folder / "log").value()); }
  std::vector<Json> lines() const {
    std::vector<Json> out;
    std::istringstream text(text_of_file(folder / "log"));
    for (std::string line; std::getline(text, line);) {
      const Result<Json> json = parse_json(line, "line");
      INFO(line << (json ? "" : json.error().message));
      REQUIRE(json.ok());
      out.push_back(json.value());
    }
    return out;
  }
};

AccessRecord record() {
  AccessRecord out;
  out.listener = "in";
  out.method = "GET";
  out.target = "/a?secret=1";
  out.host = "shop.example.org";
  out.upstream = "checkout";
  out.policy_sha256 = "0123456789abcdef";
  out.status = 200;
  out.duration = 1234567ns;
  return out;
}

}  // namespace

TEST_CASE("a line says what became of a call, and why") {
  Rig rig;
  {
    BackgroundWriter writer;
    AccessLog log(rig.loop, {"", false, 1}, rig.file, writer);
    AccessRecord failed = record();
    failed.status = 504;
    failed.failure = FailureKind::timeout;
    failed.flags = AccessFlag::client_gone | AccessFlag::retry_impossible;
    failed.bytes_in = 5;
    failed.bytes_out = 6;
    failed.request_id = "id-1";
    failed.traceparent = "00-1-2-01";
    const std::array<AttemptRecord, 2> attempts{
        {{"checkout/0", FailureKind::error_5xx, 503}, {"checkout/1", FailureKind::timeout, 0}}};
    failed.attempts = attempts;
    log.log(failed);
    AccessRecord refused;
    refused.listener = "in";
    refused.status = 404;
    refused.flags = AccessFlag::no_route;
    log.log(refused);
  }
  const auto lines = rig.lines();
  REQUIRE(lines.size() == 2);
  const Json& line = lines[0];
  CHECK(line["path"] == "/a");
  CHECK(line["status"] == 504);
  CHECK(line["duration_ms"] == Approx(1.234));
  CHECK(line["endpoint"] == "checkout/1");
  CHECK(line["attempts"].dump() == R"([{"endpoint":"checkout/0","failure":"5xx","status":503},)"
                                   R"({"endpoint":"checkout/1","failure":"timeout"}])");
  CHECK(line["flags"].dump() == R"(["timeout","client_gone","retry_impossible"])");
  CHECK(line["policy"] == "01234567");
  CHECK(line["request_id"] == "id-1");
  CHECK(line["traceparent"] == "00-1-2-01");
  CHECK(line["bytes_in"] == 5);
  CHECK(lines[1]["flags"].dump() == R"(["no_route"])");
  CHECK_FALSE(lines[1].contains("upstream"));
}

TEST_CASE("queries are logged only where they are asked for") {
  Rig rig;
  {
    BackgroundWriter writer;
    AccessLog log(rig.loop, {"", true, 1}, rig.file, writer);
    log.log(record());
  }
  CHECK(rig.lines()[0]["path"] == "/a?secret=1");
}

TEST_CASE("hostile bytes neither end a string nor a line") {
  Rig rig;
  std::string hostile = "/\"\\\r\n\t\x01\x7f<\xff\xfe>\xe2\x82\xac\xe2\x82\xed\xa0\x80\xf4\x90\x80\x80";
  hostile += '\0';
  {
    BackgroundWriter writer;
    AccessLog log(rig.loop, {"", false, 1}, rig.file, writer);
    AccessRecord line = record();
    line.target = hostile;
    line.host = hostile;
    log.log(line);
  }
  const auto lines = rig.lines();
  REQUIRE(lines.size() == 1);
  const std::string kBad = "\xEF\xBF\xBD";
  std::string expected = "/\"\\\r\n\t\x01\x7f<" + kBad + kBad + ">\xe2\x82\xac";
  for (int i = 0; i < 2 + 3 + 4; ++i) expected += kBad;
  expected += '\0';
  CHECK(lines[0]["path"] == expected);
  CHECK(lines[0]["host"] == expected);
}

TEST_CASE("the longest line there can be fits into a buffer") {
  Rig rig;
  const std::string much(20'000, '\x01');
  {
    BackgroundWriter writer;
    AccessLog log(rig.loop, {"", true, 1}, rig.file, writer);
    AccessRecord line = record();
    line.listener = line.client = line.method = line.target = line.host = line.request_id = line.traceparent =
        line.upstream = much;
    std::vector<AttemptRecord> attempts(8, AttemptRecord{much, FailureKind::connect, 0});
    line.attempts = attempts;
    log.log(line);
    CHECK(log.dropped() == 0);
  }
  CHECK(rig.lines().size() == 1);
}

TEST_CASE("a sample is even, and failed calls are always in it") {
  Rig rig;
  {
    BackgroundWriter writer;
    AccessLog log(rig.loop, {"", false, 0.25}, rig.file, writer);
    for (int i = 0; i < 40; ++i) log.log(record());
    AccessRecord failed = record();
    failed.status = 500;
    for (int i = 0; i < 3; ++i) log.log(failed);
  }
  const auto lines = rig.lines();
  CHECK(std::count_if(lines.begin(), lines.end(), [](const Json& line) { return line["status"] == 200; }) ==
        10);
  CHECK(std::count_if(lines.begin(), lines.end(), [](const Json& line) { return line["status"] == 500; }) ==
        3);
}

TEST_CASE("a writer that is stuck costs lines and no time, and what was kept comes out whole") {
  Rig rig;
  std::uint64_t dropped = 0;
  constexpr int kLines = 20'000;
  {
    BackgroundWriter writer;
    std::promise<void> stuck;
    writer.run([&] { stuck.get_future().wait(); });
    AccessLog log(rig.loop, {"", false, 1}, rig.file, writer);
    for (int i = 0; i < kLines; ++i) log.log(record());
    dropped = log.dropped();
    stuck.set_value();
  }
  CHECK(dropped > 0);
  CHECK(rig.lines().size() == kLines - dropped);
}

TEST_CASE("lines come out by themselves soon after they were logged") {
  Rig rig;
  BackgroundWriter writer;
  AccessLog log(rig.loop, {"", false, 1}, rig.file, writer);
  log.log(record());
  run_until(rig.loop, [&] { return rig.loop.timers().size() == 0; });
  std::promise<void> written;
  writer.run([&] { written.set_value(); });
  written.get_future().wait();
  CHECK(rig.lines().size() == 1);
}
