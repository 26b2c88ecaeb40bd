// Checks of command-line arguments whose messages say what would be right.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

namespace meshtwin {

// A whole number within the bounds, both allowed.
CLI::Validator whole_number(std::uint64_t low, std::uint64_t high);
// A number within the bounds, both allowed.
CLI::Validator number(double low, double high);
// One of some words.
CLI::Validator one_of(std::vector<std::string> words);
// Anything but an empty text.
CLI::Validator not_empty(const std::string& what);

// One line for what the parser of `app` found wrong: the option and its value, or a guess at a misspelt one.
std::string explain(const CLI::App& app, const CLI::ParseError& error);

}  // namespace meshtwin
