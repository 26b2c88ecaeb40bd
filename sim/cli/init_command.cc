// `meshtwin init`: a starter scenario with comments.
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include <fmt/format.h>

#include "sim/cli/commands.h"
#include "sim/cli/embedded_files.h"

namespace meshtwin {
namespace {

int write_starter(const std::string& path) {
  std::error_code error;
  if (std::filesystem::exists(path, error)) {
    return bad_input(fmt::format("{}: it exists already and stays as it is; name another file", path));
  }
  std::ofstream out(path, std::ios::binary);
  out << embedded_starter();
  out.close();
  if (!out) return bad_input(fmt::format("{}: it can't be written; name a file in a folder that can", path));
  fmt::print("wrote {}; run it with: meshtwin run {}\n", path, path);
  return 0;
}

}  // namespace

void add_init_command(CLI::App& app, int& exit_code) {
  auto path = std::make_shared<std::string>("scenario.json");
  CLI::App* command = app.add_subcommand("init", "Write a commented starter scenario");
  command->add_option("FILE", *path,
                      "The file to write (default: scenario.json); an existing one is left alone");
  command->callback([path, &exit_code] { exit_code = write_starter(*path); });
}

}  // namespace meshtwin
