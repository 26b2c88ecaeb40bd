#include "sim/cli/sketch.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <sstream>

#include "sim/cli/table.h"

using namespace meshtwin;
using namespace std::chrono_literals;

namespace {

const Paint kPlain(false);

Histogram of(std::initializer_list<std::pair<Duration, std::uint64_t>> values) {
  Histogram result;
  for (const auto& [value, count] : values) result.record(value, count);
  return result;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

}  // namespace

TEST_CASE("nothing is sketched as nothing") {
  const Histogram none;
  CHECK(sketch({}, kPlain, 80).empty());
  CHECK(sketch({{"a", &none}}, kPlain, 80).empty());
}

TEST_CASE("rows have the shares of their ranges and the marks of the percentiles") {
  const Histogram latency = of({{1200us, 60}, {7ms, 39}, {30ms, 1}});
  const auto lines = lines_of(sketch({{"", &latency}}, kPlain, 80));
  REQUIRE(lines.size() > 3);
  const auto row_with = [&](const std::string& part) {
    const auto found = std::find_if(lines.begin(), lines.end(),
                                    [&](const auto& line) { return line.find(part) != std::string::npos; });
    REQUIRE(found != lines.end());
    return *found;
  };
  CHECK(row_with("60.0 %").find("p50") != std::string::npos);
  CHECK(row_with("39.0 %").find("p99") != std::string::npos);
  CHECK(row_with(" 1.0 %").find("p99.9") != std::string::npos);
}

TEST_CASE("a run of empty rows is one line") {
  const Histogram latency = of({{1ms, 50}, {800ms, 50}});
  const auto lines = lines_of(sketch({{"", &latency}}, kPlain, 80));
  CHECK(lines.size() <= 5);
  CHECK(std::count_if(lines.begin(), lines.end(),
                      [](const auto& line) { return line.find("...") != std::string::npos; }) == 1);
}

TEST_CASE("answers at once have a row of their own") {
  const Histogram latency = of({{0ns, 25}, {10ms, 75}});
  const auto lines = lines_of(sketch({{"", &latency}}, kPlain, 80));
  REQUIRE(!lines.empty());
  CHECK(lines[0].find("at once") != std::string::npos);
  CHECK(lines[0].find("25.0 %") != std::string::npos);
  const Histogram only = of({{0ns, 3}});
  CHECK(lines_of(sketch({{"", &only}}, kPlain, 80)).size() == 1);
}

TEST_CASE("one value alone fills one row") {
  for (const Duration value : {Duration(1), Duration(1us), Duration(10ms), Duration(3s), Duration(4h)}) {
    const Histogram latency = of({{value, 5}});
    const auto lines = lines_of(sketch({{"", &latency}}, kPlain, 80));
    INFO(value.count());
    CHECK(std::count_if(lines.begin(), lines.end(),
                        [](const auto& line) { return line.find("100.0 %") != std::string::npos; }) == 1);
  }
}

TEST_CASE("several distributions share a scale and stand side by side as far as there is room") {
  const Histogram fast = of({{1200us, 100}});
  const Histogram slow = of({{90ms, 100}});
  const std::vector<Sketched> three{{"fast", &fast}, {"slow", &slow}, {"again", &slow}};
  const auto wide = lines_of(sketch(three, kPlain, 120));
  CHECK(wide[0].find("fast") < wide[0].find("slow"));
  CHECK(wide[0].find("again") != std::string::npos);
  for (const std::size_t width : {40, 60, 80, 120}) {
    for (const std::string& line : lines_of(sketch(three, kPlain, width))) {
      INFO(width << ": " << line);
      CHECK(shown_width(line) <= std::max<std::size_t>(width, 50));
    }
  }
}
