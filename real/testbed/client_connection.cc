#include "real/testbed/client_connection.h"

#include <sys/epoll.h>

#include <utility>

#include "real/net/socket.h"

namespace meshtwin {

ClientConnection::ClientConnection(EventLoop& loop, Fd fd, ConnectionPool& pool)
    : loop_(loop), fd_(std::move(fd)), pool_(pool) {}

ClientConnection::~ClientConnection() {
  if (fd_.valid()) loop_.unwatch(fd_.get(), *this);
}

bool ClientConnection::watch() {
  wanted_ = EPOLLOUT;
  return loop_.watch(fd_.get(), *this, wanted_);
}

void ClientConnection::send(PooledRequest request) {
  request_ = std::move(request);
  in_body_ = false;
  scan_ = {};
  answer_ = {};
  out_.set(request_->head, request_->body_bytes);
  if (!connecting_) write();
}

void ClientConnection::on_io(std::uint32_t events) {
  if (connecting_) {
    if (take_socket_error(fd_.get()) != 0) return fail(FailureKind::connect);
    connecting_ = false;
    if (!request_) return want(EPOLLIN);
    return write();
  }
  if ((events & EPOLLIN) != 0) return read();
  if ((events & (EPOLLERR | EPOLLHUP)) != 0) return fail(FailureKind::reset);
  if ((events & EPOLLOUT) != 0) write();
}

void ClientConnection::write() {
  switch (out_.send(fd_.get())) {
    case OutgoingMessage::Status::blocked:
      return want(EPOLLIN | EPOLLOUT);
    case OutgoingMessage::Status::done:
    case OutgoingMessage::Status::broken:  // there may be an answer to read all the same
      return want(EPOLLIN);
  }
}

void ClientConnection::read() {
  const InputBuffer::Status status = input_.read(fd_.get());
  if (status == InputBuffer::Status::nothing_yet) return;
  if (status == InputBuffer::Status::some) return request_ ? take_answer() : fail(FailureKind::protocol);
  const bool whole = status == InputBuffer::Status::closed && in_body_ && body_.until_close();
  keeps_ = false;
  if (whole) return complete();
  fail(FailureKind::reset);
}

void ClientConnection::take_answer() {
  while (!in_body_) {
    const ParseResult parsed = parse_response_head(input_.bytes(), {}, Method::put, head_, scan_);
    if (parsed.status == ParseStatus::incomplete) return;
    if (parsed.status == ParseStatus::error) return fail(FailureKind::protocol);
    scan_ = {};
    if (head_.status >= 200) {
      in_body_ = true;
      answer_.status = head_.status;
      keeps_ = head_.keep_alive;
      for (const HeaderField& field : head_.fields) {
        if (equal_ignoring_case(field.name, kCallHeader)) answer_.report = parse_call_report(field.value);
      }
      body_.begin(head_.framing);
    }
    input_.consume(parsed.consumed);
  }
  const BodyDrain::Status status = body_.take(input_);
  if (status == BodyDrain::Status::broken) return fail(FailureKind::protocol);
  if (status == BodyDrain::Status::done) complete();
}

void ClientConnection::complete() {
  used_before_ = true;
  const std::uint32_t id = request_->id;
  const PooledAnswer answer = answer_;
  request_.reset();
  if (keeps_ && input_.bytes().empty()) {
    pool_.back(*this);
  } else {
    loop_.unwatch(fd_.get(), *this);
    fd_.reset();
    pool_.ended(*this, std::nullopt, false, {});
  }
  pool_.on_answer_(id, answer);
}

// A connection that was idle may be closed by its peer just when it is used: then the request has another
// try.
void ClientConnection::fail(FailureKind why) {
  const bool again =
      used_before_ && answer_.status == 0 && input_.bytes().empty() && why == FailureKind::reset;
  loop_.unwatch(fd_.get(), *this);
  fd_.reset();
  answer_.failure = why;
  const PooledAnswer answer = answer_;
  pool_.ended(*this, std::exchange(request_, std::nullopt), again, answer);
}

void ClientConnection::want(std::uint32_t events) {
  if (events == wanted_) return;
  wanted_ = events;
  loop_.rewatch(fd_.get(), *this, events);
}

}  // namespace meshtwin
