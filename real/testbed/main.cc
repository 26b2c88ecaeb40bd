// meshtwin-testbed: scenarios for real, on loopback.
#include <csignal>
#include <cstdio>

#include <fmt/format.h>

#include "core/version.h"
#include "real/testbed/commands.h"

namespace meshtwin {
namespace {

int run(int argc, char** argv) {
  int exit_code = 0;
  CLI::App app("Plays scenarios for real: backends on many ports, and an open-loop load generator.",
               "meshtwin-testbed");
  app.set_version_flag("--version", fmt::format("meshtwin-testbed {}", version()));
  app.require_subcommand(1);
  app.get_formatter()->label("SUBCOMMAND", "VERB ...");
  app.get_formatter()->label("Subcommands", "Verbs");
  add_backend_command(app, exit_code);
  add_load_command(app, exit_code);
  add_play_command(app, exit_code);
  add_calibrate_command(app, exit_code);
  app.footer(
      "Everything stays on loopback addresses.\n\nExample: meshtwin-testbed backend --service-time 5ms");
  std::signal(SIGPIPE, SIG_IGN);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& success) {
    return app.exit(success);
  } catch (const CLI::ParseError& error) {
    const auto verbs = app.get_subcommands();
    const std::string verb = verbs.empty() ? "" : " " + verbs.front()->get_name();
    return bad_input(fmt::format("{}; see meshtwin-testbed{} --help", error.what(), verb));
  }
  return exit_code;
}

}  // namespace
}  // namespace meshtwin

int main(int argc, char** argv) { return meshtwin::run(argc, argv); }
