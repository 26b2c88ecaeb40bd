#include "real/testbed/plain_scenario.h"

#include <nlohmann/json.hpp>

#include "core/config/json_document.h"
#include "core/config/scenario_file.h"

namespace meshtwin {
namespace {

// JSON where the text is an object, else a duration.
Result<Json> value_of(const std::string& text, const char* option) {
  if (!text.starts_with('{')) return Json(text);
  return parse_json(text, option);
}

}  // namespace

Result<Scenario> plain_scenario(const PlainService& service, const PlainLoad& load) {
  const Result<Json> time = value_of(service.service_time, "--service-time");
  if (!time) return time.error();
  Json one = {{"instances", service.instances},
              {"concurrency", service.concurrency},
              {"service_time", time.value()},
              {"response_bytes", service.response_bytes}};
  if (service.queue) one["queue"] = *service.queue;
  Json whole = {{"duration", load.duration}, {"services", {{"backend", one}}}};
  whole["clients"]["load"] = {
      {"calls", "backend"},
      {"arrivals", {{"process", load.poisson ? "poisson" : "deterministic"}, {"rate", load.rate}}}};
  if (service.error_rate > 0) {
    whole["faults"] =
        Json::array({Json{{"at", "0s"}, {"target", "backend"}, {"error_rate", service.error_rate}}});
  }
  const FileLoader no_files = [](const std::string&) -> Result<std::string> {
    return Error{"tables are given in place"};
  };
  return parse_scenario(whole.dump(), "options", no_files);
}

}  // namespace meshtwin
