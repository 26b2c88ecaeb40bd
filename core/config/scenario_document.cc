#include "core/config/scenario_document.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "core/config/json_document.h"
#include "core/config/wording.h"

namespace meshtwin {
namespace {

// Links and folders can give one file endless names, which comparing names doesn't find.
constexpr std::size_t kLongestExtends = 32;

constexpr std::array<const char*, 4> kSortKeys{"dist", "process", "type", "model"};

bool of_different_sorts(const Json& a, const Json& b) {
  return std::any_of(kSortKeys.begin(), kSortKeys.end(), [&](const char* key) {
    const auto in_a = a.find(key);
    const auto in_b = b.find(key);
    return in_a != a.end() && in_b != b.end() && *in_a != *in_b;
  });
}

void merge_over(Json& base, const Json& over) {
  if (!base.is_object() || !over.is_object() || of_different_sorts(base, over)) {
    base = over;
    return;
  }
  for (const auto& [key, value] : *over.get_ptr<const Json::object_t*>()) {
    if (value.is_null()) {
      base.erase(key);
    } else if (const auto there = base.find(key); there != base.end()) {
      merge_over(*there, value);
    } else {
      base[key] = value;
    }
  }
}

void rebase_text(Json& value, const std::string& folder) {
  if (const auto* path = value.get_ptr<const std::string*>()) value = join_path(folder, *path);
}

// Makes the file names in a document of another folder count from the scenario's folder.
void rebase(Json& value, const std::string& folder, bool at_root = true) {
  if (auto* object = value.get_ptr<Json::object_t*>()) {
    for (auto& [key, member] : *object) {
      if (key == "file" || key == "platform") rebase_text(member, folder);
      if (at_root && key == "overheads") rebase_text(member, folder);
      if (at_root && key == "policies" && member.is_object()) {
        for (auto& policy : member) rebase_text(policy, folder);
      }
      rebase(member, folder, false);
    }
  } else if (value.is_array()) {
    for (auto& item : value) rebase(item, folder, false);
  }
}

class Loader {
 public:
  Loader(const std::string& file, const FileLoader& load)
      : file_(file), folder_(folder_of(file)), load_(load) {}

  std::optional<Error> read_files(std::string_view text);
  std::optional<Error> insert_policies();
  std::optional<Error> override_with(const std::vector<std::string>& overrides);
  ScenarioDocument take() { return {std::make_shared<Json>(std::move(json_)), file_, std::move(layers_)}; }

 private:
  // The name of a file for messages: as seen from where the user named the scenario.
  std::string shown(const std::string& path) const { return join_path(folder_, path); }

  Error problem(std::string_view path, const std::string& what) const {
    Diagnostics diagnostics(file_, layers_);
    diagnostics.fail(path, what);
    return diagnostics.error();
  }

