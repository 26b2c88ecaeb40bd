// Wording of messages about bad input: values cut to a readable length, guesses at misspelt words, lists.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/config/json_fwd.h"

namespace meshtwin {

// `text` on one line: at most `longest` bytes of it, unprintable and broken ones as `\xNN`.
std::string on_one_line(std::string_view text, std::size_t longest = 60);

// The same in double quotes.
std::string in_quotes(std::string_view text, std::size_t longest = 60);

// A JSON value as one short line; an object or array is named by its size.
std::string describe(const Json& value);

// "a", "a or b", "a, b or c".
std::string either(const std::vector<std::string>& words);

// The known word that `word` most likely stands for, by edit distance with transpositions (Damerau, in its
// optimal string alignment form) up to a third of its length; empty where none is near.
std::string closest_word(std::string_view word, const std::vector<std::string>& known);

// `; did you mean "x"?` or nothing.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& known);

// `there is no KIND "word"` with a guess, or else with the first few of those that there are.
std::string no_such(std::string_view kind, std::string_view word, const std::vector<std::string>& known);

}  // namespace meshtwin
