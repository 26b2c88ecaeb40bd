#include "core/config/wording.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace meshtwin {
namespace {

// Words past this length are not typing mistakes of ours, and the distance takes quadratic time.
constexpr std::size_t kLongestGuess = 40;

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before_last(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = a[i - 1] == b[j - 1] ? 0 : 1;
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + change});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
    std::swap(before_last, last);
    std::swap(last, row);
  }
  return last[b.size()];
}

// Bytes of the well-formed UTF-8 character at the start of `text`; 0 where there is none.
std::size_t utf8_length(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  const std::size_t length = lead < 0x80   ? 1
                             : lead < 0xC2 ? 0
                             : lead < 0xE0 ? 2
                             : lead < 0xF0 ? 3
                             : lead < 0xF5 ? 4
                                           : 0;
  if (length == 0 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((static_cast<unsigned char>(text[i]) & 0xC0) != 0x80) return 0;
  }
  return length;
}

}  // namespace

std::string on_one_line(std::string_view text, std::size_t longest) {
  std::string out;
  std::size_t at = 0;
  while (at < text.size() && at < longest) {
    const auto byte = static_cast<unsigned char>(text[at]);
    const std::size_t length = utf8_length(text.substr(at));
    if (length == 0 || byte < 0x20 || byte == 0x7F) {
      out += fmt::format("\\x{:02x}", byte);
      ++at;
    } else {
      out += text.substr(at, length);
      at += length;
    }
  }
  if (at < text.size()) out += "...";
  return out;
}

std::string in_quotes(std::string_view text, std::size_t longest) {
  return fmt::format("\"{}\"", on_one_line(text, longest));
}

std::string describe(const Json& value) {
  if (value.is_object())
    return value.empty() ? "an empty object" : fmt::format("an object of {}", value.size());
  if (value.is_array()) return value.empty() ? "an empty list" : fmt::format("a list of {}", value.size());
  if (const auto* text = value.get_ptr<const std::string*>()) return in_quotes(*text);
  return value.dump();
}

std::string either(const std::vector<std::string>& words) {
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) out += i + 1 == words.size() ? " or " : ", ";
    out += words[i];
  }
  return out;
}

std::string closest_word(std::string_view word, const std::vector<std::string>& known) {
  if (word.size() > kLongestGuess) return {};
  std::string best;
  std::size_t best_distance = std::max<std::size_t>(1, word.size() / 3) + 1;
  for (const std::string& candidate : known) {
    if (candidate.size() > kLongestGuess) continue;
    const std::size_t distance = edit_distance(word, candidate);
    if (distance < best_distance && distance < candidate.size()) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& known) {
  const std::string guess = closest_word(word, known);
  return guess.empty() ? "" : fmt::format("; did you mean {}?", in_quotes(guess));
}

std::string no_such(std::string_view kind, std::string_view word, const std::vector<std::string>& known) {
  const std::string start = fmt::format("there is no {} {}", kind, in_quotes(word));
  const std::string guess = did_you_mean(word, known);
  if (!guess.empty() || known.empty()) return start + guess;
  constexpr std::size_t kShown = 8;
  const std::size_t shown = std::min(known.size(), kShown);
  std::string more;
  if (shown < known.size()) more = fmt::format(" and {} more", known.size() - shown);
  return fmt::format("{}; known: {}{}", start, fmt::join(known.begin(), known.begin() + shown, ", "), more);
}

}  // namespace meshtwin
