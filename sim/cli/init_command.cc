// `meshtwin init`: a starter scenario with comments.
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "sim/cli/arguments.h"
#include "sim/cli/commands.h"
#include "sim/cli/embedded_files.h"

namespace meshtwin {
namespace {

int write_starter(const std::string& path) {
  std::error_code error;
  if (std::filesystem::exists(path, error)) {
    return bad_input(fmt::format("{}: it exists already and stays as it is; name another file", path));
  }
  // A file elsewhere finds its schema beside it.
  std::string starter(embedded_starter());
  constexpr std::string_view kFolder = "schemas/";
  if (const auto at = starter.find(kFolder); at != std::string::npos) starter.erase(at, kFolder.size());
  std::ofstream out(path, std::ios::binary);
  out << starter;
  out.close();
  if (!out) return bad_input(fmt::format("{}: it can't be written; name a file in a folder that can", path));
  const std::filesystem::path schema = std::filesystem::path(path).parent_path() / "scenario.schema.json";
  fmt::print("wrote {}\nRun it: meshtwin run {}\nLet the editor check it: meshtwin schema > {}\n", path, path,
             schema.string());
  return 0;
}

}  // namespace

void add_init_command(CLI::App& app, int& exit_code) {
  auto path = std::make_shared<std::string>("scenario.json");
  CLI::App* command = app.add_subcommand("init", "Write a commented starter scenario");
  command
      ->add_option("FILE", *path, "The file to write (default: scenario.json); an existing one is left alone")
      ->check(not_empty("a file"))
      ->option_text(" ");
  command->footer("Example: meshtwin init checkout.json");
  command->callback([path, &exit_code] { exit_code = write_starter(*path); });
}

}  // namespace meshtwin
