// Drives the policy core of one upstream: socket events become its inputs, its outputs become socket work.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/journal/recorded_calls.h"
#include "core/upstream/endpoint_names.h"
#include "core/upstream/upstream.h"
#include "real/http/head.h"
#include "real/net/event_loop.h"
#include "real/net/timer_queue.h"
#include "real/proxy/config.h"
#include "real/proxy/endpoint.h"
#include "real/proxy/load_prober.h"
#include "real/proxy/metrics.h"
#include "real/proxy/request_ids.h"
#include "real/proxy/worker.h"

namespace meshtwin {

class Exchange;
class UpstreamConnection;
class WorkerState;

// Decides nothing: which endpoint, whether to retry, when to give up, all of it comes from the core.
class UpstreamDriver {
 public:
  UpstreamDriver(WorkerState& worker, const UpstreamConfig& config, UpstreamMetrics& metrics,
                 std::uint64_t seed);
  ~UpstreamDriver();
  UpstreamDriver(const UpstreamDriver&) = delete;
  UpstreamDriver& operator=(const UpstreamDriver&) = delete;

  WorkerState& worker() { return worker_; }
  EventLoop& loop();
  const UpstreamConfig& config() const { return config_; }
  UpstreamMetrics& metrics() { return metrics_; }
  EndpointMetrics& metrics_of(const Endpoint& endpoint) { return metrics_.endpoints[endpoint.metrics_number]; }
  Upstream& core() { return *upstream_; }
  const std::vector<std::unique_ptr<Endpoint>>& endpoints() const { return endpoints_; }
  // Of the requests that `calls` are for, in their order; empty where a call is over for too long.
  std::vector<std::string> request_ids(const std::vector<CallId>& calls) const;

  // All but the policy and the seed may change; the policy's hash is the same.
  void update_config(const UpstreamConfig& config);
  void set_endpoints(const EndpointList& list);

  // What the core is told. Its answers are carried out before these return, unless they are called while that
  // is being done already; then soon after.
  void start(Exchange& exchange);
  void input(CallId call, std::uint8_t attempt, const AttemptInput& input);
  void handle_timeout(CallId call);
  void cancel(CallId call);
  void forbid_retries(CallId call);

  // What a response says of its endpoint's load, before the core is told of it.
  void read_report(EndpointIndex endpoint, const ResponseHead& head);

  // Has `exchange`, whose call has finished, concluded once the core's answers in hand are carried out.
  void conclude_soon(Exchange& exchange);
  // Counts what became of it.
  void call_over(const Exchange& exchange);
  // Adds what the core has counted since the last time, and says how things are with it now.
  void update_metrics();
  // The configuration knows it no more: what is under way ends as it began, and nothing is kept.
  void leave();

  // A fresh connection for an attempt whose pooled one turned out to be dead.
  void reconnect(Exchange& exchange, std::uint8_t attempt, Endpoint& endpoint);
  // Takes a connection that nothing is under way on any more into its endpoint's pool.
  void keep(std::unique_ptr<UpstreamConnection> connection);
  // Something came on a pooled connection: its end, or what nobody has asked for.
  void discard_idle(UpstreamConnection& connection);

 private:
  struct Event {
    enum class Kind : std::uint8_t { attempt, timeout, cancel, forbid_retries };
    Kind kind;
    std::uint8_t attempt;
    CallId call;
    AttemptInput input;
  };
  void take(const Event& event);
  void tell(const Event& event);
  Endpoint& endpoint_for(const EndpointConfig& config);
  void stop_counting_former();
  LocalityIndex locality_number(const std::string& locality);
  void drain();
  void carry_out(const Output& output);
  void start_attempt(Exchange& exchange, const Output& output);
  void start_probe(const Output& output);
  std::unique_ptr<UpstreamConnection> take_idle(Endpoint& endpoint);
  void conclude_ended();
  void keep_decisions();
  void make_prober(ReportFor asker, std::optional<LoadProber>& prober);
  void close_idle(Time now);
  void add_core_counts();
  void add_shadow_counts(const Shadow& shadow);
  Exchange* exchange_of(CallId call) const;

  WorkerState& worker_;
  UpstreamConfig config_;
  UpstreamMetrics& metrics_;
  std::map<std::string, LocalityIndex> localities_;  // other than the proxy's own
  std::shared_ptr<EndpointNames> names_ = std::make_shared<EndpointNames>();
  std::unique_ptr<Upstream> upstream_;
  RecordedCalls calls_;
  std::vector<std::unique_ptr<Endpoint>> endpoints_;  // by EndpointIndex, former members included
  std::vector<Exchange*> exchanges_;                  // by the call's slot
  RequestIds request_ids_;                            // of calls that are over
  Outputs batch_;
  std::deque<Event> waiting_;
  std::vector<Exchange*> ended_;
  // Where the policy probes, and where its shadow does.
  std::optional<LoadProber> prober_;
  std::optional<LoadProber> shadow_prober_;
  bool draining_ = false;
  bool left_ = false;
  UpstreamCounters added_;  // to the metrics, which outlive the core
  std::uint64_t added_ejections_ = 0;
  std::uint64_t added_spared_ = 0;
  ShadowCounters added_shadow_;
  std::vector<PickShare> added_shares_;
  std::uint64_t added_answered_ = 0;
  std::uint64_t added_failed_ = 0;
  MemberTimer<UpstreamDriver, &UpstreamDriver::close_idle> idle_timer_{*this};
};

}  // namespace meshtwin
