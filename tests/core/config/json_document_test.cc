#include "core/config/json_document.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <string>

using namespace meshtwin;

namespace {

std::string error_of(std::string_view text) {
  const Result<Json> json = parse_json(text, "f.json");
  return json ? "no error: " + json.value().dump() : json.error().message;
}

}  // namespace

TEST_CASE("JSON is read with its order, its integers and its nesting kept") {
  const Result<Json> json =
      parse_json(R"({"b": [1, -2, 2.5, 18446744073709551615], "a": {"x": "é", "y": null}})", "f");
  REQUIRE(json.ok());
  CHECK(json.value().dump() == R"({"b":[1,-2,2.5,18446744073709551615],"a":{"x":"é","y":null}})");
}

TEST_CASE("a byte order mark is skipped and doesn't count as a column") {
  CHECK(parse_json("\xEF\xBB\xBF{\"a\": 1}", "f").ok());
  CHECK(error_of("\xEF\xBB\xBF{\"a\" 1}") ==
        "f.json:1:6: not JSON: unexpected number literal; expected ':' near \"1\"");
}

TEST_CASE("a key that is there twice names both places") {
  CHECK(error_of("{\"services\": {\n  \"checkout\": 1,\n  \"checkout\": 2}}") ==
        "f.json:3:3: $.services: the key \"checkout\" is already there at 2:3; keep one of the two");
  CHECK(error_of(R"([{"a": 1, "b": 2, "a": 3}])") ==
        "f.json:1:19: $[0]: the key \"a\" is already there at 1:3; keep one of the two");
}

TEST_CASE("numbers that aren't finite are refused in plain words") {
  CHECK(error_of("{\"rate\": NaN}") == "f.json:1:10: NaN isn't a number in JSON; give a finite number");
  CHECK(error_of("{\"rate\": -Infinity}") ==
        "f.json:1:10: -Infinity isn't a number in JSON; give a finite number");
  CHECK(error_of("{\"rate\": 1e999}") == "f.json:1:10: \"1e999\" is too large for a number");
}

TEST_CASE("JSON that breaks off says where and what was expected") {
  CHECK(error_of("{\"a\": [1,\n 2") ==
        "f.json:2:3: the JSON breaks off here; unexpected end of input; expected ']'");
  CHECK(error_of("{\"a\": \"b") ==
        "f.json:1:9: the JSON breaks off here; invalid string: missing closing quote");
  CHECK(error_of("") == "f.json: the file is empty");
  CHECK(error_of(" \n") == "f.json: the file is empty");
}

TEST_CASE("other slips name line, column and the word") {
  CHECK(error_of("{\"a\": True}") == "f.json:1:7: not JSON: invalid literal near \"True\"");
  CHECK(error_of("{\"a\": 1,}") == "f.json:1:9: not JSON: unexpected '}'; expected string literal");
  CHECK(error_of("{} {}") == "f.json:1:4: not JSON: unexpected '{'; expected end of input");
  CHECK(error_of("\"\xff\"") == "f.json:1:2: the text isn't UTF-8; save the file as UTF-8");
  CHECK(error_of(std::string("{}\0x", 4)) == "f.json:1:3: not JSON: a NUL byte");
}

TEST_CASE("nesting stops at the limit, however long the file goes on") {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  CHECK(parse_json(nested(kDeepestJson), "f").ok());
  CHECK(error_of(nested(kDeepestJson + 1)) ==
        "f.json:1:65: nested more than 64 levels deep; no file needs that");
  CHECK(error_of(std::string(100'000'000, '[')) ==
        "f.json:1:65: nested more than 64 levels deep; no file needs that");
}

TEST_CASE("an object of very many keys is read in reasonable time") {
  std::string text = "{";
  for (int i = 0; i < 200'000; ++i) text += (i == 0 ? "\"" : ",\"") + std::to_string(i) + "\":0";
  const Result<Json> json = parse_json(text + "}", "f");
  REQUIRE(json.ok());
  CHECK(json.value().size() == 200'000);
}
