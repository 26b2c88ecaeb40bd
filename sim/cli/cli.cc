#include "sim/cli/cli.h"

#include <cstdio>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <unistd.h>
#include <CLI/CLI.hpp>

#include "core/config/wording.h"
#include "core/version.h"
#include "sim/cli/arguments.h"
#include "sim/cli/commands.h"
#include "sim/cli/sibling.h"

namespace meshtwin {
namespace {

std::vector<std::string> verbs_of(const CLI::App& app) {
  std::vector<std::string> verbs = {"setup", "test"};  // of the launcher
  for (const CLI::App* command : app.get_subcommands({})) verbs.push_back(command->get_name());
  return verbs;
}

// Replaces this process by the program for a verb of another one; returns only where there is none.
int run_sibling(const CLI::App& app, char** argv) {
  const std::string verb = argv[1];
  const std::string program = sibling_path(verb);
  if (verb.find('/') == std::string::npos) execv(program.c_str(), argv + 1);
  return bad_input(fmt::format("there is no verb {}{}; meshtwin --help lists the verbs", in_quotes(verb),
                               did_you_mean(verb, verbs_of(app))));
}

bool is_own_verb(const CLI::App& app, const std::string& word) {
  for (const CLI::App* command : app.get_subcommands({})) {
    if (command->get_name() == word) return true;
  }
  return false;
}

}  // namespace

int bad_input(const std::string& message) {
  fmt::print(stderr, "meshtwin: {}\n", message);
  return kBadInput;
}

int run_cli(int argc, char** argv) {
  int exit_code = 0;
  CLI::App app("Tune service-mesh policies in simulation, then ship the same policy core in a proxy.",
               "meshtwin");
  app.set_version_flag("--version", fmt::format("meshtwin {}", version()));
  app.require_subcommand(1);
  app.get_formatter()->label("SUBCOMMAND", "VERB ...");
  app.get_formatter()->label("Subcommands", "Verbs");
  app.get_formatter()->column_width(28);
  add_run_command(app, exit_code);
  add_compare_command(app, exit_code);
  add_validate_command(app, exit_code);
  add_explain_command(app, exit_code);
  add_model_command(app, exit_code);
  add_fidelity_command(app, exit_code);
  add_calibrate_command(app, exit_code);
  add_replay_command(app, exit_code);
  add_schema_command(app, exit_code);
  add_init_command(app, exit_code);
  app.footer(
      "Also, by the launcher: setup (install what the build needs), test (build and run every test).\n"
      "Programs of their own: proxy (carries requests by the same policies), testbed (backends and load for real).\n"
      "A verb of another name is looked for as the program meshtwin-VERB beside this one.\n\n"
      "Example: meshtwin run scenarios/quickstart.json");
  if (argc < 2) {
    fmt::print(stderr, "{}", app.help());
    return kBadInput;
  }
  if (argc > 1 && argv[1][0] != '-' && !is_own_verb(app, argv[1])) return run_sibling(app, argv);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& success) {
    return app.exit(success);
  } catch (const CLI::ParseError& error) {
    return bad_input(explain(app, error));
  }
  if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0)
    return bad_input("the output can't be written to stdout");
  return exit_code;
}

}  // namespace meshtwin
