#include "real/proxy/supervisor.h"

#include <utility>

#include <fmt/format.h>

#include "core/config/units.h"

namespace meshtwin {
namespace {

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
