// Bodies in chunks (RFC 9112, 7.1): from the wire, piece by piece, and onto it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace meshtwin {

// Chunk extensions are dropped. Trailers are kept, but for fields that have a meaning for the connection or
// the body.
class ChunkedDecoder {
 public:
  enum class Kind : std::uint8_t {
    data,   // `data` is a piece of the body; there may be more in the rest of the input
    more,   // all of the input is taken, and more has to come
    end,    // the body and its trailers are complete
    error,  // what came is not chunked coding
  };
  struct Step {
    Kind kind = Kind::more;
    std::size_t consumed = 0;
    std::string_view data;  // within the input
  };

  // To be called again with what it has not consumed, until it says `more`, `end` or `error`.
  Step decode(std::string_view input);
  // Lines `name: value CR LF`, complete at the end.
  std::string_view trailers() const { return trailers_; }

 private:
  enum class State : std::uint8_t {
    size,
    extension_begin,
    extension,
    size_end,
    data,
    data_cr,
    data_lf,
    trailer,
    done,
    broken,
  };
  Step step(Kind kind, std::size_t consumed, std::string_view data = {});
  bool take_size(char c);
  bool take_extension_begin(char c);
  bool take_extension(char c);
  bool take_trailer(char c);
  bool end_of_trailer_line();

  State state_ = State::size;
  std::uint8_t digits_ = 0;
  std::uint16_t extension_bytes_ = 0;
  std::uint16_t trailer_bytes_ = 0;
  std::uint64_t left_ = 0;  // of the chunk
  std::string line_;        // the trailer line under way
  std::string trailers_;
};

void append_chunk_header(std::size_t size, std::string& out);
// The end of a body; `trailers` as ChunkedDecoder gives them.
void append_last_chunk(std::string_view trailers, std::string& out);

}  // namespace meshtwin
