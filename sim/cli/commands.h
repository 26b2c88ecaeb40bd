// The verbs of the command line. Each adds its subcommand to `app`; when it has run, `exit_code` is what it
// says: 0 all is well, 1 an expectation failed, or a replay diverged or wasn't of the whole, 2 bad input,
// 130 interrupted.
#pragma once

#include <CLI/CLI.hpp>

namespace meshtwin {

inline constexpr int kExpectationFailed = 1;
inline constexpr int kBadInput = 2;
inline constexpr int kInterrupted = 130;

void add_run_command(CLI::App& app, int& exit_code);
void add_compare_command(CLI::App& app, int& exit_code);
void add_model_command(CLI::App& app, int& exit_code);
void add_validate_command(CLI::App& app, int& exit_code);
void add_explain_command(CLI::App& app, int& exit_code);
void add_calibrate_command(CLI::App& app, int& exit_code);
void add_replay_command(CLI::App& app, int& exit_code);
void add_fidelity_command(CLI::App& app, int& exit_code);
void add_schema_command(CLI::App& app, int& exit_code);
void add_init_command(CLI::App& app, int& exit_code);

// Prints one line for bad input to stderr and returns kBadInput.
int bad_input(const std::string& message);

}  // namespace meshtwin
