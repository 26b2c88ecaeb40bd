// What the machine adds: in the scenario itself, or in a calibration file.
#include <fmt/format.h>

#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "core/config/calibration.h"
#include "core/config/json_document.h"
#include "core/config/scenario_readers.h"
#include "core/config/wording.h"

namespace meshtwin {
namespace {

struct Part {
  const char* key;
  Distribution Overheads::*member;
  bool required;  // in a calibration; where the others are missing, the paths go all the way from and to the client
};
constexpr std::array<Part, 6> kParts{{{"request_path", &Overheads::request_path, true},
                                      {"response_path", &Overheads::response_path, true},
                                      {"timer_lateness", &Overheads::timer_lateness, true},
                                      {"answer_lateness", &Overheads::answer_lateness, false},
                                      {"to_sidecar", &Overheads::to_sidecar, false},
                                      {"from_sidecar", &Overheads::from_sidecar, false}}};

Overheads read_inline(const Value& value, const ScenarioFiles& files) {
  Overheads out;
  ObjectReader object(value, "overheads");
  for (const Part& part : kParts) {
    if (const auto time = object.find(part.key)) out.*part.member = read_distribution(*time, files);
  }
  object.finish();
  return out;
}

}  // namespace

Result<Overheads> parse_calibration(std::string_view text, const std::string& file) {
  const Result<Json> json = parse_json(text, file);
  if (!json) return json.error();
  Diagnostics diagnostics(file);
  const Value whole(json.value(), diagnostics);
  const FileLoader no_files = [](const std::string&) -> Result<std::string> {
    return Error{"a calibration holds its tables itself"};
  };
  Overheads out;
  for (const Part& part : kParts) {
    const auto found = json.value().is_object() ? json.value().find(part.key) : json.value().end();
    if (found == json.value().end()) {
      if (!part.required) continue;
      whole.fail(fmt::format("{} is missing; meshtwin calibrate writes such files", in_quotes(part.key)));
      break;
    }
    const Value time(*found, diagnostics, path_of("$", part.key));
    out.*part.member = time.is_list() ? read_quantiles(time) : read_distribution(time, {no_files, ""});
  }
  if (diagnostics.failed()) return diagnostics.error();
  return out;
}

void read_overheads(const Value& value, ScenarioReading& reading) {
  if (value.diagnostics().failed()) return;
  if (!std::holds_alternative<NativeNetwork>(reading.scenario.network)) {
    return value.fail(
        "overheads go with the native network alone; leave them out or give another \"network\"");
  }
  if (value.is_object()) {
    reading.scenario.overheads = read_inline(value, reading.files);
    return;
  }
  const std::string path = value.text();
  if (value.diagnostics().failed()) return;
  const Result<std::string> text = reading.files.load(path);
  if (!text) {
    return value.fail(fmt::format("{} can't be read: {}; give a path from the scenario's folder",
                                  in_quotes(path), text.error().message));
  }
  Result<Overheads> overheads = parse_calibration(text.value(), reading.files.shown(path));
  if (!overheads) return value.diagnostics().fail_as_is(overheads.error());
  reading.scenario.overheads = std::move(overheads).value();
}

}  // namespace meshtwin
