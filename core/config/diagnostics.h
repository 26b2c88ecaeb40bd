// Where a document came from and what is wrong with it. The first problem wins and is kept here, so that
// reading code stays plain: it goes on with defaults and asks once at the end.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/config/json_fwd.h"
#include "core/config/json_path.h"
#include "core/result.h"

namespace meshtwin {

// One text that a document was put together from: the part of the document at `at` came from `json`.
struct Layer {
  std::string name;  // of the file, or the override as the user gave it
  PathSteps at;
  std::shared_ptr<const Json> json;
  bool path_from_root = false;  // paths in messages: from the document's root, or from the layer's own
};

// The keys that readers asked for, by kind of object; tests hold them against the schemas.
using KnownKeys = std::map<std::string, std::set<std::string>, std::less<>>;

class Diagnostics {
 public:
  // A document that is one file.
  explicit Diagnostics(std::string file) : file_(std::move(file)) {}
  // A document of several layers, the one that wins first; places found in none of them count to `file`.
  Diagnostics(std::string file, std::vector<Layer> layers)
      : file_(std::move(file)), layers_(std::move(layers)) {}

  // Records `FILE: PATH: what` unless there is a problem already. `path` is one that path_of made.
  void fail(std::string_view path, std::string_view what);
  // The same for a problem whose place is told already.
  void fail_as_is(Error error);

  bool failed() const { return error_.has_value(); }
  const Error& error() const { return *error_; }

  void log_known_keys(KnownKeys* log) { log_ = log; }
  void known_keys(std::string_view kind, const std::vector<std::string>& keys);

 private:
  std::string file_;
  std::vector<Layer> layers_;
  std::optional<Error> error_;
  KnownKeys* log_ = nullptr;
};

}  // namespace meshtwin
