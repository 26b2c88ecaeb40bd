// Classes of bytes in HTTP/1.1, by table, and how far a run of one class goes.
#pragma once

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include <array>
#include <bit>
#include <cstdint>
#include <string_view>

namespace meshtwin {

enum CharacterClass : std::uint8_t {
  kTokenCharacter = 1,  // RFC 9110, 5.6.2
  kValueCharacter = 2,  // of a field's value: visible, blank, tab, or above ASCII
  kPathCharacter = 4,   // of a target before its query: visible ASCII but for a few that no URI may have
  kQueryCharacter = 8,  // behind the question mark: all visible ASCII but for #, since browsers send it
  kNameCharacter = 16,  // of a host's name
};

constexpr std::array<std::uint8_t, 256> make_character_classes() {
  std::array<std::uint8_t, 256> classes{};
  const auto add = [&](std::string_view characters, CharacterClass c) {
    for (const char character : characters) {
      classes[static_cast<unsigned char>(character)] |= static_cast<std::uint8_t>(c);
    }
  };
  for (unsigned c = 0; c < 256; ++c) {
    const bool alphanumeric = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    const bool uri = c > ' ' && c < 0x7f && c != '#';
    const bool path =
        uri && std::string_view("\"<>\\^`{}?").find(static_cast<char>(c)) == std::string_view::npos;
    const bool value = c == '\t' || (c >= ' ' && c != 0x7f);
    classes[c] = static_cast<std::uint8_t>((alphanumeric ? kTokenCharacter | kNameCharacter : 0) |
                                           (value ? kValueCharacter : 0) | (path ? kPathCharacter : 0) |
                                           (uri ? kQueryCharacter : 0));
  }
  add("!#$%&'*+-.^_`|~", kTokenCharacter);
  add("-._~", kNameCharacter);
  return classes;
}
inline constexpr std::array<std::uint8_t, 256> kCharacterClasses = make_character_classes();

constexpr bool is_in(char c, CharacterClass set) {
  return (kCharacterClasses[static_cast<unsigned char>(c)] & set) != 0;
}

// The first byte from `at` on that is not in `set`, else `end`.
inline const char* skip(const char* at, const char* end, CharacterClass set) {
  for (; end - at >= 4; at += 4) {
    if (!is_in(at[0], set)) return at;
    if (!is_in(at[1], set)) return at + 1;
    if (!is_in(at[2], set)) return at + 2;
    if (!is_in(at[3], set)) return at + 3;
  }
  while (at != end && is_in(*at, set)) ++at;
  return at;
}

// The same for kValueCharacter, of which the longest runs are.
inline const char* skip_value(const char* at, const char* end) {
#ifdef __SSE2__
  const __m128i control_max = _mm_set1_epi8(0x1f);
  const __m128i tab = _mm_set1_epi8('\t');
  const __m128i del = _mm_set1_epi8(0x7f);
  for (; end - at >= 16; at += 16) {
    const __m128i block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    const __m128i controls = _mm_cmpeq_epi8(_mm_min_epu8(block, control_max), block);
    const __m128i refused =
        _mm_or_si128(_mm_andnot_si128(_mm_cmpeq_epi8(block, tab), controls), _mm_cmpeq_epi8(block, del));
    const auto mask = static_cast<unsigned>(_mm_movemask_epi8(refused));
    if (mask != 0) return at + std::countr_zero(mask);
  }
#endif
  return skip(at, end, kValueCharacter);
}

inline bool all_in(std::string_view text, CharacterClass set) {
  return skip(text.data(), text.data() + text.size(), set) == text.data() + text.size();
}

inline int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace meshtwin
