#include "real/http/chunked_decoder.h"

#include <algorithm>
#include <charconv>

#include "real/http/characters.h"
#include "real/http/head_parser.h"

namespace meshtwin {
namespace {

constexpr int kSizeDigitsMax = 15;  // any such number fits 60 bits
constexpr std::uint16_t kExtensionBytesMax = 4096;
constexpr std::uint16_t kTrailerBytesMax = 16 * 1024;

// RFC 9110, 6.5.1: what frames a message, routes it, belongs to its connection, or says who asks and what the
// content is has no place in trailers. Some servers would take it for a field of the head.
constexpr std::string_view kNeverTrailing[] = {
    "authorization", "cache-control", "content-encoding",
    "content-range", "content-type",  "cookie",
    "date",          "forwarded",     "http2-settings",
    "location",      "max-forwards",  "pragma",
    "range",         "retry-after",   "www-authenticate",
    "set-cookie",    "vary",          "x-forwarded-host",
    "x-real-ip",     "if-match",      "if-modified-since",
    "if-none-match", "if-range",      "if-unmodified-since",
};

bool may_trail(const HeaderField& field) {
  return field.known == KnownHeader::other &&
         std::none_of(std::begin(kNeverTrailing), std::end(kNeverTrailing),
                      [&](std::string_view name) { return equal_ignoring_case(name, field.name); });
}

}  // namespace

ChunkedDecoder::Step ChunkedDecoder::step(Kind kind, std::size_t consumed, std::string_view data) {
  if (kind == Kind::error) state_ = State::broken;
  return {kind, consumed, data};
}

// After the digits: an extension or the end of the line. Blanks before an extension are to be taken (RFC
// 9112, 7.1.1); before the end of the line they have no place.
bool ChunkedDecoder::take_size(char c) {
  const int digit = hex_digit(c);
  if (digit >= 0) {
    left_ = left_ * 16 + static_cast<std::uint64_t>(digit);
    return ++digits_ <= kSizeDigitsMax;
  }
  if (digits_ == 0) return false;
  state_ = c == '\r' ? State::size_end : State::extension_begin;
  return c == '\r' || take_extension_begin(c);
}

bool ChunkedDecoder::take_extension_begin(char c) {
  if (c == ';') state_ = State::extension;
  return c == ';' || ((c == ' ' || c == '\t') && ++extension_bytes_ <= kExtensionBytesMax);
}

bool ChunkedDecoder::take_extension(char c) {
  if (c == '\r') state_ = State::size_end;
  return c == '\r' || (is_in(c, kValueCharacter) && ++extension_bytes_ <= kExtensionBytesMax);
}

bool ChunkedDecoder::end_of_trailer_line() {
  line_.pop_back();  // CR
  if (line_.empty()) {
    state_ = State::done;
    return true;
  }
  HeaderField field;
  if (!parse_field_line(line_, field)) return false;
  if (may_trail(field)) trailers_.append(line_).append("\r\n");
  line_.clear();
  return true;
}

bool ChunkedDecoder::take_trailer(char c) {
  if (++trailer_bytes_ > kTrailerBytesMax) return false;
  if (c == '\n') return !line_.empty() && line_.back() == '\r' && end_of_trailer_line();
  if (!line_.empty() && line_.back() == '\r') return false;
  line_.push_back(c);
  return true;
}

ChunkedDecoder::Step ChunkedDecoder::decode(std::string_view input) {
  std::size_t at = 0;
  while (at < input.size() && state_ != State::done) {
    const char c = input[at];
    bool fine = true;
    switch (state_) {
      case State::size:
        fine = take_size(c);
        break;
      case State::extension_begin:
        fine = take_extension_begin(c);
        break;
      case State::extension:
        fine = take_extension(c);
        break;
      case State::size_end:
        fine = c == '\n';
        state_ = left_ > 0 ? State::data : State::trailer;
        break;
      case State::data: {
        const auto taken = static_cast<std::size_t>(std::min<std::uint64_t>(left_, input.size() - at));
        left_ -= taken;
        if (left_ == 0) state_ = State::data_cr;
        return step(Kind::data, at + taken, input.substr(at, taken));
      }
      case State::data_cr:
        fine = c == '\r';
        state_ = State::data_lf;
        break;
      case State::data_lf:
        fine = c == '\n';
        state_ = State::size;
        digits_ = 0;
        break;
      case State::trailer:
        fine = take_trailer(c);
        break;
      case State::done:
      case State::broken:
        fine = false;
        break;
    }
    if (!fine) return step(Kind::error, at);
    ++at;
  }
  return step(state_ == State::done ? Kind::end : Kind::more, at);
}

void append_chunk_header(std::size_t size, std::string& out) {
  char text[16];
  const auto end = std::to_chars(text, text + sizeof text, size, 16).ptr;
  out.append(text, end).append("\r\n");
}

void append_last_chunk(std::string_view trailers, std::string& out) {
  out.append("0\r\n").append(trailers).append("\r\n");
}

}  // namespace meshtwin
