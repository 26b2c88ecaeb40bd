// The configurations that come with the program are good, and as the schema has them.
#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "core/config/json_document.h"
#include "real/proxy/config_check.h"
#include "tests/support/program.h"
#include "tests/support/schema_check.h"

using namespace meshtwin;

TEST_CASE(
    "each example of a proxy's configuration passes the check, explains itself, and is as the schema has "
    "it") {
  Schemas schemas;
  for (const std::string name : {"policy.schema.json", "proxy.schema.json"}) {
    schemas[name] = parse_json(text_of_file("scenarios/schemas/" + name), name).value();
  }
  const std::string list = text_of_file("scenarios/proxy/README.md");
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator("scenarios/proxy")) {
    if (entry.path().extension() != ".json") continue;
    ++files;
    const std::string file = entry.path().string();
    INFO(file);
    const auto checked = check_proxy_config(file);
    INFO((checked ? "" : checked.error().message));
    CHECK(checked.ok());
    const Json json = parse_json(text_of_file(file), file).value();
    CHECK(is_valid(json, schemas, "proxy.schema.json"));
    CHECK(json.contains("notes"));
    CHECK(json["$schema"] == "../schemas/proxy.schema.json");
    CHECK(list.find("`" + entry.path().filename().string() + "`") != std::string::npos);
  }
  CHECK(files >= 2);
}
