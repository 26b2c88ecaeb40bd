#include "core/random/deterministic_math.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>

#include "core/random/stream.h"

namespace meshtwin {
namespace {

static_assert(std::numeric_limits<long double>::digits >= 64, "the reference needs more bits than double");

constexpr int kPoints = 1000000;

double relative_error(double value, long double exact) {
  if (exact == 0) return value == 0 ? 0 : 1;
  return static_cast<double>(std::abs((value - exact) / exact));
}

double ln_error(double x) { return relative_error(ln(x), std::log(static_cast<long double>(x))); }
double exp_error(double x) { return relative_error(exp(x), std::exp(static_cast<long double>(x))); }
double pow_error(double x, double y) {
  return relative_error(pow(x, y), std::pow(static_cast<long double>(x), static_cast<long double>(y)));
}

TEST_CASE("Each entry of the logarithm's table is the logarithm of the inverse beside it") {
  for (const detail::LogEntry& entry : detail::kLogTable) {
    const long double exact = -std::log(static_cast<long double>(entry.inverse));
    REQUIRE(relative_error(entry.ln_c, exact) < 0x1p-62);
    REQUIRE(std::trunc(entry.inverse * 0x1p25) == entry.inverse * 0x1p25);
  }
}

TEST_CASE("Each entry of the exponential's table is a power of two to twice the precision") {
  for (int i = 0; i < 64; ++i) {
    const detail::ExpEntry& entry = detail::kExpTable[i];
    const long double exact = std::exp2(static_cast<long double>(i) / 64);
    REQUIRE(relative_error(entry.high, exact) < 0x1p-53);
    REQUIRE(static_cast<double>(std::abs(entry.high + static_cast<long double>(entry.low) - exact)) <
            0x1p-62);
  }
}

TEST_CASE("ln is within 2.2e-16 of the exact value") {
  RandomStream stream(1);
  double worst = 0;
  for (int i = 0; i < kPoints; ++i) {
    worst = std::max(worst, ln_error(stream.unit_open()));
    worst = std::max(worst, ln_error(1 + (stream.unit() - 0.5) * 0.06));
    worst = std::max(worst, ln_error(1 + (stream.unit() - 0.5) * std::ldexp(1, -static_cast<int>(i % 50))));
    const std::uint64_t exponent = 1 + stream.below(2046);
    worst = std::max(worst, ln_error(std::bit_cast<double>(exponent << 52 | stream.next() >> 12)));
  }
  CHECK(worst < 2.2e-16);
}

TEST_CASE("ln at the seams of its tables and the ends of its range") {
  for (std::uint64_t step = 0; step < 128; ++step) {
    const double seam = std::bit_cast<double>(0x3fe6000000000000ULL + (step << 45));
    for (double x : {std::nextafter(seam, 0.0), seam, std::nextafter(seam, 2.0), 2 * seam, seam / 1024}) {
      CAPTURE(x);
      REQUIRE(ln_error(x) < 2.2e-16);
    }
  }
  CHECK(ln(1) == 0);
  CHECK(ln_error(std::numeric_limits<double>::min()) < 2.2e-16);
  CHECK(ln_error(std::numeric_limits<double>::max()) < 2.2e-16);
  CHECK(ln_error(0x1p-53) < 2.2e-16);
}

TEST_CASE("exp is within 1.2e-16 of the exact value") {
  RandomStream stream(2);
  double worst = 0;
  for (int i = 0; i < kPoints; ++i) {
    worst = std::max(worst, exp_error((stream.unit() - 0.5) * 4));
    worst = std::max(worst, exp_error(-708 + stream.unit() * (708 + 709.7)));
    worst = std::max(worst, exp_error((stream.unit() - 0.5) * std::ldexp(1, -static_cast<int>(i % 60))));
  }
  CHECK(worst < 1.2e-16);
}

TEST_CASE("exp at the ends of its range") {
  CHECK(exp(0) == 1);
  CHECK(exp(-0.0) == 1);
  CHECK(exp_error(709.782712893384) < 1.2e-16);
  CHECK(exp(709.782712893385) == std::numeric_limits<double>::infinity());
  CHECK(exp(1e300) == std::numeric_limits<double>::infinity());
  CHECK(exp_error(-708.3) < 1.2e-16);
  CHECK(exp(-745) == std::numeric_limits<double>::denorm_min());
  CHECK(exp(-746) == 0);
  CHECK(exp(-std::numeric_limits<double>::infinity()) == 0);
}

TEST_CASE("pow is within 1.2e-16 of the exact value, and hardly more for extreme results") {
  RandomStream stream(3);
  double worst = 0;
  double worst_extreme = 0;
  for (int i = 0; i < kPoints / 2; ++i) {
    worst = std::max(worst, pow_error(stream.unit_open(), (stream.unit() - 0.5) * 8));
    worst = std::max(worst, pow_error(1 + (stream.unit() - 0.5) * 0.06, (stream.unit() - 0.5) * 100));
    const double x = exp((stream.unit() - 0.5) * 100);
    worst_extreme = std::max(worst_extreme, pow_error(x, (stream.unit() - 0.5) * 28));
    worst_extreme =
        std::max(worst_extreme, pow_error(1 + (stream.unit() - 0.5) * 0.02, (stream.unit() - 0.5) * 100000));
  }
  CHECK(worst < 1.2e-16);
  CHECK(worst_extreme < 1.2e-16 + 700 * 2.5e-19);
}

TEST_CASE("pow of exact arguments") {
  CHECK(pow(1, 1e300) == 1);
  CHECK(pow(7.25, 0) == 1);
  CHECK(pow(2, 10) == 1024);
  CHECK(pow(10, 22) == 1e22);
  CHECK(pow(0.25, -0.5) == 2);
  CHECK(pow(2, 1e6) == std::numeric_limits<double>::infinity());
  CHECK(pow(2, -1e6) == 0);
  CHECK(pow(0.5, std::numeric_limits<double>::max()) == 0);
}

// A change of a single bit anywhere would show here: simulation results depend on every one.
TEST_CASE("The bits never change") {
  RandomStream stream(4);
  std::uint64_t digest = 0;
  for (int i = 0; i < 100000; ++i) {
    const double x = stream.unit_open();
    const double y = (stream.unit() - 0.5) * 60;
    digest = mix(digest, std::bit_cast<std::uint64_t>(ln(x)));
    digest = mix(digest, std::bit_cast<std::uint64_t>(exp(y)));
    digest = mix(digest, std::bit_cast<std::uint64_t>(pow(x, y)));
  }
  CHECK(digest == 0x33024b46a1d421b3U);
}

}  // namespace
}  // namespace meshtwin
