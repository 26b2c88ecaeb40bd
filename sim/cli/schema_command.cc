// `meshtwin schema`: the JSON Schemas of the files that users write.
#include <memory>
#include <string>

#include <fmt/format.h>

#include "sim/cli/arguments.h"
#include "sim/cli/commands.h"
#include "sim/cli/embedded_files.h"

namespace meshtwin {

void add_schema_command(CLI::App& app, int& exit_code) {
  auto kind = std::make_shared<std::string>("scenario");
  CLI::App* command =
      app.add_subcommand("schema", "Print the JSON Schema of scenario or policy files, for editors");
  command->add_option("KIND", *kind, "scenario (the default) or policy")
      ->check(one_of({"scenario", "policy"}))
      ->option_text(" ");
  command->footer(
      "Editors check and complete a file that names its schema, e.g. with \"$schema\": "
      "\"schemas/scenario.schema.json\"\n"
      "in a file of the folder scenarios.\n\n"
      "Example: meshtwin schema policy > policy.schema.json");
  command->callback([kind, &exit_code] {
    fmt::print("{}", *kind == "policy" ? embedded_policy_schema() : embedded_scenario_schema());
    exit_code = 0;
  });
}

}  // namespace meshtwin
