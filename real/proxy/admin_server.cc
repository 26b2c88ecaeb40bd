#include "real/proxy/admin_server.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "real/http/head_parser.h"
#include "real/http/head_writer.h"
#include "real/net/socket.h"

namespace meshtwin {
namespace {

constexpr std::size_t kConnectionsMax = 64;
constexpr std::size_t kHeadMax = 16 * 1024;
constexpr std::size_t kBodyMax = 4 * 1024 * 1024;
constexpr Duration kRequestTimeout = std::chrono::seconds(10);  // for the whole request
constexpr Duration kAnswerTimeout = std::chrono::seconds(30);   // for making and taking the answer

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string decoded(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool room = text[i] == '%' && i + 2 < text.size();
    if (room && hex_digit(text[i + 1]) >= 0 && hex_digit(text[i + 2]) >= 0) {
      out += static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
      i += 2;
    } else {
      out += text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

std::map<std::string, std::string> parse_query(std::string_view text) {
  std::map<std::string, std::string> out;
  while (!text.empty()) {
    const std::string_view pair = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(text.size(), pair.size() + 1));
    const std::size_t equals = std::min(pair.find('='), pair.size());
    out[decoded(pair.substr(0, equals))] = decoded(pair.substr(std::min(pair.size(), equals + 1)));
  }
  return out;
}

// Whether a host is an address or localhost: no name that somebody's DNS could lead here.
bool is_local_host(std::string_view host) {
  const std::size_t colon = host.rfind(':');
  const bool port = colon != std::string_view::npos && host.find(']', colon) == std::string_view::npos;
  const std::string_view name = port ? host.substr(0, colon) : host;
  return name == "localhost" || Address::parse(fmt::format("{}:0", name)).ok();
}

}  // namespace

// One connection: a request, its answer, the end.
class AdminConnection final : public std::enable_shared_from_this<AdminConnection>, private IoHandler {
 public:
  AdminConnection(AdminServer& server, Fd socket) : server_(server), socket_(std::move(socket)) {
    server_.loop_.watch(socket_.get(), *this, EPOLLIN);
    limit(kRequestTimeout);
  }
  ~AdminConnection() override { close(); }

  // No event reaches it any more.
  void close() {
    if (!socket_.valid()) return;
    server_.loop_.timers().stop(timer_);
    server_.loop_.unwatch(socket_.get(), *this);
    socket_.reset();
    state_ = State::ending;
  }

  void respond(const AdminResponse& response) {
    if (state_ != State::handling) return;
    out_ = fmt::format(
        "HTTP/1.1 {} {}\r\nContent-Type: {}\r\nContent-Length: {}\r\nConnection: close\r\n"
        "X-Content-Type-Options: nosniff\r\nCache-Control: no-store\r\n",
        response.status, reason_phrase(response.status), response.content_type, response.body.size());
    if (!response.allow.empty()) out_ += fmt::format("Allow: {}\r\n", response.allow);
    out_ += "\r\n";
    out_ += response.body;
    state_ = State::answering;
    limit(kAnswerTimeout);
    server_.loop_.rewatch(socket_.get(), *this, EPOLLOUT);
  }

 private:
  enum class State : std::uint8_t { reading, handling, answering, ending };

  void on_io(std::uint32_t events) override {
    if ((events & EPOLLERR) != 0) return server_.remove(*this);
    switch (state_) {
      case State::reading:
        return read();
      case State::handling:
        if ((events & EPOLLHUP) != 0) server_.remove(*this);
        return;
      case State::answering:
        return write();
      case State::ending:
        return read_to_end();
    }
  }

  void read() {
    char bytes[16 * 1024];
    const ssize_t count = ::recv(socket_.get(), bytes, sizeof bytes, 0);
    if (count < 0 && errno == EAGAIN) return;
    if (count <= 0) return server_.remove(*this);
    in_.append(bytes, static_cast<std::size_t>(count));
    if (!head_size_ && !take_head()) return;
    if (in_.size() - *head_size_ < body_size_) return;
    request_.body = in_.substr(*head_size_, body_size_);
    handle();
  }

  // Whether the head is complete and good.
  bool take_head() {
    RequestHead head;
    const ParseResult parsed = parse_request_head(in_, {kHeadMax, 8 * 1024, 100}, head, scan_);
    if (parsed.status == ParseStatus::incomplete) return false;
    if (parsed.status == ParseStatus::error) return refuse(parsed.answer, std::string(parsed.reason));
    head_size_ = parsed.consumed;
    request_.method = head.method_text;
    request_.path = head.target.substr(0, head.target.find('?'));
    request_.query = parse_query(head.target.substr(std::min(head.target.size(), request_.path.size() + 1)));
    if (server_.address_.is_loopback() && !is_local_host(head.host)) {
      return refuse(403, "this is asked for by address, or as localhost");
    }
    const bool changes = request_.method != "GET" && request_.method != "HEAD";
    const auto from_page = [](const HeaderField& field) { return equal_ignoring_case(field.name, "origin"); };
    if (changes && std::any_of(head.fields.begin(), head.fields.end(), from_page)) {
      return refuse(403, "pages in a browser may not change anything here");
    }
    if (head.framing.kind == BodyFraming::Kind::chunked)
      return refuse(411, "send the body with a Content-Length");
    body_size_ = head.framing.length;
    if (body_size_ > kBodyMax) return refuse(413, fmt::format("the body may have {} bytes", kBodyMax));
    if (head.expects_continue && body_size_ > 0) {
      constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
      // So short a text fits into the empty buffer of a socket.
      static_cast<void>(::send(socket_.get(), kContinue.data(), kContinue.size(), MSG_NOSIGNAL));
    }
    return true;
  }

