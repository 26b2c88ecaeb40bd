// The verbs of meshtwin-testbed.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include <CLI/CLI.hpp>

namespace meshtwin {

inline constexpr int kBadInput = 2;
inline constexpr int kInterrupted = 130;

// Each adds its verb to the program; running it puts its exit status into `exit_code`.
void add_backend_command(CLI::App& app, int& exit_code);
void add_load_command(CLI::App& app, int& exit_code);
void add_play_command(CLI::App& app, int& exit_code);
void add_calibrate_command(CLI::App& app, int& exit_code);

// Prints the message, one line, and returns kBadInput.
int bad_input(const std::string& message);

// meshtwin-proxy beside this program.
std::filesystem::path proxy_program();

}  // namespace meshtwin
