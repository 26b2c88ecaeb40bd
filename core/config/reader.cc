#include "core/config/reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "core/config/units.h"
#include "core/config/wording.h"

namespace meshtwin {
namespace {

// The value as a whole number, where it is one; negative ones are not.
std::optional<std::uint64_t> as_whole(const Json& json) {
  if (const auto* value = json.get_ptr<const Json::number_unsigned_t*>()) return *value;
  if (const auto* value = json.get_ptr<const Json::number_integer_t*>()) {
    return *value < 0 ? std::nullopt : std::optional(static_cast<std::uint64_t>(*value));
  }
  constexpr double kExactUpTo = 9007199254740992.0;  // 2^53, where doubles stop telling integers apart
  const auto* value = json.get_ptr<const double*>();
  if (value == nullptr || *value < 0 || *value > kExactUpTo || std::floor(*value) != *value)
    return std::nullopt;
  return static_cast<std::uint64_t>(*value);
}

std::string range_remedy(std::string_view what, const std::string& min, const std::string& max) {
  return fmt::format("give {} from {} to {}", what, min, max);
}

}  // namespace

bool Value::is_object() const { return json_->is_object(); }
bool Value::is_list() const { return json_->is_array(); }
bool Value::is_text() const { return json_->is_string(); }

void Value::fail(std::string_view problem) const { diagnostics_->fail(path_, problem); }
void Value::refuse(std::string_view problem) const { fail(fmt::format("{} {}", describe(*json_), problem)); }

std::uint64_t Value::whole(std::uint64_t min, std::uint64_t max) const {
  const std::optional<std::uint64_t> value = as_whole(*json_);
  if (value && *value >= min && *value <= max) return *value;
  const std::string remedy = range_remedy("a whole number", std::to_string(min), std::to_string(max));
  const bool fractional =
      json_->is_number_float() && std::floor(json_->get<double>()) != json_->get<double>();
  refuse((json_->is_number() && !fractional ? "is out of range; " : "isn't a whole number; ") + remedy);
  return min;
}

std::uint32_t Value::count(std::uint32_t min, std::uint32_t max) const {
  return static_cast<std::uint32_t>(whole(min, max));
}

double Value::number(double min, double max) const {
  const double value = json_->is_number() ? json_->get<double>() : 0;
  if (json_->is_number() && value >= min && value <= max) return value;
  const std::string remedy = range_remedy("a number", fmt::format("{}", min), fmt::format("{}", max));
  refuse((json_->is_number() ? "is out of range; " : "isn't a number; ") + remedy);
  return min;
}

double Value::positive_number(double max) const {
  const double value = json_->is_number() ? json_->get<double>() : 0;
  if (json_->is_number() && value > 0 && value <= max) return value;
  const std::string remedy = fmt::format("give a number above 0 and up to {}", max);
  refuse((json_->is_number() ? "is out of range; " : "isn't a number; ") + remedy);
  return max;
}

bool Value::boolean() const {
  if (json_->is_boolean()) return json_->get<bool>();
  refuse("is neither true nor false; give one of them, without quotes");
  return false;
}

std::string Value::text() const {
  if (const auto* text = json_->get_ptr<const std::string*>()) return *text;
  refuse("isn't a text; put it in double quotes");
  return {};
}

Duration Value::duration() const {
  if (json_->is_number()) {
    refuse(fmt::format("has no unit; write a duration such as \"{}ms\"",
                       json_->get<double>() < 0 ? "10" : json_->dump()));
    return {};
  }
  const auto* text = json_->get_ptr<const std::string*>();
  if (text == nullptr) {
    refuse("isn't a duration; write one such as \"10ms\"");
    return {};
  }
  const Result<Duration> duration = parse_duration(*text);
  if (!duration) fail(duration.error().message);
  return duration ? duration.value() : Duration::zero();
}

Duration Value::positive_duration() const {
  const bool fine_so_far = !diagnostics_->failed();
  const Duration value = duration();
  if (value > Duration::zero()) return value;
  if (fine_so_far) refuse("is no time at all; give a duration above 0, such as \"10ms\"");
  return Duration(1);
}

std::uint64_t Value::bytes(std::uint64_t min, std::uint64_t max) const {
  const auto* text = json_->get_ptr<const std::string*>();
  std::optional<std::uint64_t> size = as_whole(*json_);
  if (text != nullptr) {
    const Result<std::uint64_t> parsed = parse_bytes(*text);
    if (!parsed) return fail(parsed.error().message), min;
    size = parsed.value();
  }
  if (size && *size >= min && *size <= max) return *size;
  const std::string remedy =
      fmt::format("give a size from {} to {} bytes, such as \"1kB\" or 1000", min, max);
  refuse((json_->is_number() || text != nullptr ? "is out of range; " : "isn't a size; ") + remedy);
  return min;
}

double Value::bit_rate() const {
  const auto* text = json_->get_ptr<const std::string*>();
  if (text == nullptr) return refuse("isn't a bit rate; write a text with a unit, such as \"10Gbps\""), 1;
  const Result<double> rate = parse_bit_rate(*text);
  if (!rate) return fail(rate.error().message), 1;
  if (rate.value() > 0) return rate.value();
  return refuse("carries nothing; give a bit rate above 0, such as \"10Gbps\""), 1;
}

std::size_t Value::word(std::span<const std::string_view> words,
                        std::span<const std::string_view> later) const {
  const std::vector<std::string> known(words.begin(), words.end());
  const auto* text = json_->get_ptr<const std::string*>();
  if (text == nullptr) return refuse("isn't a word; give " + either(known)), 0;
  const auto found = std::find(words.begin(), words.end(), *text);
  if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
  if (std::find(later.begin(), later.end(), *text) != later.end()) {
    return refuse("is not supported yet; give " + either(known)), 0;
  }
  return refuse(fmt::format("is not known{} (give {})", did_you_mean(*text, known), either(known))), 0;
}

std::vector<Value> Value::items(std::size_t fewest) const {
  std::vector<Value> out;
  if (!is_list()) {
    refuse("isn't a list; put it in [ ]");
  } else if (json_->size() < fewest) {
    refuse(fmt::format("is too short; give at least {}", fewest));
  } else {
    out.reserve(json_->size());
    for (std::size_t i = 0; i < json_->size(); ++i)
      out.emplace_back((*json_)[i], *diagnostics_, path_of(path_, i));
  }
  return out;
}

std::vector<std::pair<std::string, Value>> Value::members(std::size_t fewest) const {
  std::vector<std::pair<std::string, Value>> out;
  if (!is_object()) {
    refuse("isn't an object; put names and values in { }");
  } else if (json_->size() < fewest) {
    refuse(fmt::format("is not enough; give at least {}", fewest));
  } else {
    for (const auto& [name, member] : *json_->get_ptr<const Json::object_t*>()) {
      out.emplace_back(name, Value(member, *diagnostics_, path_of(path_, name)));
    }
  }
  return out;
}

ObjectReader::ObjectReader(const Value& value, std::string_view kind) : value_(value), kind_(kind) {
  if (!value.is_object()) value.refuse("isn't an object; put its keys and values in { }");
  if (const auto notes = find("notes"); notes && !notes->is_text()) {
    for (const Value& line : notes->items()) line.text();
  }
}

std::optional<Value> ObjectReader::find(std::string_view key) {
  known_.emplace_back(key);
  const auto* object = value_.json().get_ptr<const Json::object_t*>();
  if (object == nullptr) return std::nullopt;
  const auto found = object->find(known_.back());
  if (found == object->end()) return std::nullopt;
  return Value(found->second, value_.diagnostics(), path_of(value_.path(), key));
}

std::optional<Value> ObjectReader::require(std::string_view key, std::string_view example) {
  std::optional<Value> member = find(key);
  if (!member && missing_.empty() && value_.is_object()) {
    missing_ = key;
    example_ = example;
  }
  return member;
}

void ObjectReader::not_supported_yet(std::string_view key) {
  if (const auto member = find(key))
    member->fail(fmt::format("{} is not supported yet; leave it out", in_quotes(key)));
  known_.pop_back();
}

void ObjectReader::finish() {
  value_.diagnostics().known_keys(kind_, known_);
  const auto* object = value_.json().get_ptr<const Json::object_t*>();
  if (object == nullptr || value_.diagnostics().failed()) return;
  std::vector<std::string> known = known_;
  std::sort(known.begin(), known.end());
  known.erase(std::unique(known.begin(), known.end()), known.end());
  for (const auto& member : *object) {
    if (std::binary_search(known.begin(), known.end(), member.first)) continue;
    value_.diagnostics().fail(path_of(value_.path(), member.first),
                              fmt::format("unknown key {}{} (known here: {})", in_quotes(member.first),
                                          did_you_mean(member.first, known), fmt::join(known, ", ")));
    return;
  }
  if (missing_.empty()) return;
  value_.fail(fmt::format("the key {0} is missing; add it, such as {0}: {1}", in_quotes(missing_), example_));
}

}  // namespace meshtwin
