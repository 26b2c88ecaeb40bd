// Heads of HTTP/1.1 messages from bytes. Strict: what two parsers could read in two ways is refused.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "real/http/head.h"

namespace meshtwin {

struct HeadLimits {
  std::size_t bytes_max = 32 * 1024;  // of the whole head
  std::size_t target_max = 8 * 1024;
  std::size_t fields_max = 128;
};

// How far the search for a head's end has come, so that a head in many pieces costs no more than in two.
struct HeadScan {
  std::size_t line = 0;     // where the line begins that is not complete yet
  std::size_t scanned = 0;  // bytes that were looked at
};

enum class ParseStatus : std::uint8_t { incomplete, complete, error };

struct ParseResult {
  ParseStatus status = ParseStatus::incomplete;
  std::size_t consumed = 0;      // of a complete head
  std::uint16_t answer = 0;      // of an error in a request: 400, 414, 431, 501 or 505
  std::string_view reason = {};  // of an error, a static text
};

// `bytes` from the head's first one on; with the same `scan`, made anew for each head, as they become more.
// Views in `head` are into `bytes`; without a complete head, what is in it means nothing. Up to two empty
// lines before a request are skipped. The first error in the bytes is the one that is reported, however they
// are cut: at once where the first piece has it, else when the head ends or is too large.
//
// Refused are, besides what the grammar has no place for: bare CR or LF, NUL and other controls, folded
// lines, white space before a colon, Content-Length together with Transfer-Encoding, either of them twice,
// lengths that aren't plain digits, any transfer coding but one `chunked`, Transfer-Encoding in HTTP/1.0, no
// Host or two in HTTP/1.1, odd characters in it, user information, any version but 1.0 and 1.1, CONNECT.
ParseResult parse_request_head(std::string_view bytes, const HeadLimits& limits, RequestHead& head,
                               HeadScan& scan);

// The same for a response to a request of `method`, on which its framing depends. Heads with a status below
// 200 are heads like any other here; they have no body, and are refused where they claim one. So is 101 that
// names no protocol. After a status 204 that claims a body, the connection is not to be kept.
ParseResult parse_response_head(std::string_view bytes, const HeadLimits& limits, Method method,
                                ResponseHead& head, HeadScan& scan);

// One line of fields or trailers without its end; false where it isn't one.
bool parse_field_line(std::string_view line, HeaderField& field);

}  // namespace meshtwin
