#include "real/proxy/health_checker.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "core/upstream/health_check.h"
#include "real/net/socket.h"

namespace meshtwin {
namespace {

// "HTTP/1.1 200 ..." with its status, or 0 for anything else.
int status_of(std::string_view line) {
  constexpr std::string_view kVersion = "HTTP/1.";
  constexpr std::size_t kStatusAt = kVersion.size() + 2;
  if (!line.starts_with(kVersion) || line.size() < kStatusAt + 3 || line[kStatusAt - 1] != ' ') return 0;
  int status = 0;
  for (const char digit : line.substr(kStatusAt, 3)) {
    if (digit < '0' || digit > '9') return 0;
    status = status * 10 + (digit - '0');
  }
  return status;
}

}  // namespace

// The checks of one endpoint: a connection for each of them, which is closed as soon as the status is known.
class EndpointProbe final : private IoHandler {
 public:
  EndpointProbe(EventLoop& loop, const HealthProbeConfig& config, const EndpointConfig& endpoint,
                Duration place, const std::function<void()>& on_change)
      : loop_(loop),
        config_(config),
        endpoint_(endpoint),
        on_change_(on_change),
        health_({config.healthy_threshold, config.unhealthy_threshold, true}) {
    next_ = saturating_add(loop_.now(), place);
    loop_.timers().arm(begin_timer_, next_);
  }
  ~EndpointProbe() override { close(); }

  bool is_of(const EndpointConfig& endpoint) const {
    return endpoint.name == endpoint_.name && endpoint.address == endpoint_.address;
  }
  bool healthy() const { return health_.healthy(); }
  const std::string& problem() const { return problem_; }

 private:
  void on_begin(Time now) {
    next_ = saturating_add(std::max(next_, now - config_.interval), config_.interval);
    loop_.timers().arm(begin_timer_, next_);
    // With a timeout as long as the interval both are due at once.
    if (socket_.valid()) finish("no answer in time");
    received_.clear();
    sent_ = 0;
    bool local = false;
    Result<Fd> socket = connect_tcp(endpoint_.address, &local);
    if (!socket && local) return;  // the next round may find a descriptor
    if (!socket) return finish(socket.error().message);
    socket_ = std::move(socket).value();
    loop_.timers().arm(limit_timer_, saturating_add(now, config_.timeout));
    loop_.watch(socket_.get(), *this, EPOLLOUT);
  }
  void on_limit(Time) { finish("no answer in time"); }

  void on_io(std::uint32_t events) override {
    if (const int error = take_socket_error(socket_.get()); error != 0) return finish(std::strerror(error));
    if (config_.type == HealthProbeConfig::Type::tcp) return finish("");
    if ((events & EPOLLOUT) != 0) return send();
    receive();
  }

  void send() {
    const std::string request = fmt::format(
        "GET {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: meshtwin-health-check\r\n"
        "Connection: close\r\n\r\n",
        config_.path, endpoint_.address.text());
    const ssize_t count =
        ::send(socket_.get(), request.data() + sent_, request.size() - sent_, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count < 0 && errno != EAGAIN) return finish(std::strerror(errno));
    if (count > 0) sent_ += static_cast<std::size_t>(count);
    if (sent_ == request.size()) loop_.rewatch(socket_.get(), *this, EPOLLIN);
  }

  // The status line is enough.
  void receive() {
    char bytes[512];
    const ssize_t count = ::recv(socket_.get(), bytes, sizeof bytes, MSG_DONTWAIT);
    if (count < 0 && errno == EAGAIN) return;
    if (count < 0) return finish(std::strerror(errno));
    if (count == 0) return finish("the connection was closed without an answer");
    received_.append(bytes, static_cast<std::size_t>(count));
    constexpr std::size_t kEnoughForStatus = 12;
    if (received_.size() < kEnoughForStatus) return;
    const int status = status_of(received_);
    if (status == 0) return finish("the answer isn't HTTP/1");
    finish(status >= 200 && status < 300 ? "" : fmt::format("status {}", status));
  }

  // An empty problem: the check has passed.
  void finish(std::string problem) {
    close();
    problem_ = std::move(problem);
    if (health_.on_result(problem_.empty())) on_change_();
  }

  void close() {
    loop_.timers().stop(limit_timer_);
    if (!socket_.valid()) return;
    loop_.unwatch(socket_.get(), *this);
    socket_.reset();
  }

  EventLoop& loop_;
  const HealthProbeConfig& config_;
  EndpointConfig endpoint_;
  const std::function<void()>& on_change_;
  HealthCheck health_;
  Time next_;
  Fd socket_;
  std::size_t sent_ = 0;
  std::string received_;
  std::string problem_;
  MemberTimer<EndpointProbe, &EndpointProbe::on_begin> begin_timer_{*this};
  MemberTimer<EndpointProbe, &EndpointProbe::on_limit> limit_timer_{*this};
};

HealthChecker::HealthChecker(EventLoop& loop, const HealthProbeConfig& config,
                             std::function<void()> on_change)
    : loop_(loop), config_(config), on_change_(std::move(on_change)) {}
HealthChecker::~HealthChecker() = default;

void HealthChecker::set_endpoints(const std::vector<EndpointConfig>& endpoints) {
  std::vector<std::unique_ptr<EndpointProbe>> probes;
  for (std::size_t i = 0; i < endpoints.size(); ++i) {
    const auto known = std::find_if(probes_.begin(), probes_.end(),
                                    [&](const auto& probe) { return probe && probe->is_of(endpoints[i]); });
    if (known != probes_.end()) {
      probes.push_back(std::move(*known));
      continue;
    }
    const Duration place =
        config_.interval * static_cast<std::int64_t>(i) / static_cast<std::int64_t>(endpoints.size());
    probes.push_back(std::make_unique<EndpointProbe>(loop_, config_, endpoints[i], place, on_change_));
  }
  probes_ = std::move(probes);
}

EndpointProbe* HealthChecker::find(const EndpointConfig& endpoint) const {
  const auto found =
      std::find_if(probes_.begin(), probes_.end(), [&](const auto& probe) { return probe->is_of(endpoint); });
  return found == probes_.end() ? nullptr : found->get();
}

bool HealthChecker::healthy(const EndpointConfig& endpoint) const {
  const EndpointProbe* probe = find(endpoint);
  return probe == nullptr || probe->healthy();
}

std::string HealthChecker::problem(const EndpointConfig& endpoint) const {
  const EndpointProbe* probe = find(endpoint);
  return probe == nullptr ? "" : probe->problem();
}

}  // namespace meshtwin
