#include "sim/cli/arguments.h"

#include <charconv>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "core/config/wording.h"

namespace meshtwin {
namespace {

template <class Number>
bool is_within(const std::string& text, Number low, Number high) {
  Number value{};
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, value);
  return error == std::errc{} && stopped == end && value >= low && value <= high;
}

// The verb whose arguments were being parsed; the program itself where none was.
const CLI::App& parsed_verb(const CLI::App& app) {
  const auto verbs = app.get_subcommands();
  return verbs.empty() ? app : *verbs.front();
}

std::string unexpected(const CLI::App& verb, const std::string& word) {
  if (!word.starts_with('-')) return fmt::format("{} is one argument too many", in_quotes(word));
  std::vector<std::string> known;
  for (const CLI::Option* option : verb.get_options()) {
    for (const std::string& name : option->get_lnames()) known.push_back("--" + name);
  }
  const std::string name = word.substr(0, word.find('='));
  return fmt::format("there is no option {}{}", name, did_you_mean(name, known));
}

}  // namespace

CLI::Validator whole_number(std::uint64_t low, std::uint64_t high) {
  return CLI::Validator(
      [=](const std::string& text) {
        if (is_within(text, low, high)) return std::string();
        return fmt::format("{} isn't a whole number from {} to {}", in_quotes(text), low, high);
      },
      "");
}

CLI::Validator number(double low, double high) {
  return CLI::Validator(
      [=](const std::string& text) {
        if (is_within(text, low, high)) return std::string();
        return fmt::format("{} isn't a number from {:g} to {:g}", in_quotes(text), low, high);
      },
      "");
}

CLI::Validator one_of(std::vector<std::string> words) {
  return CLI::Validator(
      [words = std::move(words)](const std::string& text) {
        for (const std::string& word : words) {
          if (text == word) return std::string();
        }
        return fmt::format("{} isn't one of {}{}", in_quotes(text), fmt::join(words, ", "),
                           did_you_mean(text, words));
      },
      "");
}

CLI::Validator not_empty(const std::string& what) {
  return CLI::Validator(
      [=](const std::string& text) { return text.empty() ? "it is empty; name " + what : std::string(); },
      "");
}

std::string explain(const CLI::App& app, const CLI::ParseError& error) {
  const CLI::App& verb = parsed_verb(app);
  const bool extra = dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr;
  const std::vector<std::string> rest = verb.remaining();
  const std::string help =
      &verb == &app ? "meshtwin --help" : fmt::format("meshtwin {} --help", verb.get_name());
  const std::string what = extra && !rest.empty() ? unexpected(verb, rest.front()) : error.what();
  return fmt::format("{}; see {}", what, help);
}

}  // namespace meshtwin
