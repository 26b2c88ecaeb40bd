#include "real/proxy/discovery.h"

#include <sys/epoll.h>
#include <sys/inotify.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "core/config/scenario_document.h"
#include "real/proxy/config_file.h"
#include "real/proxy/dns_client.h"

namespace meshtwin {
namespace {

class StaticEndpoints final : public Discovery {
 public:
  StaticEndpoints(const StaticDiscovery& config, DiscoveryEvents events)
      : Discovery(std::move(events)), endpoints_(config.endpoints) {}
  void start() override { succeed(endpoints_); }

 private:
  std::vector<EndpointConfig> endpoints_;
};

// Asks again `refresh` after each answer, so that a slow resolver isn't asked twice at once.
class DnsEndpoints final : public Discovery {
 public:
  DnsEndpoints(EventLoop& loop, DnsClient& dns, const DnsDiscovery& config, DiscoveryEvents events)
      : Discovery(std::move(events)), loop_(loop), dns_(dns), config_(config) {}
  void start() override { ask(); }

 private:
  void ask() {
    dns_.ask(config_, alive_, [this](const Result<std::vector<EndpointConfig>>& answer) { take(answer); });
  }
  void take(const Result<std::vector<EndpointConfig>>& answer) {
    if (!answer) {
      fail(answer.error().message);
    } else if (answer.value().empty()) {
      fail(config_.host + " has no addresses");
    } else {
      succeed(answer.value());
    }
    loop_.timers().arm(timer_, saturating_add(loop_.now(), config_.refresh));
  }
  void on_refresh(Time) { ask(); }

  EventLoop& loop_;
  DnsClient& dns_;
  DnsDiscovery config_;
  std::shared_ptr<int> alive_ = std::make_shared<int>();
  MemberTimer<DnsEndpoints, &DnsEndpoints::on_refresh> timer_{*this};
};

// Watches the folder, as a file that is put in the other's place by renaming is another file. It is read a
// moment after the last change, so that writers who truncate and fill aren't caught in between.
class FileEndpoints final : public Discovery, private IoHandler {
 public:
  FileEndpoints(EventLoop& loop, const FileDiscovery& config, DiscoveryEvents events)
      : Discovery(std::move(events)), loop_(loop), path_(config.path) {}
  ~FileEndpoints() override {
    if (watch_.valid()) loop_.unwatch(watch_.get(), *this);
  }

  void start() override {
    const std::string folder = folder_of(path_);
    name_ = path_.substr(path_.rfind('/') + 1);
    watch_ = Fd(inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
    constexpr std::uint32_t kChanges = IN_CLOSE_WRITE | IN_MOVED_TO | IN_DELETE | IN_CREATE | IN_MODIFY;
    if (inotify_add_watch(watch_.get(), folder.empty() ? "." : folder.c_str(), kChanges) < 0) {
      fail(fmt::format("{}: the folder can't be watched ({}); changes will not be seen", path_,
                       std::strerror(errno)));
    }
    loop_.watch(watch_.get(), *this, EPOLLIN);
    read();
  }

 private:
  void on_io(std::uint32_t) override {
    alignas(inotify_event) char bytes[4096];
    for (ssize_t size; (size = ::read(watch_.get(), bytes, sizeof bytes)) > 0;) {
      for (ssize_t at = 0; at < size;) {
        const auto* event = reinterpret_cast<const inotify_event*>(bytes + at);
        at += static_cast<ssize_t>(sizeof(inotify_event) + event->len);
        const bool lost = (event->mask & IN_Q_OVERFLOW) != 0;
        if (!lost && (event->len == 0 || name_ != event->name)) continue;
        loop_.timers().arm(settled_, saturating_add(loop_.now(), kSettle));
      }
    }
  }
  void on_settled(Time) { read(); }
  void read() {
    Result<std::vector<EndpointConfig>> list = load_endpoints(path_);
    if (list) {
      succeed(std::move(list).value());
    } else {
      fail(list.error().message);
    }
  }

  static constexpr Duration kSettle = std::chrono::milliseconds(20);
  EventLoop& loop_;
  std::string path_;
  std::string name_;
  Fd watch_;
  MemberTimer<FileEndpoints, &FileEndpoints::on_settled> settled_{*this};
};

}  // namespace

void Discovery::succeed(std::vector<EndpointConfig> endpoints) {
  ++status_.update_success;
  status_.problem.clear();
  if (told_ && std::equal(endpoints.begin(), endpoints.end(), last_.begin(), last_.end()))
    return;
  told_ = true;
  last_ = endpoints;
  events_.on_endpoints(std::move(endpoints));
}

void Discovery::fail(std::string problem) {
  ++status_.update_failure;
  if (status_.problem == problem) return;
  status_.problem = std::move(problem);
  events_.on_problem(status_.problem);
}

std::unique_ptr<Discovery> make_discovery(EventLoop& loop, const UpstreamConfig& upstream, DnsClient& dns,
                                          DiscoveryEvents events) {
  if (const auto* list = std::get_if<StaticDiscovery>(&upstream.discovery)) {
    return std::make_unique<StaticEndpoints>(*list, std::move(events));
  }
  if (const auto* name = std::get_if<DnsDiscovery>(&upstream.discovery)) {
    return std::make_unique<DnsEndpoints>(loop, dns, *name, std::move(events));
  }
  return std::make_unique<FileEndpoints>(loop, std::get<FileDiscovery>(upstream.discovery),
                                         std::move(events));
}

}  // namespace meshtwin