  bool refuse(std::uint16_t status, const std::string& why) {
    state_ = State::handling;
    respond(AdminResponse::text(status, why + "\n"));
    return false;
  }

  void handle() {
    state_ = State::handling;
    limit(kAnswerTimeout);
    // Nothing more is read, and only the connection's end is of interest.
    server_.loop_.rewatch(socket_.get(), *this, 0);
    server_.handler_(request_, [connection = weak_from_this()](const AdminResponse& response) {
      if (const auto still_there = connection.lock()) still_there->respond(response);
    });
  }

  void write() {
    const ssize_t count = ::send(socket_.get(), out_.data() + sent_, out_.size() - sent_, MSG_NOSIGNAL);
    if (count < 0 && errno == EAGAIN) return;
    if (count < 0) return server_.remove(*this);
    sent_ += static_cast<std::size_t>(count);
    if (sent_ < out_.size()) return;
    // Closing with unread bytes would reset the connection, and could take the answer away from the client.
    state_ = State::ending;
    ::shutdown(socket_.get(), SHUT_WR);
    server_.loop_.rewatch(socket_.get(), *this, EPOLLIN);
  }

  void read_to_end() {
    char bytes[16 * 1024];
    const ssize_t count = ::recv(socket_.get(), bytes, sizeof bytes, 0);
    if (count > 0 || (count < 0 && errno == EAGAIN)) return;
    server_.remove(*this);
  }

  void limit(Duration time) { server_.loop_.timers().arm(timer_, saturating_add(server_.loop_.now(), time)); }
  void on_limit(Time) { server_.remove(*this); }

  AdminServer& server_;
  Fd socket_;
  State state_ = State::reading;
  std::string in_;
  HeadScan scan_;
  std::optional<std::size_t> head_size_;
  std::uint64_t body_size_ = 0;
  AdminRequest request_;
  std::string out_;
  std::size_t sent_ = 0;
  MemberTimer<AdminConnection, &AdminConnection::on_limit> timer_{*this};
};

class AdminServer::Acceptor final : public IoHandler {
 public:
  explicit Acceptor(AdminServer& server) : server_(server) {}
  void on_io(std::uint32_t) override { server_.accept(); }
  void pause_for_a_while() {
    constexpr Duration kPause = std::chrono::milliseconds(100);
    server_.loop_.timers().arm(timer_, saturating_add(server_.loop_.now(), kPause));
  }

 private:
  void on_pause_over(Time) { server_.resume(); }

  AdminServer& server_;
  MemberTimer<Acceptor, &Acceptor::on_pause_over> timer_{*this};
};

AdminServer::AdminServer(EventLoop& loop, Fd listener, Handler handler)
    : loop_(loop),
      listener_(std::move(listener)),
      address_(local_address(listener_.get())),
      handler_(std::move(handler)),
      acceptor_(std::make_unique<Acceptor>(*this)) {
  loop_.watch(listener_.get(), *acceptor_, EPOLLIN);
}

AdminServer::~AdminServer() {
  if (!paused_) loop_.unwatch(listener_.get(), *acceptor_);
}

void AdminServer::accept() {
  while (connections_.size() < kConnectionsMax) {
    Fd socket = accept_tcp(listener_.get());
    if (!socket.valid()) {
      const bool none_now = errno == EAGAIN || errno == ECONNABORTED || errno == EINTR;
      if (none_now) return;
      // Out of descriptors or memory; asking again at once would keep the loop busy.
      pause();
      acceptor_->pause_for_a_while();
      return;
    }
    auto connection = std::make_shared<AdminConnection>(*this, std::move(socket));
    connections_.emplace(connection.get(), connection);
  }
  // Further ones wait in the kernel's queue.
  pause();
}

void AdminServer::pause() {
  if (!std::exchange(paused_, true)) loop_.unwatch(listener_.get(), *acceptor_);
}

void AdminServer::resume() {
  if (std::exchange(paused_, false)) loop_.watch(listener_.get(), *acceptor_, EPOLLIN);
}

void AdminServer::remove(AdminConnection& connection) {
  const auto found = connections_.find(&connection);
  if (found == connections_.end()) return;
  connection.close();
  // Its functions may be on the stack.
  loop_.post([last = std::move(found->second)] { static_cast<void>(last); });
  connections_.erase(found);
  resume();
}

}  // namespace meshtwin
