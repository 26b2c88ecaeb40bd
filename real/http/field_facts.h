// What the fields of a head say together: how the body ends, and what becomes of the connection.
#pragma once

#include <cstdint>
#include <string_view>

#include "real/http/head.h"
#include "real/http/head_parser.h"

namespace meshtwin {

struct FieldFacts {
  std::uint8_t hosts = 0;  // so many fields of the kind; never more than one
  std::uint8_t lengths = 0;
  std::uint8_t codings = 0;
  bool chunked = false;
  bool close = false;
  bool keep_alive = false;
  bool upgrade_option = false;
  bool upgrade_field = false;
  bool upgrade_refused = false;
  bool expects_continue = false;
  std::uint64_t length = 0;
  std::string_view host;
};

// Adds a field to the facts, and the options of a Connection field to the head. Says what is wrong with the
// field; nothing where it is fine.
std::string_view add_field(const HeaderField& field, MessageHead& head, FieldFacts& facts);

// When all fields are there: the error in them together, if there is one; sets `keep_alive` and `upgrade`.
ParseResult judge(const FieldFacts& facts, MessageHead& head);

// A host's name or address with an optional port: an authority without user information. Names have letters,
// digits, "-", ".", "_" and "~", which is stricter than RFC 3986.
bool is_authority(std::string_view text);

}  // namespace meshtwin
