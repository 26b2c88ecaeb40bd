#include "tests/bench/proxy/client.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <utility>

#include "tests/bench/proxy/http_head.h"

namespace meshtwin::bench {
namespace {

constexpr std::size_t kBufferBytes = 256 * 1024;
constexpr std::uint32_t kFirstSource = 0x7f000101;  // 127.0.1.1
constexpr std::uint32_t kSources = 250;

}  // namespace

std::int64_t now_ns() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1'000'000'000 + now.tv_nsec;
}

Client::Client(std::vector<sockaddr_in> peers, const RequestShape& shape)
    : peers_(std::move(peers)),
      source_{},
      shape_(shape),
      body_(std::min<std::uint64_t>(shape.body_bytes, kBufferBytes), 'y'),
      buffer_(kBufferBytes) {
  source_.sin_family = AF_INET;
  source_.sin_addr.s_addr = htonl(kFirstSource);
  head_ = (shape.body_bytes > 0 ? "POST /" : "GET /") + std::to_string(shape.response_bytes) +
          " HTTP/1.1\r\nHost: bench.example\r\nUser-Agent: meshtwin-bench\r\nAccept: */*\r\n";
  if (shape.body_bytes > 0) head_ += "Content-Length: " + std::to_string(shape.body_bytes) + "\r\n";
  head_ += "\r\n";
}

void Client::open(Connection& connection) {
  const std::uint32_t source = ntohl(source_.sin_addr.s_addr);
  source_.sin_addr.s_addr = htonl(kFirstSource + (source - kFirstSource + 1) % kSources);
  connection = {};
  connection.socket = connect_from(source_, peers_[turn_++ % peers_.size()]);
  connection.watches_output = true;
  poller_.add(connection.socket, EPOLLIN | EPOLLOUT, &connection);
}

void Client::start(Connection& connection) {
  connection.under_way = true;
  if (connection.connected) send_request(connection);
}

void Client::close(Connection& connection) {
  ::close(connection.socket);
  connection.socket = -1;
}

bool Client::handle(Connection& connection, std::uint32_t events) {
  if (!connection.connected) {
    check_connected(connection.socket);
    connection.connected = true;
    watch_output(connection, false);
    if (connection.under_way) send_request(connection);
    return false;
  }
  if (connection.watches_output && (events & EPOLLOUT) != 0) send_body(connection);
  return (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0 && receive(connection);
}

void Client::send_request(Connection& connection) {
  connection.in_body = false;
  const int more = shape_.body_bytes > 0 ? MSG_MORE : 0;
  if (send(connection.socket, head_.data(), head_.size(), MSG_NOSIGNAL | more) !=
          static_cast<ssize_t>(head_.size()) &&
      !shape_.tolerant)  // that one sees it by reading
    fail("a request could not be sent: %s", std::strerror(errno));
  connection.body_sent = 0;
  if (shape_.body_bytes > 0) send_body(connection);
}

void Client::send_body(Connection& connection) {
  while (connection.body_sent < shape_.body_bytes) {
    const std::size_t part = std::min<std::uint64_t>(body_.size(), shape_.body_bytes - connection.body_sent);
    const ssize_t sent = send(connection.socket, body_.data(), part, MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN) fail("a body could not be sent: %s", std::strerror(errno));
    if (sent < 0) break;
    connection.body_sent += sent;
  }
  watch_output(connection, connection.body_sent < shape_.body_bytes);
}

void Client::watch_output(Connection& connection, bool on) {
  if (connection.watches_output == on) return;
  connection.watches_output = on;
  poller_.change(connection.socket, on ? EPOLLIN | EPOLLOUT : EPOLLIN, &connection);
}

// Returns whether the response is complete.
bool Client::receive(Connection& connection) {
  const ssize_t count = recv(connection.socket, buffer_.data(), buffer_.size(), 0);
  if (count < 0 && errno == EAGAIN) return false;
  if (count <= 0) return end(connection, count < 0 ? errno : 0);
  if (!connection.under_way) fail("the proxy sent bytes that no request asked for");
  std::string_view bytes(buffer_.data(), count);
  if (!connection.in_body) {
    if (!connection.head.empty()) {
      connection.head += bytes;
      bytes = connection.head;
    }
    const std::size_t size = head_bytes(bytes);
    if (size == 0) {
      if (connection.head.empty()) connection.head = bytes;
      return false;
    }
    connection.body_left = check_head(bytes.substr(0, size));
    connection.in_body = true;
    bytes.remove_prefix(size);
  }
  if (bytes.size() > connection.body_left) fail("the response is longer than its Content-Length");
  connection.body_left -= bytes.size();
  connection.head.clear();
  if (connection.body_left > 0) return false;
  if (connection.body_sent < shape_.body_bytes) fail("the proxy answered before it had the whole request");
  connection.under_way = false;
  return true;
}

bool Client::end(Connection& connection, int error) const {
  if (shape_.tolerant) return connection.broken = true;
  if (error != 0) fail("a response could not be read: %s", std::strerror(error));
  fail("the proxy closed a connection%s", connection.under_way ? " instead of answering" : "");
}

std::uint64_t Client::check_head(std::string_view head) const {
  const auto length = content_length(head);
  if (shape_.tolerant && length) return *length;
  if (head.substr(0, 12) != "HTTP/1.1 200")
    fail("the proxy answered \"%.*s\"", static_cast<int>(head.find('\r')), head.data());
  if (length != shape_.response_bytes)
    fail("the response should have %llu bytes: %.*s", static_cast<unsigned long long>(shape_.response_bytes),
         static_cast<int>(head.size()), head.data());
  return shape_.response_bytes;
}

}  // namespace meshtwin::bench
