// Classes of bytes in HTTP/1.1, by table.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace meshtwin {

enum CharacterClass : std::uint8_t {
  kTokenCharacter = 1,   // RFC 9110, 5.6.2
  kValueCharacter = 2,   // of a field's value: visible, blank, tab, or above ASCII
  kTargetCharacter = 4,  // of a request's target: visible ASCII but for a few that no URI may have
  kHostCharacter = 8,    // of an authority without user information
};

constexpr std::array<std::uint8_t, 256> make_character_classes() {
  std::array<std::uint8_t, 256> classes{};
  const auto add = [&](std::string_view characters, CharacterClass c) {
    for (const char character : characters) classes[static_cast<unsigned char>(character)] |= c;
  };
  for (unsigned c = 0; c < 256; ++c) {
    const bool alphanumeric = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (alphanumeric) classes[c] |= kTokenCharacter | kHostCharacter;
    if (c == '\t' || (c >= ' ' && c != 0x7f)) classes[c] |= kValueCharacter;
    if (c > ' ' && c < 0x7f) classes[c] |= kTargetCharacter;
  }
  add("!#$%&'*+-.^_`|~", kTokenCharacter);
  add("-._~%!$&'()*+,;=:[]", kHostCharacter);
  for (const char c : std::string_view("\"#<>\\^`{}")) {
    classes[static_cast<unsigned char>(c)] &= static_cast<std::uint8_t>(~kTargetCharacter);
  }
  return classes;
}
inline constexpr std::array<std::uint8_t, 256> kCharacterClasses = make_character_classes();

constexpr bool is_in(char c, CharacterClass set) {
  return (kCharacterClasses[static_cast<unsigned char>(c)] & set) != 0;
}
constexpr bool all_in(std::string_view text, CharacterClass set) {
  std::uint8_t common = 0xff;
  for (const char c : text) common &= kCharacterClasses[static_cast<unsigned char>(c)];
  return (common & set) != 0;
}

}  // namespace meshtwin
