// Typed reading of JSON that people write. A getter that meets something wrong reports it to the Diagnostics
// (file, JSON path, value, remedy) and returns a harmless default, so that callers read straight on.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/config/diagnostics.h"
#include "core/config/json_fwd.h"
#include "core/time.h"

namespace meshtwin {

// A word of the file format and what it stands for.
template <class E>
struct Word {
  std::string_view name;
  E meaning;
};

// A JSON value and its place. Cheap to copy; the JSON and the Diagnostics must outlive it.
class Value {
 public:
  Value(const Json& json, Diagnostics& diagnostics, std::string path = "$")
      : json_(&json), diagnostics_(&diagnostics), path_(std::move(path)) {}

  const Json& json() const { return *json_; }
  const std::string& path() const { return path_; }
  Diagnostics& diagnostics() const { return *diagnostics_; }

  bool is_object() const;
  bool is_list() const;
  bool is_text() const;

  // A whole number in [min, max], written as an integer or as a number without a fraction (1e6).
  std::uint64_t whole(std::uint64_t min, std::uint64_t max) const;
  // The same for a count of things.
  std::uint32_t count(std::uint32_t min, std::uint32_t max) const;
  // A finite number in [min, max].
  double number(double min, double max) const;
  // A finite number above 0 and up to `max`.
  double positive_number(double max) const;
  bool boolean() const;
  std::string text() const;
  // A text with a unit, at least 0.
  Duration duration() const;
  Duration positive_duration() const;
  // A text with a unit, or a number of bytes.
  std::uint64_t bytes(std::uint64_t min, std::uint64_t max) const;
  // A text with a unit, above 0; in bits per second.
  double bit_rate() const;
  // The index of the text among `words`. One of `later` is refused as not supported yet.
  std::size_t word(std::span<const std::string_view> words,
                   std::span<const std::string_view> later = {}) const;
  template <class E, std::size_t N>
  E meaning(const std::array<Word<E>, N>& words) const {
    std::array<std::string_view, N> names;
    for (std::size_t i = 0; i < N; ++i) names[i] = words[i].name;
    return words[word(names)].meaning;
  }

  // The elements of a list; a list of fewer than `fewest` is refused.
  std::vector<Value> items(std::size_t fewest = 0) const;
  // The members of an object in the file's order; fewer than `fewest` are refused.
  std::vector<std::pair<std::string, Value>> members(std::size_t fewest = 0) const;

  // Reports a problem at this place: `PROBLEM`, or `VALUE PROBLEM`, such as "is out of range; give ...".
  void fail(std::string_view problem) const;
  void refuse(std::string_view problem) const;

 private:
  const Json* json_;
  Diagnostics* diagnostics_;
  std::string path_;
};

// An object of which every key has a meaning. Ask for the keys with find and require, then call finish, which
// reports unknown and missing ones. "notes" (a text or a list of texts) is allowed in each object and
// ignored.
class ObjectReader {
 public:
  // `kind` names the sort of object, as in the schemas' $defs.
  ObjectReader(const Value& value, std::string_view kind);

  // The member, where it is there.
  std::optional<Value> find(std::string_view key);
  // The member; finish() reports its absence and shows `example`, JSON text, as the remedy.
  std::optional<Value> require(std::string_view key, std::string_view example);
  // A key of later versions: its presence is an error of its own.
  void not_supported_yet(std::string_view key);
  void finish();

 private:
  Value value_;
  std::string kind_;
  std::vector<std::string> known_;
  std::string missing_;  // the first one
  std::string example_;
};

}  // namespace meshtwin
