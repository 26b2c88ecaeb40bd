#include "core/config/diagnostics.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace meshtwin {
namespace {

bool starts_with(const PathSteps& steps, const PathSteps& prefix) {
  return steps.size() >= prefix.size() && std::equal(prefix.begin(), prefix.end(), steps.begin());
}

}  // namespace

void Diagnostics::fail(std::string_view path, std::string_view what) {
  if (failed()) return;
  const Result<PathSteps> steps = parse_path(path);
  for (const Layer& layer : layers_) {
    if (!steps || !starts_with(steps.value(), layer.at)) continue;
    if (find_at(*layer.json, steps.value(), layer.at.size()) == nullptr) continue;
    const std::string shown = layer.path_from_root
                                  ? std::string(path)
                                  : format_path(steps.value(), layer.at.size(), layer.json.get());
    error_ = Error{fmt::format("{}: {}: {}", layer.name, shown, what)};
    return;
  }
  error_ = Error{fmt::format("{}: {}: {}", file_, path, what)};
}

void Diagnostics::fail_as_is(Error error) {
  if (!failed()) error_ = std::move(error);
}

void Diagnostics::known_keys(std::string_view kind, const std::vector<std::string>& keys) {
  if (log_ != nullptr) (*log_)[std::string(kind)].insert(keys.begin(), keys.end());
}

}  // namespace meshtwin
