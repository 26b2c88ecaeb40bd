#include "tests/support/schema_check.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <string>

namespace meshtwin {
namespace {

const std::set<std::string> kAnnotations{"$schema",     "$id",     "$defs",   "title",
                                         "description", "default", "examples"};

struct Checker {
  const Schemas& schemas;

  bool valid(const Json& value, const Json& schema, const std::string& id) const {
    if (schema.is_boolean()) return schema.get<bool>();
    return std::all_of(schema.items().begin(), schema.items().end(), [&](const auto& keyword) {
      return kAnnotations.contains(keyword.key()) || holds(keyword.key(), keyword.value(), value, schema, id);
    });
  }

  long matches(const Json& value, const Json& list, const std::string& id) const {
    return std::count_if(list.begin(), list.end(), [&](const Json& one) { return valid(value, one, id); });
  }

  bool holds(const std::string& keyword, const Json& wanted, const Json& value, const Json& schema,
             const std::string& id) const {
    if (keyword == "$ref") return reference(value, wanted.get<std::string>(), id);
    if (keyword == "oneOf") return matches(value, wanted, id) == 1;
    if (keyword == "anyOf") return matches(value, wanted, id) >= 1;
    if (keyword == "if")
      return valid(value, schema.value(valid(value, wanted, id) ? "then" : "else", Json(true)), id);
    if (keyword == "then" || keyword == "else") return true;
    if (keyword == "const") return value == wanted;
    if (keyword == "enum") return std::find(wanted.begin(), wanted.end(), value) != wanted.end();
    if (keyword == "type") return of_type(value, wanted.get<std::string>());
    if (keyword == "minimum") return !value.is_number() || value >= wanted;
    if (keyword == "maximum") return !value.is_number() || value <= wanted;
    if (keyword == "exclusiveMinimum") return !value.is_number() || value > wanted;
    if (keyword == "pattern") {
      return !value.is_string() ||
             std::regex_search(value.get<std::string>(), std::regex(wanted.get<std::string>()));
    }
    if (value.is_array() || value.is_object()) return holds_inside(keyword, wanted, value, schema, id);
    return true;
  }

  bool holds_inside(const std::string& keyword, const Json& wanted, const Json& value, const Json& schema,
                    const std::string& id) const {
    if (keyword == "minItems") return !value.is_array() || value.size() >= wanted.get<std::size_t>();
    if (keyword == "maxItems") return !value.is_array() || value.size() <= wanted.get<std::size_t>();
    if (keyword == "minProperties") return !value.is_object() || value.size() >= wanted.get<std::size_t>();
    if (keyword == "items") {
      return !value.is_array() || std::all_of(value.begin(), value.end(),
                                              [&](const Json& item) { return valid(item, wanted, id); });
    }
    if (keyword == "prefixItems") {
      for (std::size_t i = 0; value.is_array() && i < std::min(value.size(), wanted.size()); ++i) {
        if (!valid(value[i], wanted[i], id)) return false;
      }
      return true;
    }
    if (keyword == "uniqueItems") {
      std::set<std::string> seen;
      for (const Json& item : value) seen.insert(item.dump());
      return !value.is_array() || seen.size() == value.size();
    }
    if (keyword == "required") {
      return !value.is_object() || std::all_of(wanted.begin(), wanted.end(), [&](const Json& key) {
        return value.contains(key.get<std::string>());
      });
    }
    if (!value.is_object()) return true;
    const Json known = schema.value("properties", Json::object());
    for (const auto& [key, member] : value.items()) {
      if (keyword == "properties" && wanted.contains(key) && !valid(member, wanted[key], id)) return false;
      if (keyword == "additionalProperties" && !known.contains(key) && !valid(member, wanted, id))
        return false;
      if (keyword == "propertyNames" && !valid(Json(key), wanted, id)) return false;
    }
    if (keyword != "properties" && keyword != "additionalProperties" && keyword != "propertyNames")
      FAIL(keyword);
    return true;
  }

  bool reference(const Json& value, const std::string& to, const std::string& id) const {
    const auto hash = std::min(to.find('#'), to.size());
    const std::string file = hash == 0 ? id : to.substr(0, hash);
    const std::string pointer = hash == to.size() ? "" : to.substr(hash + 1);
    return valid(value, schemas.at(file).at(Json::json_pointer(pointer)), file);
  }

  static bool of_type(const Json& value, const std::string& type) {
    if (type == "object") return value.is_object();
    if (type == "array") return value.is_array();
    if (type == "string") return value.is_string();
    if (type == "boolean") return value.is_boolean();
    if (type == "number") return value.is_number();
    if (type == "integer") return value.is_number() && std::floor(value.get<double>()) == value.get<double>();
    FAIL(type);
    return false;
  }
};

}  // namespace

bool is_valid(const Json& value, const Schemas& schemas, const std::string& id) {
  return Checker{schemas}.valid(value, schemas.at(id), id);
}

}  // namespace meshtwin
