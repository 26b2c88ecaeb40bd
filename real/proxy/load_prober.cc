#include "real/proxy/load_prober.h"

#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "real/http/head_parser.h"
#include "real/http/load_report_field.h"
#include "real/net/socket.h"
#include "real/net/timer_queue.h"
#include "real/net/transfer.h"
#include "real/net/watched_socket.h"

namespace meshtwin {
namespace {

constexpr std::uint64_t kBodyMax = 64 * 1024;  // of an answer, which has no need of one
constexpr HeadLimits kLimits{8 * 1024, 1024, 64};

}  // namespace

// One probe at a time.
class ProbeConnection final : public IoHandler {
 public:
  ProbeConnection(LoadProber& prober, EndpointIndex endpoint, const Address& address, Fd fd)
      : prober_(prober),
        endpoint_(endpoint),
        request_(fmt::format("GET {} HTTP/1.1\r\nhost: {}\r\n\r\n", kLoadReportPath, address.text())),
        socket_(prober.loop_, *this, std::move(fd)) {}

  EndpointIndex endpoint() const { return endpoint_; }
  // False: the socket can't be used.
  bool ask(Time until) {
    sent_ = 0;
    received_.clear();
    scan_ = {};
    report_.reset();
    body_left_ = 0;
    in_body_ = false;
    asking_ = true;
    prober_.loop_.timers().arm(timer_, until);
    return socket_.watch_for(true, true);
  }
  void close() {
    prober_.loop_.timers().stop(timer_);
    socket_.close();
  }

 private:
  void on_io(std::uint32_t events) override {
    if (!asking_) return prober_.failed(*this);  // an idle one has ended, or says what nobody asked for
    if ((events & EPOLLOUT) != 0 && !send()) return prober_.failed(*this);
    if ((events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0 && !receive()) prober_.failed(*this);
  }

  bool send() {
    if (take_socket_error(socket_.fd()) != 0) return false;
    const Transfer sent = write_some(socket_.fd(), std::string_view(request_).substr(sent_));
    sent_ += sent.bytes;
    if (sent.status == Transfer::Status::failed) return false;
    return socket_.write_on(sent_ < request_.size());
  }

  // False: the connection is of no more use.
  bool receive() {
    std::array<char, 4096> bytes;
    const Transfer got = read_some(socket_.fd(), bytes);
    if (got.status == Transfer::Status::blocked) return true;
    if (got.status != Transfer::Status::done) return false;
    received_.append(bytes.data(), got.bytes);
    if (!in_body_ && !take_head()) return received_.size() <= kLimits.bytes_max && !broken_;
    if (received_.size() < body_left_) return true;
    const bool reusable = keep_alive_ && received_.size() == body_left_;
    if (!report_ || !reusable) return false;
    asking_ = false;
    prober_.loop_.timers().stop(timer_);
    prober_.answered(*this, *report_);
    return true;
  }

  bool take_head() {
    ResponseHead head;
    const ParseResult parsed = parse_response_head(received_, kLimits, Method::get, head, scan_);
    broken_ = parsed.status == ParseStatus::error;
    if (parsed.status != ParseStatus::complete) return false;
    const bool bounded = head.framing.kind == BodyFraming::Kind::none ||
                         (head.framing.kind == BodyFraming::Kind::fixed && head.framing.length <= kBodyMax);
    broken_ = head.status != 200 || !bounded;
    if (broken_) return false;
    report_ = parse_load_report(value_of(head, KnownHeader::endpoint_load_metrics));
    keep_alive_ = head.keep_alive;
    body_left_ = head.framing.kind == BodyFraming::Kind::fixed ? head.framing.length : 0;
    received_.erase(0, parsed.consumed);
    return in_body_ = true;
  }

  void time_is_up(Time) { prober_.failed(*this); }

  LoadProber& prober_;
  EndpointIndex endpoint_;
  std::string request_;
  WatchedSocket socket_;
  std::size_t sent_ = 0;
  std::string received_;
  HeadScan scan_;
  std::optional<LoadReport> report_;
  std::uint64_t body_left_ = 0;
  bool in_body_ = false;
  bool keep_alive_ = false;
  bool asking_ = false;
  bool broken_ = false;
  MemberTimer<ProbeConnection, &ProbeConnection::time_is_up> timer_{*this};
};

namespace {

using Connections = std::vector<std::unique_ptr<ProbeConnection>>;

std::unique_ptr<ProbeConnection> take_out(Connections& all, const ProbeConnection& one) {
  const auto at = std::find_if(all.begin(), all.end(), [&](const auto& c) { return c.get() == &one; });
  if (at == all.end()) return nullptr;
  std::unique_ptr<ProbeConnection> out = std::move(*at);
  *at = std::move(all.back());
  all.pop_back();
  return out;
}

}  // namespace

LoadProber::LoadProber(EventLoop& loop, std::function<void(EndpointIndex, const LoadReport&)> on_report)
    : loop_(loop), on_report_(std::move(on_report)) {}

LoadProber::~LoadProber() = default;

LoadProber::Target& LoadProber::target(EndpointIndex endpoint) {
  if (endpoint >= targets_.size()) targets_.resize(endpoint + std::size_t{1});
  return targets_[endpoint];
}

void LoadProber::probe(EndpointIndex endpoint, const Address& address, Time until) {
  Target& to = target(endpoint);
  if (to.busy.size() >= kProbesMax) return;
  if (to.idle.empty()) {
    Result<Fd> socket = connect_tcp(address);
    if (!socket) {
      ++failed_;
      return;
    }
    to.idle.push_back(std::make_unique<ProbeConnection>(*this, endpoint, address, std::move(socket).value()));
  }
  to.busy.push_back(std::move(to.idle.back()));
  to.idle.pop_back();
  if (!to.busy.back()->ask(until)) failed(*to.busy.back());
}

void LoadProber::answered(ProbeConnection& connection, const LoadReport& report) {
  ++answered_;
  Target& to = target(connection.endpoint());
  if (auto done = take_out(to.busy, connection)) to.idle.push_back(std::move(done));
  on_report_(connection.endpoint(), report);
}

void LoadProber::failed(ProbeConnection& connection) {
  Target& to = target(connection.endpoint());
  auto gone = take_out(to.busy, connection);
  if (gone != nullptr) ++failed_;
  if (gone == nullptr) gone = take_out(to.idle, connection);
  connection.close();
  if (gone != nullptr) loop_.retire(std::move(gone));
}

void LoadProber::forget(EndpointIndex endpoint) {
  if (endpoint >= targets_.size()) return;
  for (Connections* all : {&targets_[endpoint].idle, &targets_[endpoint].busy}) {
    for (auto& connection : *all) {
      connection->close();
      loop_.retire(std::move(connection));
    }
    all->clear();
  }
}

void LoadProber::forget_all() {
  for (EndpointIndex e = 0; e < targets_.size(); ++e) forget(e);
}

}  // namespace meshtwin
