// `meshtwin schema`: the JSON Schemas of the files that users write.
#include <memory>
#include <string>

#include <fmt/format.h>

#include "sim/cli/arguments.h"
#include "sim/cli/commands.h"
#include "sim/cli/embedded_files.h"

namespace meshtwin {
namespace {

std::string_view schema_of(const std::string& kind) {
  if (kind == "policy") return embedded_policy_schema();
  return kind == "proxy" ? embedded_proxy_schema() : embedded_scenario_schema();
}

}  // namespace

void add_schema_command(CLI::App& app, int& exit_code) {
  auto kind = std::make_shared<std::string>("scenario");
  CLI::App* command =
      app.add_subcommand("schema", "Print the JSON Schema of scenario, policy or proxy files, for editors");
  command->add_option("KIND", *kind, "scenario (the default), policy or proxy")
      ->check(one_of({"scenario", "policy", "proxy"}))
      ->option_text(" ");
  command->footer(
      "Editors check and complete a file that names its schema, e.g. with \"$schema\": "
      "\"schemas/scenario.schema.json\"\n"
      "in a file of the folder scenarios.\n\n"
      "Example: meshtwin schema policy > policy.schema.json");
  command->callback([kind, &exit_code] {
    fmt::print("{}", schema_of(*kind));
    exit_code = 0;
  });
}

}  // namespace meshtwin
