// Logarithm, exponential and power that give the same bits on every x86-64 machine, compiler and C library.
//
// They use only IEEE additions, multiplications and table look-ups in a fixed order, so they depend on
// nothing but double precision arithmetic without contraction into fused operations (-ffp-contract=off). The
// reductions follow Tang, "Table-driven implementation of the logarithm function in IEEE floating-point
// arithmetic", ACM TOMS 1990, and its companion for exp of 1989. The measured bounds are kept by the tests,
// against the 64-bit mantissas of x87 long double.
#pragma once

#include <bit>
#include <cassert>
#include <cstdint>
#include <limits>

#include "core/random/log_exp_tables.h"

namespace meshtwin {
namespace detail {

inline constexpr double kSmallestNormal = std::numeric_limits<double>::min();
inline constexpr double kLn2High = 0x1.62e42fefa3800p-1;  // 42 bits: exact times an exponent
inline constexpr double kLn2Low = 0x1.ef35793c76730p-45;

// x = 2^exponent * c * (1 + rest) with c from the table.
struct LogReduction {
  double exponent;
  double ln_c;
  double rest_high;  // rest is exactly rest_high + rest_low, |rest| <= 2^-7
  double rest_low;
};

constexpr LogReduction reduce_for_log(double x) {
  constexpr std::uint64_t kStart = 0x3fe6000000000000;  // 0.6875
  constexpr std::uint64_t kExponentBits = 0xfffULL << 52;
  constexpr std::uint64_t kUpperHalf = ~((1ULL << 27) - 1);
  const auto bits = std::bit_cast<std::uint64_t>(x);
  const std::uint64_t offset = bits - kStart;
  const LogEntry& entry = kLogTable[(offset >> 45) & 127];
  const std::uint64_t mantissa = bits - (offset & kExponentBits);
  const double z = std::bit_cast<double>(mantissa);
  const double z_high = std::bit_cast<double>(mantissa & kUpperHalf);
  // Both products and the subtraction are exact: 26 bits times 26 or 27 bits.
  return {static_cast<double>(static_cast<std::int64_t>(offset) >> 52), entry.ln_c,
          z_high * entry.inverse - 1, (z - z_high) * entry.inverse};
}

// (ln(1 + r) - r + r^2/2) / r^3 for |r| <= 2^-7, to 2^-47 of itself (the series up to r^8).
constexpr double log_cubic_tail(double r) {
  const double r2 = r * r;
  return (1.0 / 3 - r * (1.0 / 4)) + r2 * ((1.0 / 5 - r * (1.0 / 6)) + r2 * (1.0 / 7 - r * (1.0 / 8)));
}

// The unevaluated sum of two doubles, |low| at most half a unit in the last place of high.
struct DoublePair {
  double high;
  double low;
};

// Exact: high + low == a + b (Knuth).
constexpr DoublePair exact_sum(double a, double b) {
  const double high = a + b;
  const double b_part = high - a;
  return {high, (a - (high - b_part)) + (b - b_part)};
}

// Exact: high + low == a * b, unless a part overflows or underflows (Dekker).
constexpr DoublePair exact_product(double a, double b) {
  constexpr double kSplitter = 0x1p27 + 1;
  const double a_scaled = a * kSplitter;
  const double a_high = a_scaled - (a_scaled - a);
  const double a_low = a - a_high;
  const double b_scaled = b * kSplitter;
  const double b_high = b_scaled - (b_scaled - b);
  const double b_low = b - b_high;
  const double high = a * b;
  return {high, ((a_high * b_high - high) + a_high * b_low + a_low * b_high) + a_low * b_low};
}

// ln(x) to 2^-62 of itself.
constexpr DoublePair ln_pair(double x) {
  const LogReduction reduced = reduce_for_log(x);
  const DoublePair r = exact_sum(reduced.rest_high, reduced.rest_low);
  const DoublePair square = exact_product(r.high, r.high);
  const DoublePair table = exact_sum(reduced.exponent * kLn2High, reduced.ln_c);
  const DoublePair first = exact_sum(table.high, r.high);
  const DoublePair second = exact_sum(first.high, -0.5 * square.high);
  const double r6 = square.high * square.high * square.high;
  const double tail = log_cubic_tail(r.high) + r6 * (1.0 / 9 - r.high * (1.0 / 10));
  const double cubic = square.high * r.high * tail;
  const double small = (r.low - 0.5 * square.low - r.high * r.low) + reduced.exponent * kLn2Low;
  return exact_sum(second.high, cubic + (first.low + second.low + table.low + small));
}

// e^(high + low), |low| tiny beside 1; infinity and zero beyond the range of double.
constexpr double exp_of_pair(double high, double low) {
  constexpr double kInverseStep = 0x1.71547652b82fep+6;  // 64 / ln 2
  constexpr double kStepHigh = 0x1.62e42fefc0000p-7;     // ln 2 / 64 to 35 bits: exact times a count
  constexpr double kStepLow = -0x1.c610ca86c3899p-43;
  constexpr double kRoundToInteger = 0x1.8p52;
  if (high > 710) return std::numeric_limits<double>::infinity();
  if (high < -746) return 0;
  const double shifted = high * kInverseStep + kRoundToInteger;
  const double steps = shifted - kRoundToInteger;
  const auto count = static_cast<std::int32_t>(std::bit_cast<std::uint64_t>(shifted));
  const double r = (high - steps * kStepHigh) - (steps * kStepLow - low);
  const double r2 = r * r;
  const double tail = (0.5 + r * (1.0 / 6)) + r2 * ((1.0 / 24 + r * (1.0 / 120)) + r2 * (1.0 / 720));
  const ExpEntry& entry = kExpTable[count & 63];
  const double mantissa = entry.high + (entry.low + entry.high * (r + r2 * tail));
  // Two factors, since 2^exponent alone can lie outside of double's range when the result doesn't.
  const std::int32_t exponent = count >> 6;
  const std::int32_t half = exponent >> 1;
  const double scale = std::bit_cast<double>(static_cast<std::uint64_t>(1023 + half) << 52);
  const double rest = std::bit_cast<double>(static_cast<std::uint64_t>(1023 + exponent - half) << 52);
  return mantissa * scale * rest;
}

}  // namespace detail

// The natural logarithm of a positive, normal, finite x; relative error at most 2.2e-16. ln(1) is 0.
constexpr double ln(double x) {
  assert(x >= detail::kSmallestNormal && x <= std::numeric_limits<double>::max());
  const detail::LogReduction reduced = detail::reduce_for_log(x);
  const double r = reduced.rest_high + reduced.rest_low;
  const double r2 = r * r;
  const double base = reduced.exponent * detail::kLn2High;
  const double table = base + reduced.ln_c;
  const double table_low = ((base - table) + reduced.ln_c) + reduced.exponent * detail::kLn2Low;
  const double curve = r2 * (r * detail::log_cubic_tail(r) - 0.5);
  return table + (r + (curve + table_low));
}

// e^x; relative error at most 1.2e-16 where the result is normal. Infinity above the largest double; gradual
// underflow, with one more rounding, to zero. x must not be NaN.
constexpr double exp(double x) {
  assert(x == x);
  return detail::exp_of_pair(x, 0);
}

// x^y for a positive, normal, finite x and a finite y, as e^(y ln x) with ln x to 62 bits; the relative error
// is at most 1.2e-16 + |y ln x| * 2.5e-19 where the result is normal. Infinity and zero as for exp.
constexpr double pow(double x, double y) {
  assert(x >= detail::kSmallestNormal && x <= std::numeric_limits<double>::max());
  const detail::DoublePair log = detail::ln_pair(x);
  const double estimate = y * log.high;
  if (!(estimate > -800 && estimate < 800)) return estimate > 0 ? detail::exp_of_pair(800, 0) : 0;
  const detail::DoublePair product = detail::exact_product(y, log.high);
  return detail::exp_of_pair(product.high, product.low + y * log.low);
}

}  // namespace meshtwin
