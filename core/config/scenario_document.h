// Puts the JSON of a scenario together from its files: what it extends, the policies that it names,
// overrides.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/config/diagnostics.h"
#include "core/config/json_fwd.h"
#include "core/result.h"

namespace meshtwin {

// The text of a file; the driver resolves a relative `path` against the folder of the scenario that the user
// named. An error's message is the reason alone ("no such file").
using FileLoader = std::function<Result<std::string>(const std::string& path)>;

// How the readers of a scenario come to the files that it names.
struct ScenarioFiles {
  const FileLoader& load;
  std::string folder;  // of the scenario, for messages
  std::string shown(std::string_view path) const;
};

struct ScenarioDocument {
  std::shared_ptr<Json> json;
  std::string file;
  std::vector<Layer> layers;  // where each part came from, for messages
};

// Parses the text of `file` and
// - merges it over the file that its "extends" names, if any: objects deeply, except where "dist", "process",
//   "type" or "model" differ; all else is replaced; null takes a key away. Paths in a file that is extended
//   count from that file's folder.
// - replaces the names of policy files by what they hold;
// - applies `overrides` in order (see apply_override).
// Errors: bad JSON, a file that can't be read, files that extend each other in a circle, a bad override.
Result<ScenarioDocument> load_scenario_document(std::string_view text, const std::string& file,
                                                const FileLoader& load,
                                                const std::vector<std::string>& overrides = {});

// Sets one value, `services.checkout.instances=5`: the text after `=` is JSON, or else stands for itself;
// null takes a key away. What holds the key must be there. Returns the layer that the override makes. Errors
// name `text`.
Result<Layer> apply_override(Json& json, std::string_view text);

// `path` as seen from the folder that `folder` is in; "." and ".." taken out where that is possible.
std::string join_path(std::string_view folder, std::string_view path);
// What stands before the last slash of `file`; empty without one.
std::string folder_of(std::string_view file);

}  // namespace meshtwin
