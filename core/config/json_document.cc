#include "core/config/json_document.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <functional>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "core/config/json_path.h"
#include "core/config/wording.h"

namespace meshtwin {
namespace {

// Tells through `seen` how far the parser has read, which its events leave out.
struct TrackingIterator {
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  const char* at;
  const char** seen;

  reference operator*() const { return *at; }
  TrackingIterator& operator++() {
    *seen = ++at;
    return *this;
  }
  bool operator==(const TrackingIterator& other) const { return at == other.at; }
  bool operator!=(const TrackingIterator& other) const { return at != other.at; }
};

std::string place(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, std::min(offset, text.size()));
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const std::size_t start = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
  std::string_view in_line = before.substr(start);
  if (start == 0 && in_line.starts_with("\xEF\xBB\xBF")) in_line.remove_prefix(3);
  const auto column = 1 + std::count_if(in_line.begin(), in_line.end(), [](char c) {
                        return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
                      });
  return fmt::format("{}:{}", line, column);
}

bool is_word_character(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '+' || c == '.' || c == '_';
}

// The word around `offset`; empty where there is none.
std::string_view word_at(std::string_view text, std::size_t offset) {
  constexpr std::size_t kLongest = 40;
  std::size_t begin = std::min(offset, text.size());
  std::size_t end = begin;
  while (end < text.size() && end - offset < kLongest && is_word_character(text[end])) ++end;
  if (end == begin) return {};
  while (begin > 0 && offset - begin < kLongest && is_word_character(text[begin - 1])) --begin;
  return text.substr(begin, end - begin);
}

bool is_not_finite(std::string_view word) {
  std::string lower;
  for (const char c : word) lower += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  if (lower.starts_with('-') || lower.starts_with('+')) lower.erase(0, 1);
  return lower == "nan" || lower == "inf" || lower == "infinity";
}

// The parser's own words without its prefix and without the text that it had read.
std::string parser_words(std::string message, const std::string& last_token) {
  if (const auto dash = message.find(" - "); dash != std::string::npos) message.erase(0, dash + 3);
  const std::string read = "; last read: '" + last_token + "'";
  if (const auto at = message.find(read); at != std::string::npos) message.erase(at, read.size());
  return message;
}

// Builds the value from the parser's events and stops at the first thing that is wrong.
class Builder {
 public:
  Builder(std::string_view text, std::string_view file) : text_(text), file_(file), seen_(text.data()) {}

  const char** seen() { return &seen_; }
  Json& root() { return root_; }
  const std::string& error() const { return error_; }

  bool null() { return add(nullptr); }
  bool boolean(bool value) { return add(value); }
  bool number_integer(std::int64_t value) { return add(value); }
  bool number_unsigned(std::uint64_t value) { return add(value); }
  bool number_float(double value, const std::string&) { return add(value); }
  bool string(std::string& value) { return add(std::move(value)); }
  bool binary(Json::binary_t&) { return false; }
  bool start_object(std::size_t) { return open(Json::object()); }
  bool start_array(std::size_t) { return open(Json::array()); }
  bool end_object() { return close(); }
  bool end_array() { return close(); }

  bool key(std::string& name) {
    Frame& frame = frames_.back();
    const std::size_t end = offset();
    const std::size_t start = end - std::min(end, name.size() + 2);
    const auto [earlier, fresh] = frame.keys.emplace(name, start);
    if (!fresh) {
      return fail(start, fmt::format("{}: the key {} is already there at {}; keep one of the two", path(),
                                     in_quotes(name), place(text_, earlier->second)));
    }
    frame.key = std::move(name);
    return true;
  }

  bool parse_error(std::size_t position, const std::string& last_token,
                   const nlohmann::detail::exception& ex) {
    const std::size_t at = position == 0 ? 0 : position - 1;
    const std::string words = parser_words(ex.what(), last_token);
    if (ex.id == 406) {
      return fail(std::min(at, text_.rfind(last_token, at)),
                  in_quotes(last_token) + " is too large for a number");
    }
    if (words.find("UTF-8") != std::string::npos) {
      return fail(at, "the text isn't UTF-8; save the file as UTF-8");
    }
    if (at >= text_.size()) return fail(text_.size(), "the JSON breaks off here; " + words);
    const std::string_view word = word_at(text_, at);
    if (word.empty()) return fail(at, "not JSON: " + words);
    const auto start = static_cast<std::size_t>(word.data() - text_.data());
    if (is_not_finite(word)) {
      return fail(start, fmt::format("{} isn't a number in JSON; give a finite number", word));
    }
    return fail(start, fmt::format("not JSON: {} near {}", words, in_quotes(word)));
  }

 private:
  struct Frame {
    Json* container;
    std::map<std::string, std::size_t, std::less<>> keys;  // with the place of each
    std::string key;
  };

  std::size_t offset() const { return static_cast<std::size_t>(seen_ - text_.data()); }

  bool fail(std::size_t at, const std::string& what) {
    if (error_.empty()) error_ = fmt::format("{}:{}: {}", file_, place(text_, at), what);
    return false;
  }

  std::string path() const {
    std::string out = "$";
    for (std::size_t i = 0; i + 1 < frames_.size(); ++i) {
      const Json& container = *frames_[i].container;
      out = container.is_array() ? path_of(out, container.size() - 1) : path_of(out, frames_[i].key);
    }
    return out;
  }

  // Appended without a search: the keys of the frame know already that this one is new.
  Json* put(Json value) {
    if (frames_.empty()) {
      root_ = std::move(value);
      return &root_;
    }
    Frame& frame = frames_.back();
    if (auto* array = frame.container->get_ptr<Json::array_t*>())
      return &array->emplace_back(std::move(value));
    Json::object_t::Container& members = *frame.container->get_ptr<Json::object_t*>();
    return &members.emplace_back(frame.key, std::move(value)).second;
  }

  bool add(Json value) {
    put(std::move(value));
    return true;
  }

  bool open(Json container) {
    if (frames_.size() == kDeepestJson) {
      return fail(offset() - 1,
                  fmt::format("nested more than {} levels deep; no file needs that", kDeepestJson));
    }
    Json* opened = put(std::move(container));
    frames_.push_back(Frame{opened, {}, {}});
    return true;
  }

  bool close() {
    frames_.pop_back();
    return true;
  }

  std::string_view text_;
  std::string_view file_;
  const char* seen_;
  Json root_;
  std::vector<Frame> frames_;
  std::string error_;
};

}  // namespace

Result<Json> parse_json(std::string_view text, std::string_view file) {
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos)
    return Error{fmt::format("{}: the file is empty", file)};
  Builder builder(text, file);
  const TrackingIterator begin{text.data(), builder.seen()};
  const TrackingIterator end{text.data() + text.size(), builder.seen()};
  const bool complete = Json::sax_parse(begin, end, &builder);
  if (!builder.error().empty()) return Error{builder.error()};
  // The parser takes a NUL byte for the end of the text.
  if (const auto nul = text.find('\0'); !complete || nul != std::string_view::npos) {
    return Error{fmt::format("{}:{}: not JSON: a NUL byte", file, place(text, nul))};
  }
  return std::move(builder.root());
}

Json canonical_number(double value) {
  constexpr double kExactUpTo = 9007199254740992.0;  // 2^53
  if (value == std::floor(value) && std::fabs(value) <= kExactUpTo) return static_cast<std::int64_t>(value);
  return value;
}

}  // namespace meshtwin
