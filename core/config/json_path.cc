#include "core/config/json_path.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "core/config/wording.h"

namespace meshtwin {
namespace {

bool is_plain(std::string_view key) {
  return !key.empty() && std::all_of(key.begin(), key.end(), [](char c) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return letter || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '$';
  });
}

bool read_index(std::string_view digits, std::size_t& index) {
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), index);
  return error == std::errc{} && end == digits.data() + digits.size() && !digits.empty();
}

// Takes the step in brackets, `[0]` or `["key"]`, off the front of `rest`.
bool take_bracket(std::string_view& rest, PathSteps& steps) {
  if (rest.starts_with("[\"")) {
    const auto end = rest.find("\"]");
    if (end == std::string_view::npos) return false;
    steps.emplace_back(rest.substr(2, end - 2));
    rest.remove_prefix(end + 2);
    return true;
  }
  const auto end = rest.find(']');
  std::size_t index = 0;
  if (end == std::string_view::npos || !read_index(rest.substr(1, end - 1), index)) return false;
  steps.push_back(std::to_string(index));
  rest.remove_prefix(end + 1);
  return true;
}

bool take_word(std::string_view& rest, PathSteps& steps) {
  const std::size_t end = std::min(rest.find_first_of(".["), rest.size());
  if (end == 0) return false;
  steps.emplace_back(rest.substr(0, end));
  rest.remove_prefix(end);
  return true;
}

const Json* child(const Json& parent, const std::string& step) {
  if (const auto* object = parent.get_ptr<const Json::object_t*>()) {
    const auto found = object->find(step);
    return found == object->end() ? nullptr : &found->second;
  }
  const auto* array = parent.get_ptr<const Json::array_t*>();
  std::size_t index = 0;
  if (array == nullptr || !read_index(step, index) || index >= array->size()) return nullptr;
  return &(*array)[index];
}

}  // namespace

std::string path_of(std::string_view path, std::string_view key) {
  return is_plain(key) && key.size() <= 60 ? fmt::format("{}.{}", path, key)
                                           : fmt::format("{}[{}]", path, in_quotes(key));
}

std::string path_of(std::string_view path, std::size_t index) { return fmt::format("{}[{}]", path, index); }

Result<PathSteps> parse_path(std::string_view text) {
  PathSteps steps;
  std::string_view rest = text;
  if (rest == "$" || rest.starts_with("$.") || rest.starts_with("$[")) rest.remove_prefix(1);
  bool good = true;
  bool first = rest.size() == text.size();
  while (good && !rest.empty()) {
    if (rest[0] == '[') {
      good = take_bracket(rest, steps);
    } else {
      if (!first) good = rest[0] == '.', rest.remove_prefix(1);
      good = good && take_word(rest, steps);
    }
    first = false;
  }
  if (!good)
    return Error{
        fmt::format("{} isn't a path; write one such as services.checkout.instances", in_quotes(text))};
  return steps;
}

std::string format_path(const PathSteps& steps, std::size_t from, const Json* root) {
  std::string out = "$";
  for (std::size_t i = from; i < steps.size(); ++i) {
    std::size_t index = 0;
    const bool in_array = root != nullptr && root->is_array() && read_index(steps[i], index);
    out = in_array ? path_of(out, index) : path_of(out, steps[i]);
    if (root != nullptr) root = child(*root, steps[i]);
  }
  return out;
}

const Json* find_at(const Json& root, const PathSteps& steps, std::size_t from) {
  const Json* at = &root;
  for (std::size_t i = from; i < steps.size() && at != nullptr; ++i) at = child(*at, steps[i]);
  return at;
}

Json* find_at(Json& root, const PathSteps& steps, std::size_t from) {
  return const_cast<Json*>(find_at(static_cast<const Json&>(root), steps, from));
}

}  // namespace meshtwin
