#include "real/proxy/worker_state.h"

#include <sys/random.h>

#include <algorithm>
#include <cassert>
#include <utility>

#include "real/http/date.h"
#include "real/proxy/call_logger.h"
#include "real/proxy/downstream.h"
#include "real/proxy/exchange.h"
#include "real/proxy/journal_files.h"
#include "real/proxy/listener.h"
#include "real/proxy/tunnel.h"
#include "real/proxy/upstream_driver.h"

namespace meshtwin {
namespace {

// How much a crash of the process may lose.
constexpr Duration kJournalFlush = std::chrono::seconds(1);

// What a core is made from, and keeps for its life.
bool same_core(const UpstreamConfig& a, const UpstreamConfig& b) {
  return a.policy_sha256 == b.policy_sha256 && a.seed == b.seed && a.locality == b.locality;
}

std::uint64_t seed_from_system() {
  std::uint64_t seed = 0;
  const ssize_t got = getrandom(&seed, sizeof seed, 0);
  assert(got == sizeof seed);
  (void)got;
  return seed;
}

// Hexadecimal digits of `word`, the whole of it.
char* write_hex(std::uint64_t word, char* to) {
  for (int shift = 60; shift >= 0; shift -= 4) *to++ = "0123456789abcdef"[word >> shift & 15];
  return to;
}

// Takes an object out of a list whose objects know their places.
template <class T>
std::unique_ptr<T> take_out(std::vector<std::unique_ptr<T>>& list, T& object) {
  std::unique_ptr<T> taken = std::move(list[object.place]);
  if (object.place + 1 < list.size()) {
    list[object.place] = std::move(list.back());
    list[object.place]->place = object.place;
  }
  list.pop_back();
  return taken;
}

}  // namespace

WorkerState::WorkerState(EventLoop& loop, std::uint32_t index, std::shared_ptr<LoadMeters> load_meters)
    : loop_(loop),
      index_(index),
      load_meters_(std::move(load_meters)),
      config_(std::make_shared<const ProxyConfig>()),
      id_stream_(seed_from_system()) {}

// Tunnels are logged when they end. Connections to endpoints that are given up with their requests still count
// themselves out.
WorkerState::~WorkerState() {
  on_drained_ = nullptr;
  while (!tunnels_.empty()) tunnels_.back()->cut_off();
  downstreams_.clear();
  exchanges_.clear();
  loop_.destroy_retired();
}

void WorkerState::use_journal(std::unique_ptr<JournalFileSink> sink, const JournalOptions& options) {
  journal_sink_ = std::move(sink);
  journal_ = std::make_unique<JournalRecorder>(*journal_sink_, options);
  loop_.timers().arm(journal_timer_, loop_.now() + kJournalFlush);
}

void WorkerState::flush_journal(Time now) {
  journal_->flush();
  journal_sink_->retry();
  loop_.timers().arm(journal_timer_, now + kJournalFlush);
}

void WorkerState::use_access_log(std::unique_ptr<AccessLog> log) {
  call_logger_ = log ? std::make_unique<CallLogger>(std::move(log)) : nullptr;
}

void WorkerState::update_metrics() {
  for (const auto& driver : former_upstreams_) driver->update_metrics();
  for (const auto& [name, driver] : upstreams_) driver->update_metrics();
  if (call_logger_) metrics_.access_log_dropped = call_logger_->dropped();
  if (journal_) {
    metrics_.journal_records = journal_->statistics().inputs;
    metrics_.journal_decisions = journal_->statistics().decisions;
    metrics_.journal_lost = journal_->statistics().lost;
  }
}

void WorkerState::apply(ProxyConfigPtr config, std::vector<Fd> sockets) {
  config_ = std::move(config);
  apply_upstreams();
  apply_listeners(std::move(sockets));
}

void WorkerState::apply_upstreams() {
  std::map<std::string, std::shared_ptr<UpstreamDriver>> former;
  former.swap(upstreams_);
  for (const UpstreamConfig& upstream : config_->upstreams) {
    const auto known = former.find(upstream.name);
    if (known != former.end() && same_core(known->second->config(), upstream)) {
      known->second->update_config(upstream);
      upstreams_.emplace(upstream.name, std::move(known->second));
      former.erase(known);
      continue;
    }
    const std::uint64_t seed = upstream.seed ? (index_ == 0 ? *upstream.seed : mix(*upstream.seed, index_))
                                             : seed_from_system();
    UpstreamMetrics& metrics = metrics_.upstreams[metrics_.upstream_number(upstream.name)];
    auto driver = std::make_shared<UpstreamDriver>(*this, upstream, metrics, seed);
    const auto endpoints = endpoint_lists_.find(upstream.name);
    if (endpoints != endpoint_lists_.end()) driver->set_endpoints(endpoints->second);
    upstreams_.emplace(upstream.name, std::move(driver));
  }
  for (const auto& [name, driver] : former) {
    driver->leave();
    former_upstreams_.push_back(driver);
  }
  former.clear();
  unused_upstreams_.clear();
  const auto unused = std::partition(former_upstreams_.begin(), former_upstreams_.end(),
                                     [](const auto& driver) { return driver.use_count() > 1; });
  unused_upstreams_.assign(unused, former_upstreams_.end());
  former_upstreams_.erase(unused, former_upstreams_.end());
}

void WorkerState::apply_listeners(std::vector<Fd> sockets) {
  std::erase_if(former_listeners_, [](const auto& listener) { return listener->open() == 0; });
  std::vector<std::unique_ptr<Listener>> before;
  before.swap(listeners_);
  assert(sockets.size() == config_->listeners.size());
  for (std::size_t i = 0; i < sockets.size(); ++i) {
    const ListenerConfig& listener = config_->listeners[i];
    const auto same = std::find_if(before.begin(), before.end(), [&](const auto& l) {
      return l != nullptr && l->config().address == listener.address && l->config().name == listener.name;
    });
    if (same != before.end()) {
      (*same)->update_config(listener);
      listeners_.push_back(std::move(*same));
    } else {
      ListenerMetrics& metrics = metrics_.listeners[metrics_.listener_number(listener.name)];
      listeners_.push_back(std::make_unique<Listener>(*this, listener, metrics, std::move(sockets[i])));
    }
  }
  for (auto& listener : before) {
    if (listener == nullptr) continue;
    listener->close();
    for (std::size_t i = downstreams_.size(); i > 0; --i) {
      if (&downstreams_[i - 1]->listener() == listener.get()) downstreams_[i - 1]->drain();
    }
    former_listeners_.push_back(std::move(listener));
  }
}

void WorkerState::set_endpoints(const std::string& upstream, const EndpointList& endpoints) {
  endpoint_lists_[upstream] = endpoints;
  if (const auto driver = find_upstream(upstream)) driver->set_endpoints(endpoints);
}

void WorkerState::drain(std::function<void()> on_drained) {
  on_drained_ = std::move(on_drained);
  for (const auto& listener : listeners_) listener->close();
  for (std::size_t i = downstreams_.size(); i > 0; --i) downstreams_[i - 1]->drain();
  check_drained();
}

void WorkerState::check_drained() {
  if (on_drained_ && connections() == 0) std::exchange(on_drained_, nullptr)();
}

std::shared_ptr<UpstreamDriver> WorkerState::find_upstream(const std::string& name) const {
  const auto found = upstreams_.find(name);
  return found == upstreams_.end() ? nullptr : found->second;
}

std::string_view WorkerState::new_request_id() {
  char* end = write_hex(id_stream_.next(), id_text_.data());
  end = write_hex(id_stream_.next(), end);
  return {id_text_.data(), end};
}

// W3C Trace Context, version 00, sampled by whoever else decides that.
std::string_view WorkerState::new_traceparent() {
  char* to = trace_text_.data();
  *to++ = '0';
  *to++ = '0';
  *to++ = '-';
  to = write_hex(id_stream_.next(), to);
  to = write_hex(id_stream_.next(), to);
  *to++ = '-';
  to = write_hex(id_stream_.next() | 1, to);
  *to++ = '-';
  *to++ = '0';
  *to++ = '0';
  return {trace_text_.data(), to};
}

std::string_view WorkerState::http_date() {
  const std::time_t second = std::time(nullptr);
  if (second != date_second_) {
    date_second_ = second;
    date_text_ = meshtwin::http_date(second);
  }
  return date_text_;
}

void WorkerState::add(std::unique_ptr<Downstream> connection) {
  connection->place = downstreams_.size();
  Downstream& added = *downstreams_.emplace_back(std::move(connection));
  added.begin();
}

void WorkerState::remove(Downstream& connection) {
  loop_.retire(take_out(downstreams_, connection));
  check_drained();
}

void WorkerState::replace(Downstream& connection, std::unique_ptr<Tunnel> tunnel) {
  loop_.retire(take_out(downstreams_, connection));
  tunnel->place = tunnels_.size();
  Tunnel& added = *tunnels_.emplace_back(std::move(tunnel));
  added.begin();
}

void WorkerState::remove(Tunnel& tunnel) {
  loop_.retire(take_out(tunnels_, tunnel));
  check_drained();
}

Exchange& WorkerState::take_exchange() {
  if (free_exchanges_.empty()) return *exchanges_.emplace_back(std::make_unique<Exchange>(*this));
  Exchange& exchange = *free_exchanges_.back();
  free_exchanges_.pop_back();
  return exchange;
}

void WorkerState::give_back(Exchange& exchange) { free_exchanges_.push_back(&exchange); }

}  // namespace meshtwin
