// How another configuration is taken up, all or nothing.
#include <utility>

#include <fmt/format.h>

#include "real/proxy/config_file.h"
#include "real/proxy/supervisor.h"

namespace meshtwin {
namespace {

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

}  // namespace

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
  const Result<Outlets::LogTarget> log = Outlets::open_log(*config.value(), from);
  if (!log) return refuse(from, log.error(), on_reloaded);

  reloading_ = true;
  auto sockets = std::make_shared<ListenSockets>(std::move(opened).value());
  after_grace_ = [this, sockets, log = log.value(), config = config.value(), from, on_reloaded] {
    waiting_reload_.reset();
    outlets_.use_log(log);
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

}  // namespace meshtwin
