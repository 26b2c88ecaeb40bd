// What operates the proxy in the main thread: workers, listening sockets, discovery, reloads and the drain.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "real/net/event_loop.h"
#include "real/proxy/config.h"
#include "real/proxy/dns_client.h"
#include "real/proxy/listen_sockets.h"
#include "real/proxy/outlets.h"
#include "real/proxy/upstream_supply.h"
#include "real/proxy/worker_group.h"

namespace meshtwin {

// How the last attempt to take up another configuration went.
struct ReloadStatus {
  std::chrono::system_clock::time_point at;
  std::string from;   // the file, or "POST /config"
  std::string error;  // empty where it was taken up
};

// Everything happens in the loop's thread. Events call back from there.
class Supervisor {
 public:
  struct Events {
    std::function<void(const std::string&)> report;  // a line for whoever operates the proxy
    std::function<void()> on_end;                    // the drain is over; nothing is left to do
  };
  // Why a reload was refused, or nothing where the workers have taken it up.
  using OnReloaded = std::function<void(const std::optional<Error>&)>;

  Supervisor(EventLoop& loop, std::string config_file, Resolve resolve, Events events);
  ~Supervisor();
  Supervisor(const Supervisor&) = delete;
  Supervisor& operator=(const Supervisor&) = delete;

  // Opens the addresses and starts the workers; `on_ready` comes once all of them listen. Once.
  Result<bool> start(ProxyConfigPtr config, std::function<void()> on_ready);

  // Takes up what the configuration's file says now, or `text` in its place; all or nothing. While another
  // reload is under way, that of the file waits for it, and that of a text is refused. `from` says in errors
  // where a text came from.
  void reload(OnReloaded on_reloaded);
  void reload_text(std::string_view text, const std::string& from, OnReloaded on_reloaded);
  // Ends what is under way within config.drain, then calls on_end. Called again: at once.
  void drain();

  bool ready() const { return ready_ && !draining_; }
  bool draining() const { return draining_; }
  const ProxyConfig& config() const { return *config_; }
  const std::string& config_file() const { return config_file_; }
  const std::optional<ReloadStatus>& last_reload() const { return last_reload_; }
  std::uint64_t reloads() const { return reloads_; }
  std::uint64_t reloads_refused() const { return reloads_refused_; }
  const Address& listener_address(std::size_t listener) const { return sockets_.address(listener); }
  const UpstreamSupply* supply(const std::string& upstream) const;
  const Outlets& outlets() const { return outlets_; }
  WorkerGroup& workers() { return *workers_; }

 private:
  // How long connections that were opened before an address is given up have to reach a worker.
  static constexpr Duration kAcceptGrace = std::chrono::milliseconds(250);

  void take_up(Result<ProxyConfigPtr> config, const std::string& from, OnReloaded on_reloaded);
  void reload_for_those_who_wait();
  void refuse(const std::string& from, const Error& error, const OnReloaded& on_reloaded);
  void refuse_while_draining(const std::string& from, const OnReloaded& on_reloaded);
  void refuse_those_who_wait();
  void commit(ProxyConfigPtr config, ListenSockets sockets);
  void supply_upstreams();
  std::unique_ptr<UpstreamSupply> make_supply(const UpstreamConfig& upstream);
  void when_applied(std::function<void()> then);
  void on_grace_over(Time);
  void on_drain_over(Time);
  void end();

  EventLoop& loop_;
  std::string config_file_;
  Events events_;
  DnsClient dns_;
  ProxyConfigPtr config_;
  ListenSockets sockets_;
  Outlets outlets_;
  std::map<std::string, std::unique_ptr<UpstreamSupply>> supplies_;
  std::unique_ptr<WorkerGroup> workers_;
  bool ready_ = false;
  bool draining_ = false;
  bool reloading_ = false;
  bool ended_ = false;
  std::optional<ReloadStatus> last_reload_;
  std::uint64_t reloads_ = 0;
  std::uint64_t reloads_refused_ = 0;
  // Waits until addresses that it gives up may be closed.
  struct WaitingReload {
    std::string from;
    OnReloaded on_reloaded;
  };
  std::optional<WaitingReload> waiting_reload_;
  std::vector<OnReloaded> reload_again_;  // told of the reload after the one under way
  std::function<void()> after_grace_;
  MemberTimer<Supervisor, &Supervisor::on_grace_over> grace_timer_{*this};
  MemberTimer<Supervisor, &Supervisor::on_drain_over> drain_timer_{*this};
};

}  // namespace meshtwin
