#include "real/testbed/server_connection.h"

#include <sys/epoll.h>

#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "real/http/head_writer.h"
#include "real/http/load_report_field.h"
#include "real/net/socket.h"
#include "real/testbed/call_header.h"
#include "real/testbed/played_instance.h"

namespace meshtwin {
namespace {

// What a client may send ahead of the answer that it waits for.
constexpr std::size_t kReadAhead = 64 * 1024;

}  // namespace

ServerConnection::ServerConnection(EventLoop& loop, Fd fd, PlayedInstance& instance)
    : loop_(loop), fd_(std::move(fd)), instance_(instance) {}

ServerConnection::~ServerConnection() {
  if (fd_.valid()) loop_.unwatch(fd_.get(), *this);
}

bool ServerConnection::open() {
  watched_ = EPOLLIN | EPOLLRDHUP;
  return loop_.watch(fd_.get(), *this, watched_);
}

void ServerConnection::on_io(std::uint32_t events) {
  if ((events & EPOLLOUT) != 0 && state_ == State::answering) send();
  if ((events & ~static_cast<std::uint32_t>(EPOLLOUT)) != 0 && state_ != State::closed) read();
}

void ServerConnection::read() {
  switch (input_.read(fd_.get())) {
    case InputBuffer::Status::some:
      return go_on();
    case InputBuffer::Status::nothing_yet:
      return;
    case InputBuffer::Status::closed:
    case InputBuffer::Status::broken:
      return close();
  }
}

// As far as the bytes that are there allow.
void ServerConnection::go_on() {
  if (state_ == State::head && !input_.bytes().empty() && !parse_head()) return;
  if (state_ == State::body) {
    const BodyDrain::Status status = body_.take(input_);
    if (status == BodyDrain::Status::broken) return refuse(400);
    if (status == BodyDrain::Status::more) return;
    state_ = State::waiting;
    if (asks_for_load_) return instance_.receive_probe(*this);
    return instance_.receive(*this, {seed_, attempt_, std::exchange(fresh_, false)});
  }
  // A client that goes away is noticed while there is room, and resets are in any case.
  const bool full = input_.bytes().size() >= kReadAhead;
  if (state_ == State::waiting && full) watch(0);
}

bool ServerConnection::parse_head() {
  const ParseResult parsed = parse_request_head(input_.bytes(), {}, head_, scan_);
  if (parsed.status == ParseStatus::incomplete) return false;
  if (parsed.status == ParseStatus::error) return refuse(parsed.answer), false;
  seed_.reset();
  attempt_ = 0;
  asks_for_load_ = head_.target == kLoadReportPath;
  for (const HeaderField& field : head_.fields) {
    if (equal_ignoring_case(field.name, kSeedHeader)) {
      seed_ = parse_seed(field.value);
    } else if (equal_ignoring_case(field.name, kAttemptHeader)) {
      std::from_chars(field.value.data(), field.value.data() + field.value.size(), attempt_);
    }
  }
  closes_ = !head_.keep_alive;
  bodiless_ = head_.method == Method::head;
  const BodyFraming framing = head_.framing;
  if (head_.expects_continue) {
    out_.set("HTTP/1.1 100 Continue\r\n\r\n", 0);
    if (out_.send(fd_.get()) != OutgoingMessage::Status::done) return close(), false;
  }
  input_.consume(parsed.consumed);
  scan_ = {};
  body_.begin(framing);
  state_ = State::body;
  return true;
}

void ServerConnection::refuse(std::uint16_t status) {
  closes_ = true;
  state_ = State::waiting;
  answer(status, 0);
}

void ServerConnection::answer(std::uint16_t status, std::uint64_t body_bytes, std::string_view extra) {
  request_ = nullptr;
  state_ = State::answering;
  out_.set(fmt::format("HTTP/1.1 {} {}\r\ncontent-length: {}\r\n{}{}\r\n", status, reason_phrase(status),
                       body_bytes, extra, closes_ ? "connection: close\r\n" : ""),
           bodiless_ ? 0 : body_bytes);
  send();
}

void ServerConnection::send() {
  switch (out_.send(fd_.get())) {
    case OutgoingMessage::Status::blocked:
      return watch(EPOLLOUT | EPOLLRDHUP);
    case OutgoingMessage::Status::broken:
      return close();
    case OutgoingMessage::Status::done:
      break;
  }
  if (closes_) return close();
  state_ = State::head;
  watch(EPOLLIN | EPOLLRDHUP);
  go_on();
}

void ServerConnection::close_after_answer() {
  closes_ = true;
  if (state_ != State::answering && request_ == nullptr) reset();
}

void ServerConnection::reset() {
  if (state_ == State::closed) return;
  reset_on_close(fd_.get());
  request_ = nullptr;
  close();
}

void ServerConnection::close() {
  if (state_ == State::closed) return;
  state_ = State::closed;
  loop_.unwatch(fd_.get(), *this);
  fd_.reset();
  instance_.connection_closed(*this, std::exchange(request_, nullptr));
}

void ServerConnection::watch(std::uint32_t events) {
  if (events == watched_) return;
  watched_ = events;
  loop_.rewatch(fd_.get(), *this, events);
}

}  // namespace meshtwin
