#include "tests/conformance/http1/live_peer.h"

#include <sys/socket.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>

#include "real/net/socket.h"
#include "real/net/transfer.h"

namespace meshtwin {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return std::tolower(c); });
  return out;
}

// False while the body is not complete.
bool take_chunks(std::string_view bytes, std::size_t& at, std::string& body) {
  while (true) {
    const std::size_t end = bytes.find("\r\n", at);
    if (end == std::string_view::npos) return false;
    const std::size_t size = std::strtoull(std::string(bytes.substr(at, end - at)).c_str(), nullptr, 16);
    at = end + 2;
    if (size == 0) break;
    if (bytes.size() < at + size + 2) return false;
    body.append(bytes.substr(at, size));
    at += size + 2;
  }
  while (true) {
    const std::size_t end = bytes.find("\r\n", at);
    if (end == std::string_view::npos) return false;
    const bool last = end == at;
    at = end + 2;
    if (last) return true;
  }
}

}  // namespace

void Peer::send(std::string_view bytes) {
  out_.append(bytes);
  flush();
}

void Peer::half_close() {
  half_close_ = true;
  flush();
}

void Peer::reset() {
  if (!socket_.open()) return;
  reset_on_close(socket_.fd());
  socket_.close();
}

void Peer::set_receive_buffer(int bytes) {
  setsockopt(socket_.fd(), SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
}

void Peer::flush() {
  if (!socket_.open()) return;
  const Transfer::Status status = meshtwin::flush(socket_.fd(), out_);
  if (status == Transfer::Status::failed) out_.clear();
  if (out_.empty() && half_close_) ::shutdown(socket_.fd(), SHUT_WR);
  socket_.write_on(!out_.empty());
}

void Peer::on_io(std::uint32_t events) {
  if ((events & EPOLLOUT) != 0) flush();
  if (ended || (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) == 0) return;
  char bytes[16 * 1024];
  const Transfer got = read_some(socket_.fd(), bytes);
  received.append(bytes, got.bytes);
  if (got.status == Transfer::Status::closed || got.status == Transfer::Status::failed) {
    ended = true;
    broken = got.status == Transfer::Status::failed;
    if (broken) socket_.close();
    else socket_.read_on(false);
  }
  if (on_bytes && got.status != Transfer::Status::blocked) on_bytes(*this);
}

std::string Message::field(std::string_view name) const {
  const std::string names = lower(head);
  const std::size_t at = names.find("\r\n" + std::string(name) + ":");
  if (at == std::string::npos) return {};
  const std::size_t begin = head.find_first_not_of(' ', at + name.size() + 3);
  return head.substr(begin, head.find("\r\n", begin) - begin);
}

std::optional<Message> take_message(std::string_view bytes, std::size_t& at, bool bodiless) {
  const std::size_t end = bytes.find("\r\n\r\n", at);
  if (end == std::string_view::npos) return std::nullopt;
  Message message;
  message.head = bytes.substr(at, end + 4 - at);
  std::size_t next = end + 4;
  const bool response = message.head.starts_with("HTTP/");
  const bool no_body = bodiless || (response && (message.status() < 200 || message.status() == 204 ||
                                                 message.status() == 304));
  if (no_body) {
  } else if (lower(message.field("transfer-encoding")) == "chunked") {
    if (!take_chunks(bytes, next, message.body)) return std::nullopt;
  } else {
    const std::size_t length = std::strtoull(message.field("content-length").c_str(), nullptr, 10);
    if (bytes.size() < next + length) return std::nullopt;
    message.body = bytes.substr(next, length);
    next += length;
  }
  at = next;
  return message;
}

std::vector<Message> messages(std::string_view bytes) {
  std::vector<Message> out;
  std::size_t at = 0;
  while (auto message = take_message(bytes, at)) out.push_back(std::move(*message));
  return out;
}

std::string summary(std::string_view bytes) {
  std::string out;
  std::size_t at = 0;
  while (const auto message = take_message(bytes, at)) {
    const std::string line = message->start_line();
    const bool response = line.starts_with("HTTP/");
    out += (out.empty() ? "" : ", ") + (response ? line.substr(9, 3) : line.substr(0, line.rfind(' '))) + " [" +
           message->body + "]";
  }
  if (at < bytes.size()) out += out.empty() ? "..." : ", ...";
  return out;
}

std::string response(std::string_view text, int status) {
  return "HTTP/1.1 " + std::to_string(status) + " X\r\nContent-Length: " + std::to_string(text.size()) + "\r\n\r\n" +
         std::string(text);
}

Backend::Backend(EventLoop& loop)
    : loop_(loop), socket_(loop, *this, listen_tcp(Address::loopback(0)).value()), address_(local_address(socket_.fd())) {
  socket_.watch_for(true, false);
}

void Backend::on_io(std::uint32_t) {
  Fd fd = accept_tcp(socket_.fd());
  if (!fd.valid()) return;
  Peer& peer = *connections.emplace_back(std::make_unique<Peer>(loop_, std::move(fd)));
  peer.on_bytes = [this, at = std::size_t{0}](Peer& of) mutable {
    if (script) return script(of);
    answer_all(of, at);
    if (of.ended) of.close();
  };
  if (script) script(peer);
}

void Backend::answer_all(Peer& peer, std::size_t& at) {
  while (const auto request = take_message(peer.received, at)) {
    const std::string bytes = answer(*request);
    if (!bytes.empty()) peer.send(bytes);
    if (after) after(peer, *request);
  }
}

void Backend::kill() {
  socket_.close();
  for (const auto& peer : connections) peer->reset();
}

std::size_t Backend::open_connections() const {
  return static_cast<std::size_t>(std::count_if(connections.begin(), connections.end(),
                                                [](const auto& peer) { return peer->open() && !peer->ended; }));
}

std::string Backend::seen() const {
  std::string out;
  for (const auto& peer : connections) out += (out.empty() ? "" : " | ") + summary(peer->received);
  return out;
}

std::size_t Backend::requests() const {
  std::size_t count = 0;
  for (const auto& peer : connections) count += messages(peer->received).size();
  return count;
}

}  // namespace meshtwin
