// The keys of requests, for balancers that keep equal ones together.
#pragma once

#include <cstdint>
#include <string>

#include "core/config/scenario.h"
#include "core/random/stream.h"

namespace meshtwin {

// What stands in the header or cookie of a request, and what the balancers go by.
inline std::string key_text(std::uint64_t key) { return std::to_string(key); }
inline std::uint64_t key_hash(std::uint64_t key) { return xxh64(key_text(key)); }

// Draws keys in constant time and memory: rejection from the integral of 1 / x^zipf (Hormann, Derflinger,
// "Rejection-inversion to generate variates from monotone discrete distributions", ACM TOMACS 1996).
class KeySampler {
 public:
  explicit KeySampler(const KeysConfig& config);
  // From 1 to the count.
  std::uint64_t sample(RandomStream& random) const;

 private:
  double integral(double x) const;  // of 1 / t^zipf, from 1 to x
  double inverse(double area) const;
  double density(double x) const;

  KeysConfig config_;
  bool logarithmic_ = false;  // zipf is 1
  double first_ = 0;          // where the area begins
  double last_ = 0;
  double accepted_ = 0;  // so far below a whole number, each x is good
};

}  // namespace meshtwin
