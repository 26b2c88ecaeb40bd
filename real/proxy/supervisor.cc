#include "real/proxy/supervisor.h"

#include <utility>

#include <fmt/format.h>

#include "core/config/units.h"
#include "real/proxy/config_file.h"

namespace meshtwin {
namespace {

// How long connections that were opened before an address is given up have to reach a worker.
constexpr Duration kAcceptGrace = std::chrono::milliseconds(250);

// What workers or the operating system were set up for once; empty where nothing of it differs.
std::string needs_restart(const ProxyConfig& before, const ProxyConfig& after) {
  if (before.workers != after.workers) {
    return fmt::format("$.workers: a change from {} to {}", before.workers, after.workers);
  }
  const auto admin = [](const ProxyConfig& config) {
    return config.admin ? config.admin->address.text() : std::string("none");
  };
  if (admin(before) != admin(after)) {
    return fmt::format("$.admin.address: a change from {} to {}", admin(before), admin(after));
  }
  const auto journal = [](const ProxyConfig& config) {
    if (!config.journal) return std::string("none");
    return fmt::format("{} ({} bytes, files of {})", config.journal->folder, config.journal->bytes_max,
                       config.journal->segment_bytes);
  };
  if (journal(before) != journal(after)) {
    return fmt::format("$.journal: a change from {} to {}", journal(before), journal(after));
  }
  return {};
}

bool same(const std::optional<AccessLogConfig>& a, const std::optional<AccessLogConfig>& b) {
  if (!a || !b) return !a && !b;
  return a->path == b->path && a->query == b->query && a->sample == b->sample;
}

}  // namespace

Supervisor::Supervisor(EventLoop& loop, std::string config_file, Resolve resolve, Events events)
    : loop_(loop),
      config_file_(std::move(config_file)),
      events_(std::move(events)),
      dns_(loop, std::move(resolve)) {}

Supervisor::~Supervisor() = default;

Result<bool> Supervisor::start(ProxyConfigPtr config, std::function<void()> on_ready) {
  Result<ListenSockets> sockets = ListenSockets::open(*config, {}, config_file_);
  if (!sockets) return sockets.error();
  const Result<bool> opened = outlets_.open(*config, config_file_);
  if (!opened) return opened.error();
  workers_ = std::make_unique<WorkerGroup>(loop_, config->workers);
  for (std::uint32_t i = 0; config->journal && i < config->workers; ++i) {
    workers_->tell(i, outlets_.journal_for(i, *config));
  }
  commit(std::move(config), std::move(sockets).value());
  when_applied([this, on_ready = std::move(on_ready)] {
    ready_ = true;
    on_ready();
  });
  return true;
}

void Supervisor::reload(OnReloaded on_reloaded) {
  if (reloading_) {
    // The file may have changed since it was read.
    reload_again_.push_back(std::move(on_reloaded));
    return;
  }
  take_up(load_proxy_config(config_file_), config_file_, std::move(on_reloaded));
}

void Supervisor::reload_text(std::string_view text, const std::string& from, OnReloaded on_reloaded) {
  take_up(parse_proxy_config(text, config_file_, from), from, std::move(on_reloaded));
}

void Supervisor::take_up(Result<ProxyConfigPtr> config, const std::string& from, OnReloaded on_reloaded) {
  if (draining_) return refuse_while_draining(from, on_reloaded);
  if (reloading_ || !ready_)
    return refuse(from, Error{fmt::format("{}: another reload is under way; try again", from)}, on_reloaded);
  if (!config) return refuse(from, config.error(), on_reloaded);
  if (const std::string change = needs_restart(*config_, *config.value()); !change.empty()) {
    return refuse(from, Error{fmt::format("{}: {} needs a restart", from, change)}, on_reloaded);
  }
  Result<ListenSockets> opened = ListenSockets::open(*config.value(), sockets_, from);
  if (!opened) return refuse(from, opened.error(), on_reloaded);
  const Result<bool> log = outlets_.reopen_log(*config.value(), from);
  if (!log) return refuse(from, log.error(), on_reloaded);

  reloading_ = true;
  auto sockets = std::make_shared<ListenSockets>(std::move(opened).value());
  after_grace_ = [this, sockets, config = config.value(), from, on_reloaded] {
    waiting_reload_.reset();
    commit(config, std::move(*sockets));
    when_applied([this, from, on_reloaded] {
      reloading_ = false;
      ++reloads_;
      last_reload_ = {std::chrono::system_clock::now(), from, ""};
      events_.report(fmt::format("reloaded from {}: version {}", from, config_->version.substr(0, 8)));
      on_reloaded(std::nullopt);
      reload_for_those_who_wait();
    });
  };
  if (!sockets->lacks_any_of(sockets_)) return std::exchange(after_grace_, {})();
  waiting_reload_ = {from, std::move(on_reloaded)};
  sockets_.refuse_new_connections(*sockets);
  loop_.timers().arm(grace_timer_, saturating_add(loop_.now(), kAcceptGrace));
}

void Supervisor::reload_for_those_who_wait() {
  if (reload_again_.empty()) return;
  reload([waiting = std::exchange(reload_again_, {})](const std::optional<Error>& error) {
    for (const OnReloaded& on_reloaded : waiting) on_reloaded(error);
  });
}

void Supervisor::refuse(const std::string& from, const Error& error, const OnReloaded& on_reloaded) {
  ++reloads_refused_;
  last_reload_ = {std::chrono::system_clock::now(), from, error.message};
  events_.report(fmt::format("{}; the configuration stays as it was", error.message));
  on_reloaded(error);
}

void Supervisor::refuse_while_draining(const std::string& from, const OnReloaded& on_reloaded) {
  refuse(from, Error{fmt::format("{} is not taken up: the proxy is draining", from)}, on_reloaded);
}

void Supervisor::refuse_those_who_wait() {
  if (const auto waiting = std::exchange(waiting_reload_, std::nullopt)) {
    reloading_ = false;
    refuse_while_draining(waiting->from, waiting->on_reloaded);
  }
  for (const OnReloaded& on_reloaded : std::exchange(reload_again_, {})) {
    refuse_while_draining(config_file_, on_reloaded);
  }
}

void Supervisor::commit(ProxyConfigPtr config, ListenSockets sockets) {
  const bool same_log = config_ ? same(config_->access_log, config->access_log) : !config->access_log;
  config_ = std::move(config);
  sockets_ = std::move(sockets);
  for (std::uint32_t i = 0; !same_log && i < workers_->size(); ++i) {
    workers_->tell(i, outlets_.access_log_for(*config_));
  }
  workers_->apply(config_, sockets_);
  supply_upstreams();
}

// After the workers have been told of the configuration, so that they know the upstreams.
void Supervisor::supply_upstreams() {
  std::map<std::string, std::unique_ptr<UpstreamSupply>> before = std::exchange(supplies_, {});
  for (const UpstreamConfig& upstream : config_->upstreams) {
    const auto known = before.find(upstream.name);
    const bool stays = known != before.end() && known->second->serves(upstream);
    auto& supply = supplies_[upstream.name] = stays ? std::move(known->second) : make_supply(upstream);
    if (!stays) {
      supply->start();
    } else if (supply->known()) {
      workers_->set_endpoints(upstream.name, supply->endpoints());
    }
  }
}

std::unique_ptr<UpstreamSupply> Supervisor::make_supply(const UpstreamConfig& upstream) {
  const std::string& name = upstream.name;
  return std::make_unique<UpstreamSupply>(
      loop_, upstream, dns_,
      UpstreamSupply::Events{
          [this, name](const EndpointList& endpoints) { workers_->set_endpoints(name, endpoints); },
          [this, name](const std::string& problem) {
            events_.report(fmt::format("upstream {}: {}; its last endpoints stay", name, problem));
          }});
}

const UpstreamSupply* Supervisor::supply(const std::string& upstream) const {
  const auto found = supplies_.find(upstream);
  return found == supplies_.end() ? nullptr : found->second.get();
}

// Workers do what they are told in order: an answer says that all before it is done.
void Supervisor::when_applied(std::function<void()> then) {
  workers_->ask<bool>([](WorkerState&) { return true; },
                      [then = std::move(then)](const std::vector<bool>&) { then(); });
}

void Supervisor::on_grace_over(Time) { std::exchange(after_grace_, {})(); }

void Supervisor::drain() {
  if (draining_) return end();
  draining_ = true;
  events_.report(
      fmt::format("draining, for at most {}; a second signal ends at once", format_duration(config_->drain)));
  loop_.timers().arm(drain_timer_, saturating_add(loop_.now(), config_->drain));
  refuse_those_who_wait();
  const ListenSockets none;
  sockets_.refuse_new_connections(none);
  after_grace_ = [this] {
    workers_->drain([this] {
      events_.report("drained");
      end();
    });
    sockets_ = {};
  };
  loop_.timers().arm(grace_timer_, saturating_add(loop_.now(), kAcceptGrace));
}

void Supervisor::on_drain_over(Time) {
  events_.report(fmt::format("{} are over; connections that are still open are cut off",
                             format_duration(config_->drain)));
  end();
}

void Supervisor::end() {
  if (std::exchange(ended_, true)) return;
  loop_.timers().stop(drain_timer_);
  loop_.timers().stop(grace_timer_);
  supplies_.clear();
  events_.on_end();
}

}  // namespace meshtwin
