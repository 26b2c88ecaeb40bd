#include "real/testbed/message_io.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace meshtwin {
namespace {

constexpr std::size_t kReadBytes = 32 * 1024;
constexpr std::size_t kFillerBytes = 64 * 1024;

constexpr std::array<char, kFillerBytes> kFiller = [] {
  std::array<char, kFillerBytes> bytes{};
  for (char& byte : bytes) byte = 'x';
  return bytes;
}();

}  // namespace

InputBuffer::Status InputBuffer::read(int fd) {
  if (used_ == bytes_.size()) {
    bytes_.clear();
    used_ = 0;
  }
  std::array<char, kReadBytes> piece;
  const ssize_t count = ::recv(fd, piece.data(), piece.size(), 0);
  if (count == 0) return Status::closed;
  if (count < 0) {
    return errno == EAGAIN || errno == EINTR ? Status::nothing_yet : Status::broken;
  }
  bytes_.append(piece.data(), static_cast<std::size_t>(count));
  return Status::some;
}

void InputBuffer::consume(std::size_t count) {
  used_ += count;
  if (used_ < bytes_.size()) return;
  bytes_.clear();
  used_ = 0;
}

void OutgoingMessage::set(std::string_view head, std::uint64_t body_bytes) {
  head_.assign(head);
  head_sent_ = 0;
  body_left_ = body_bytes;
}

OutgoingMessage::Status OutgoingMessage::send(int fd) {
  while (head_sent_ < head_.size() || body_left_ > 0) {
    const auto body_now = static_cast<std::size_t>(std::min<std::uint64_t>(body_left_, kFiller.size()));
    iovec parts[2] = {{head_.data() + head_sent_, head_.size() - head_sent_},
                      {const_cast<char*>(kFiller.data()), body_now}};
    msghdr message{};
    message.msg_iov = parts;
    message.msg_iovlen = 2;
    const ssize_t count = ::sendmsg(fd, &message, MSG_NOSIGNAL);
    if (count < 0) {
      if (errno == EINTR) continue;
      return errno == EAGAIN ? Status::blocked : Status::broken;
    }
    const std::size_t of_head = std::min(static_cast<std::size_t>(count), head_.size() - head_sent_);
    head_sent_ += of_head;
    body_left_ -= static_cast<std::size_t>(count) - of_head;
  }
  return Status::done;
}

void BodyDrain::begin(const BodyFraming& framing) {
  kind_ = framing.kind;
  left_ = framing.kind == BodyFraming::Kind::fixed ? framing.length : 0;
  chunks_ = ChunkedDecoder();
}

BodyDrain::Status BodyDrain::take(InputBuffer& input) {
  switch (kind_) {
    case BodyFraming::Kind::none:
      return Status::done;
    case BodyFraming::Kind::fixed: {
      const std::uint64_t taken = std::min<std::uint64_t>(left_, input.bytes().size());
      input.consume(static_cast<std::size_t>(taken));
      left_ -= taken;
      return left_ == 0 ? Status::done : Status::more;
    }
    case BodyFraming::Kind::until_close:
      input.consume(input.bytes().size());
      return Status::more;
    case BodyFraming::Kind::chunked:
      break;
  }
  while (true) {
    const ChunkedDecoder::Step step = chunks_.decode(input.bytes());
    input.consume(step.consumed);
    if (step.kind == ChunkedDecoder::Kind::end) return Status::done;
    if (step.kind == ChunkedDecoder::Kind::error) return Status::broken;
    if (step.kind == ChunkedDecoder::Kind::more) return Status::more;
  }
}

}  // namespace meshtwin
