// Reading and writing HTTP messages whose bodies mean nothing: filler on the way out, dropped on the way in.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "real/http/chunked_decoder.h"
#include "real/http/head.h"

namespace meshtwin {

// Bytes that came and are not used yet.
class InputBuffer {
 public:
  enum class Status : std::uint8_t { some, nothing_yet, closed, broken };
  // Reads once, a bounded number of bytes.
  Status read(int fd);
  std::string_view bytes() const { return std::string_view(bytes_).substr(used_); }
  void consume(std::size_t count);

 private:
  std::string bytes_;
  std::size_t used_ = 0;
};

// A head and a body of any size, which takes no memory.
class OutgoingMessage {
 public:
  enum class Status : std::uint8_t { done, blocked, broken };
  void set(std::string_view head, std::uint64_t body_bytes);
  // Sends as much as the socket takes.
  Status send(int fd);

 private:
  std::string head_;
  std::size_t head_sent_ = 0;
  std::uint64_t body_left_ = 0;
};

// Finds a body's end.
class BodyDrain {
 public:
  enum class Status : std::uint8_t { more, done, broken };
  void begin(const BodyFraming& framing);
  // Takes of `input` what belongs to the body.
  Status take(InputBuffer& input);
  bool until_close() const { return kind_ == BodyFraming::Kind::until_close; }

 private:
  BodyFraming::Kind kind_ = BodyFraming::Kind::none;
  std::uint64_t left_ = 0;
  ChunkedDecoder chunks_;
};

}  // namespace meshtwin
