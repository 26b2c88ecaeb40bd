// The outcome of an operation that bad input can make fail: a value or an error, never an exception.
#pragma once

#include <cassert>
#include <string>
#include <utility>
#include <variant>

namespace meshtwin {

// One line for the user: file, place, value and remedy, as far as they are known.
struct Error {
  std::string message;
};

// Either a T or an Error. Asking for the one that is absent is a programming error (asserted).
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  T& value() & { return assert(ok()), *std::get_if<0>(&state_); }
  const T& value() const& { return assert(ok()), *std::get_if<0>(&state_); }
  T&& value() && { return assert(ok()), std::move(*std::get_if<0>(&state_)); }
  const Error& error() const { return assert(!ok()), *std::get_if<1>(&state_); }

 private:
  std::variant<T, Error> state_;
};

}  // namespace meshtwin
