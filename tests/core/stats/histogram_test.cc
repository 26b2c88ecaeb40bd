#include "core/stats/histogram.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <vector>

#include "core/random/stream.h"

namespace meshtwin {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

// A duration whose order of magnitude is uniform over the range of the histogram.
Duration any_magnitude(RandomStream& stream) {
  const auto bits = static_cast<int>(stream.below(45));
  return Duration{static_cast<std::int64_t>(stream.below(1ULL << bits))};
}

std::vector<Duration> random_durations(std::uint64_t seed, int count) {
  RandomStream stream(seed);
  std::vector<Duration> values;
  for (int i = 0; i < count; ++i) values.push_back(any_magnitude(stream));
  return values;
}

Histogram histogram_of(const std::vector<Duration>& values) {
  Histogram histogram;
  for (Duration value : values) histogram.record(value);
  return histogram;
}

// In integers, since the bound is reached exactly.
bool within_error(Duration reported, Duration exact) {
  return std::abs(reported.count() - exact.count()) <= exact.count() / 256;
}

TEST_CASE("An empty histogram reports zeros") {
  Histogram histogram;
  CHECK(histogram.count() == 0);
  CHECK(histogram.mean() == Duration{0});
  CHECK(histogram.min() == Duration{0});
  CHECK(histogram.max() == Duration{0});
  CHECK(histogram.quantile(0.5) == Duration{0});
  CHECK(histogram.buckets().empty());
}

TEST_CASE("A reported duration is within 1/256 of the recorded one, and exact below 256 ns") {
  RandomStream stream(1);
  for (int i = 0; i < 3000; ++i) {
    const Duration value = any_magnitude(stream);
    // Neighbours on both sides keep the clamping to the minimum and the maximum out of the way.
    Histogram histogram;
    histogram.record(Duration{0});
    histogram.record(value);
    histogram.record(hours(5));
    const Duration reported = histogram.quantile(0.5);
    REQUIRE(within_error(reported, value));
    if (value < Duration{256}) REQUIRE(reported == value);
  }
}

TEST_CASE("Buckets tile the range without gaps") {
  Histogram histogram;
  for (std::int64_t power = 0; power < 44; ++power) {
    for (std::int64_t part = 0; part < 256; ++part) {
      const std::int64_t start = std::int64_t{1} << power;
      histogram.record(Duration{start + (start * part) / 256});
    }
  }
  histogram.record(Duration{0});
  const auto buckets = histogram.buckets();
  CHECK(buckets.size() == 38 * 128);
  for (std::size_t i = 1; i < buckets.size(); ++i) REQUIRE(buckets[i - 1].upper == buckets[i].lower);
  CHECK(buckets.front().lower == Duration{0});
  CHECK(buckets.back().upper == Duration{std::int64_t{1} << 44});
}

TEST_CASE("Quantiles are the nearest ranks of the sorted durations") {
  for (int count : {1, 2, 3, 10, 99, 1000, 20000}) {
    std::vector<Duration> values = random_durations(static_cast<std::uint64_t>(count), count);
    const Histogram histogram = histogram_of(values);
    std::sort(values.begin(), values.end());
    for (int permille = 0; permille <= 1000; ++permille) {
      const int rank = std::max(1, (permille * count + 999) / 1000);
      const Duration exact = values[static_cast<std::size_t>(rank - 1)];
      CAPTURE(count, permille);
      REQUIRE(within_error(histogram.quantile(permille / 1000.0), exact));
    }
    CHECK(histogram.quantile(0) == values.front());
    CHECK(histogram.quantile(1) == values.back());
  }
}

TEST_CASE("Count, mean, minimum and maximum are exact") {
  const std::vector<Duration> values = random_durations(3, 50000);
  const Histogram histogram = histogram_of(values);
  std::int64_t sum = 0;
  for (Duration value : values) sum += value.count();
  CHECK(histogram.count() == 50000);
  CHECK(histogram.mean().count() == (sum + 25000) / 50000);
  CHECK(histogram.min() == *std::min_element(values.begin(), values.end()));
  CHECK(histogram.max() == *std::max_element(values.begin(), values.end()));
}

TEST_CASE("Merging equals recording everything, in any order") {
  const std::vector<Duration> values = random_durations(4, 30000);
  std::vector<Histogram> parts(3);
  for (std::size_t i = 0; i < values.size(); ++i) parts[(i * i) % 3].record(values[i]);

  Histogram forward;
  for (const Histogram& part : parts) forward.merge(part);
  Histogram backward = parts[2];
  backward.merge(parts[1]);
  backward.merge(parts[0]);

  CHECK(forward.data() == histogram_of(values).data());
  CHECK(backward.data() == forward.data());
  forward.merge(Histogram{});
  CHECK(backward.data() == forward.data());
}

TEST_CASE("Recording a count equals recording one by one") {
  Histogram at_once;
  at_once.record(milliseconds(3), 1000);
  at_once.record(milliseconds(7), 0);
  Histogram singly;
  for (int i = 0; i < 1000; ++i) singly.record(milliseconds(3));
  CHECK(at_once.data() == singly.data());
}

TEST_CASE("Durations beyond the range saturate, but the maximum and the mean stay exact") {
  Histogram histogram;
  histogram.record(hours(4));
  CHECK(histogram.buckets().back().upper < Duration{std::int64_t{1} << 44});
  histogram.record(hours(100));
  histogram.record(Duration::max());
  histogram.record(Duration::max());
  CHECK(histogram.max() == Duration::max());
  CHECK(histogram.buckets().back().count == 3);
  CHECK(histogram.quantile(0.75) >= histogram.buckets().back().lower);
  // Three times the largest value doesn't fit into 64 bits.
  histogram.record(Duration::max());
  histogram.record(Duration::max());
  const double expected = (4 * 9.223372036854775807e18 + 104 * 3.6e12) / 6;
  CHECK(static_cast<double>(histogram.mean().count()) == Approx(expected).epsilon(1e-12));
}

TEST_CASE("clear leaves an empty histogram") {
  Histogram histogram = histogram_of(random_durations(5, 1000));
  histogram.clear();
  CHECK(histogram.data() == Histogram{}.data());
  histogram.record(milliseconds(1));
  CHECK(histogram.min() == milliseconds(1));
  CHECK(histogram.max() == milliseconds(1));
}

TEST_CASE("A histogram survives the way through its data") {
  std::vector<Duration> values = random_durations(6, 5000);
  values.push_back(Duration::max());
  values.push_back(Duration::max());
  values.push_back(Duration::max());
  const Histogram original = histogram_of(values);
  Result<Histogram> copy = Histogram::from_data(original.data());
  REQUIRE(copy.ok());
  CHECK(copy.value().data() == original.data());
  CHECK(copy.value().count() == original.count());
  CHECK(copy.value().mean() == original.mean());
  CHECK(Histogram::from_data(HistogramData{}).ok());
}

TEST_CASE("Data that no histogram can have is refused") {
  Histogram histogram;
  histogram.record(Duration{100});
  histogram.record(Duration{200000});
  const HistogramData good = histogram.data();
  REQUIRE(Histogram::from_data(good).ok());

  HistogramData bad = good;
  bad.buckets.back().first = 1U << 30;
  CHECK_FALSE(Histogram::from_data(bad).ok());
  bad = good;
  std::swap(bad.buckets.front(), bad.buckets.back());
  CHECK_FALSE(Histogram::from_data(bad).ok());
  bad = good;
  bad.buckets.front().second = 0;
  CHECK_FALSE(Histogram::from_data(bad).ok());
  bad = good;
  bad.buckets.front().second = ~0ULL;
  CHECK_FALSE(Histogram::from_data(bad).ok());
  bad = good;
  bad.min = Duration{-100};
  CHECK_FALSE(Histogram::from_data(bad).ok());
  bad = good;
  bad.max = Duration{99};
  CHECK_FALSE(Histogram::from_data(bad).ok());
  bad = good;
  bad.sum_high = 1;
  CHECK_FALSE(Histogram::from_data(bad).ok());
  bad = good;
  bad.buckets.clear();
  CHECK_FALSE(Histogram::from_data(bad).ok());
}

}  // namespace
}  // namespace meshtwin