  const std::string file_;
  const std::string folder_;
  const FileLoader& load_;
  Json json_;
  std::vector<Layer> layers_;
};

// Reads the file and those that it extends, then merges them from the last one up.
std::optional<Error> Loader::read_files(std::string_view text) {
  std::vector<std::string> names{join_path("", file_.substr(folder_.empty() ? 0 : folder_.size() + 1))};
  std::vector<Json> documents;
  std::string current_text(text);
  while (true) {
    const std::string label = documents.empty() ? file_ : shown(names.back());
    Result<Json> parsed = parse_json(current_text, label);
    if (!parsed) return parsed.error();
    layers_.push_back(Layer{label, {}, std::make_shared<const Json>(parsed.value()), false});
    documents.push_back(std::move(parsed).value());
    Json& document = documents.back();
    const std::string folder = folder_of(names.back());
    if (documents.size() > 1 && !folder.empty()) rebase(document, folder);
    if (!document.is_object() || !document.contains("extends")) break;

    Diagnostics here(label);
    const auto* base = document["extends"].get_ptr<const std::string*>();
    if (base == nullptr) {
      here.fail("$.extends", describe(document["extends"]) + " isn't the name of a file");
      return here.error();
    }
    names.push_back(join_path(folder, *base));
    const bool seen = std::find(names.begin(), names.end() - 1, names.back()) != names.end() - 1;
    if (seen || names.size() > kLongestExtends) {
      here.fail("$.extends",
                fmt::format("files extend each other in a circle: {}", fmt::join(names, " -> ")));
      return here.error();
    }
    const Result<std::string> loaded = load_(names.back());
    if (!loaded) {
      here.fail("$.extends", fmt::format("{} can't be read: {}; give a path from this file's folder",
                                         in_quotes(*base), loaded.error().message));
      return here.error();
    }
    document.erase("extends");
    current_text = loaded.value();
  }
  json_ = std::move(documents.back());
  documents.pop_back();
  for (; !documents.empty(); documents.pop_back()) merge_over(json_, documents.back());
  return std::nullopt;
}

std::optional<Error> Loader::insert_policies() {
  if (!json_.is_object() || !json_.contains("policies") || !json_["policies"].is_object())
    return std::nullopt;
  for (auto& [service, policy] : *json_["policies"].get_ptr<Json::object_t*>()) {
    const auto* path = policy.get_ptr<const std::string*>();
    if (path == nullptr) continue;
    const Result<std::string> text = load_(*path);
    if (!text) {
      return problem(path_of("$.policies", service),
                     fmt::format("{} can't be read: {}; give a path from this file's folder",
                                 in_quotes(*path), text.error().message));
    }
    const std::string label = shown(*path);
    Result<Json> parsed = parse_json(text.value(), label);
    if (!parsed) return parsed.error();
    auto json = std::make_shared<const Json>(std::move(parsed).value());
    policy = *json;
    layers_.insert(layers_.begin(), Layer{label, {"policies", service}, std::move(json), false});
  }
  return std::nullopt;
}

std::optional<Error> Loader::override_with(const std::vector<std::string>& overrides) {
  for (const std::string& text : overrides) {
    Result<Layer> layer = apply_override(json_, text);
    if (!layer) return layer.error();
    layers_.insert(layers_.begin(), std::move(layer).value());
  }
  return std::nullopt;
}

// The deepest part of the path's parent that is there, for a message about the step below it.
Error no_such_parent(const Json& root, const PathSteps& steps, const std::string& name) {
  const Json* at = &root;
  PathSteps path;
  for (const std::string& step : steps) {
    const Json* next = find_at(*at, {step});
    if (next == nullptr) {
      std::vector<std::string> keys;
      if (at->is_object()) {
        for (const auto& member : *at->get_ptr<const Json::object_t*>()) keys.push_back(member.first);
      }
      return Error{fmt::format("{}: there is no {} in {}{}", name, in_quotes(step),
                               format_path(path, 0, &root), did_you_mean(step, keys))};
    }
    path.push_back(step);
    at = next;
  }
  return Error{
      fmt::format("{}: {} is {}, which holds no keys", name, format_path(path, 0, &root), describe(*at))};
}

}  // namespace

std::string folder_of(std::string_view file) {
  const auto slash = file.rfind('/');
  if (slash == 0) return "/";
  return std::string(slash == std::string_view::npos ? "" : file.substr(0, slash));
}

std::string join_path(std::string_view folder, std::string_view path) {
  const std::string whole =
      path.starts_with('/') || folder.empty() ? std::string(path) : fmt::format("{}/{}", folder, path);
  std::vector<std::string_view> parts;
  for (std::string_view rest = whole; !rest.empty();) {
    const std::string_view part = rest.substr(0, rest.find('/'));
    rest.remove_prefix(std::min(rest.size(), part.size() + 1));
    if (part.empty() || part == ".") continue;
    if (part == ".." && !parts.empty() && parts.back() != "..") {
      parts.pop_back();
    } else {
      parts.push_back(part);
    }
  }
  return fmt::format("{}{}", whole.starts_with('/') ? "/" : "", fmt::join(parts, "/"));
}

std::string ScenarioFiles::shown(std::string_view path) const { return join_path(folder, path); }

Result<Layer> apply_override(Json& json, std::string_view text) {
  const std::string name = fmt::format("--set {}", on_one_line(text));
  const auto equals = text.find('=');
  if (equals == std::string_view::npos) return Error{name + ": write it as path=value, such as duration=10s"};
  const Result<PathSteps> steps = parse_path(text.substr(0, equals));
  if (!steps) return Error{fmt::format("{}: {}", name, steps.error().message)};
  if (steps.value().empty())
    return Error{name + ": the path is missing; write it as path=value, such as duration=10s"};

  Result<Json> parsed = parse_json(text.substr(equals + 1), name);
  Json value = parsed ? std::move(parsed).value() : Json(std::string(text.substr(equals + 1)));
  PathSteps parent_steps(steps.value().begin(), steps.value().end() - 1);
  const std::string& last = steps.value().back();
  Json* parent = find_at(json, parent_steps);
  if (parent == nullptr || !parent->is_structured()) return no_such_parent(json, parent_steps, name);
  Json* there = find_at(*parent, {last});
  if (parent->is_array() && there == nullptr) {
    return Error{fmt::format("{}: there is no element {} in {}, which has {}", name, in_quotes(last),
                             format_path(parent_steps, 0, &json), parent->size())};
  }
  if (parent->is_object() && value.is_null()) {
    parent->erase(last);
  } else if (there != nullptr) {
    *there = value;
  } else {
    (*parent)[last] = value;
  }
  return Layer{name, steps.value(), std::make_shared<const Json>(std::move(value)), true};
}

Result<ScenarioDocument> load_scenario_document(std::string_view text, const std::string& file,
                                                const FileLoader& load,
                                                const std::vector<std::string>& overrides) {
  Loader loader(file, load);
  std::optional<Error> error = loader.read_files(text);
  if (!error) error = loader.insert_policies();
  if (!error) error = loader.override_with(overrides);
  // An override may name a policy file.
  if (!error) error = loader.insert_policies();
  if (error) return *error;
  return loader.take();
}

}  // namespace meshtwin
