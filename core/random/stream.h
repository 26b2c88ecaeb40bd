// Random numbers that are the same on every machine: a small value type, seeded by number or by name.
#pragma once

#include <array>
#include <bit>
#include <cassert>
#include <cstdint>
#include <string_view>
#include <utility>

namespace meshtwin {

// One step of SplitMix64 (Steele, Lea, Flood, OOPSLA 2014): advances `state` and returns the next word.
constexpr std::uint64_t split_mix(std::uint64_t& state) {
  std::uint64_t z = (state += 0x9e3779b97f4a7c15);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

// A well-mixed word of two words, for seeds that are derived without state (one for each request, say).
// With one argument fixed it is a bijection of the other; the order of the arguments matters.
constexpr std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
  std::uint64_t word = split_mix(a) ^ b;
  return split_mix(word);
}

// XXH64, the hash of names and keys everywhere here (xxHash's specification; Envoy hashes rings with it, too).
std::uint64_t xxh64(std::string_view text, std::uint64_t seed = 0);

// The seed of the stream called `name` in the run with `run_seed`: XXH64 of the name, seeded by the run's.
// It depends on nothing else, so a new component with its own name doesn't shift the others' numbers.
std::uint64_t stream_seed(std::uint64_t run_seed, std::string_view name);

// xoshiro256++ 1.0 (Blackman, Vigna, ACM TOMS 2021), period 2^256 - 1, seeded through SplitMix64.
// 32 bytes and cheap to make, so that short-lived streams are practical. Copies continue independently.
class RandomStream {
 public:
  using State = std::array<std::uint64_t, 4>;

  explicit constexpr RandomStream(std::uint64_t seed) {
    for (std::uint64_t& word : state_) word = split_mix(seed);
  }

  static RandomStream named(std::uint64_t run_seed, std::string_view name) {
    return RandomStream(stream_seed(run_seed, name));
  }

  // Continues from a given state, which must not be all zeros.
  static constexpr RandomStream from_state(const State& state) {
    assert((state[0] | state[1] | state[2] | state[3]) != 0);
    RandomStream stream(0);
    stream.state_ = state;
    return stream;
  }

  const State& state() const { return state_; }

  // 64 uniform bits.
  constexpr std::uint64_t next() {
    State& s = state_;
    const std::uint64_t result = std::rotl(s[0] + s[3], 23) + s[0];
    const std::uint64_t shifted = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = std::rotl(s[3], 45);
    return result;
  }

  // Uniform in [0, 1): the multiples of 2^-53.
  constexpr double unit() { return static_cast<double>(next() >> 11) * 0x1p-53; }

  // Uniform in (0, 1]: the multiples of 2^-53. Its logarithm is finite.
  constexpr double unit_open() { return static_cast<double>((next() >> 11) + 1) * 0x1p-53; }

  // Uniform in [0, n), without bias; n >= 1. Lemire, "Fast random integer generation in an interval", 2019.
  constexpr std::uint64_t below(std::uint64_t n) {
    assert(n >= 1);
    Word128 product = static_cast<Word128>(next()) * n;
    if (static_cast<std::uint64_t>(product) < n) {
      const std::uint64_t threshold = -n % n;
      while (static_cast<std::uint64_t>(product) < threshold) product = static_cast<Word128>(next()) * n;
    }
    return static_cast<std::uint64_t>(product >> 64);
  }

  // An ordered pair of distinct indexes below n, each of the n(n-1) pairs equally likely; n >= 2.
  // One word gives both: Brackett-Rozinsky, Lemire, "Batched ranged random integer generation", 2024.
  constexpr std::pair<std::uint32_t, std::uint32_t> distinct_pair(std::uint32_t n) {
    assert(n >= 2);
    const std::uint64_t pairs = static_cast<std::uint64_t>(n) * (n - 1);
    PairDraw draw = draw_pair(n);
    if (draw.rest < pairs) {
      const std::uint64_t threshold = -pairs % pairs;
      while (draw.rest < threshold) draw = draw_pair(n);
    }
    return {draw.first, draw.second + (draw.second >= draw.first ? 1U : 0U)};
  }

  // True with probability p; never for p <= 0, always for p >= 1.
  constexpr bool bernoulli(double p) { return unit() < p; }

 private:
  __extension__ using Word128 = unsigned __int128;

  struct PairDraw {
    std::uint32_t first;
    std::uint32_t second;
    std::uint64_t rest;
  };

  constexpr PairDraw draw_pair(std::uint32_t n) {
    const Word128 high = static_cast<Word128>(next()) * n;
    const Word128 low = static_cast<Word128>(static_cast<std::uint64_t>(high)) * (n - 1);
    return {static_cast<std::uint32_t>(high >> 64), static_cast<std::uint32_t>(low >> 64),
            static_cast<std::uint64_t>(low)};
  }

  State state_{};
};

}  // namespace meshtwin
