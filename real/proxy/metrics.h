// What a worker counts: plain numbers that its thread alone writes. The admin server merges copies of them.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

#include "core/call/events.h"
#include "core/stats/histogram.h"
#include "core/upstream/shadow_counters.h"

namespace meshtwin {

// Responses by their status: 1xx, 2xx, 3xx, 4xx, 5xx.
struct StatusClasses {
  std::array<std::uint64_t, 5> counts{};
  void add(std::uint16_t status) {
    if (status >= 100 && status < 600) ++counts[status / 100u - 1u];
  }
};

// Names are Envoy's, without its prefixes. `_active` ones are gauges, all others only grow.
struct ListenerMetrics {
  std::string name;
  std::uint64_t downstream_cx_total = 0;           // connections accepted
  std::uint64_t downstream_cx_active = 0;          // open now
  std::uint64_t downstream_cx_protocol_error = 0;  // closed for what the client sent
  std::uint64_t downstream_cx_idle_timeout = 0;    // closed because nothing came for idle_timeout
  std::uint64_t downstream_cx_overflow = 0;  // times that connections_max or descriptors stopped accepting
  std::uint64_t downstream_cx_rx_bytes = 0;
  std::uint64_t downstream_cx_tx_bytes = 0;
  std::uint64_t downstream_cx_upgrades = 0;        // connections handed over by Upgrade
  std::uint64_t downstream_rq_total = 0;           // requests whose head came whole
  std::uint64_t downstream_rq_active = 0;          // not answered in full yet
  std::uint64_t downstream_rq_completed = 0;       // answered in full
  std::uint64_t downstream_rq_rx_reset = 0;        // the client went away in the middle
  std::uint64_t downstream_rq_header_timeout = 0;  // a head that took too long
  std::uint64_t downstream_rq_timeout = 0;         // a body that took too long
  std::uint64_t downstream_rq_tx_reset = 0;        // answers broken off
  std::uint64_t downstream_rq_too_large = 0;       // a head beyond head_bytes_max
  std::uint64_t no_route = 0;                      // no route fitted
  StatusClasses downstream_rq_xx;                  // what clients were answered
  Histogram downstream_rq_time;                    // from a request's head to its answer's end
};

struct EndpointMetrics {
  std::string name;
  std::string address;
  std::uint32_t users = 0;  // endpoints of policy cores that count here
  std::uint64_t upstream_cx_total = 0;                   // connections begun
  std::uint64_t upstream_cx_active = 0;                  // open, or being opened
  std::uint64_t upstream_cx_connect_fail = 0;            // refused, unreachable or too late
  std::uint64_t upstream_cx_connect_timeout = 0;         // those of them that were too late
  std::uint64_t upstream_cx_local_fail = 0;              // not begun for want of a descriptor, port or memory
  std::uint64_t upstream_cx_idle_timeout = 0;            // pooled ones, closed for idleness
  std::uint64_t upstream_cx_destroy_with_active_rq = 0;  // broke while a request was on them
  std::uint64_t upstream_cx_stale = 0;                   // pooled ones that were dead when a request came
  std::uint64_t upstream_cx_protocol_error = 0;          // closed for what the endpoint sent
  std::uint64_t upstream_cx_rx_bytes = 0;
  std::uint64_t upstream_cx_tx_bytes = 0;
  std::uint64_t upstream_rq_total = 0;            // attempts
  std::uint64_t upstream_rq_active = 0;           // attempts under way
  std::uint64_t upstream_rq_success = 0;          // attempts that ended well
  std::uint64_t upstream_rq_error = 0;            // attempts that failed
  std::uint64_t upstream_rq_cancelled = 0;        // attempts called off, or never sent for want of a socket
  std::uint64_t upstream_rq_per_try_timeout = 0;  // attempts whose time was up
  StatusClasses upstream_rq_xx;                   // what the endpoint answered
  std::uint64_t upstream_rq_time_ns = 0;          // from attempts' start to the head of their answer
  PickShare shadow_picks;                         // where the policy's shadow has a balancer
};

struct UpstreamMetrics {
  std::string name;
  std::uint64_t call_total = 0;  // calls begun; upstream_rq_total counts their attempts
  std::uint64_t call_active = 0;
  std::array<std::uint64_t, kFailureKinds> call_result{};  // finished calls by FailureKind
  std::uint64_t upstream_rq_retry = 0;                     // retries started
  std::uint64_t upstream_rq_retry_success = 0;             // calls that ended well after a retry
  std::uint64_t upstream_rq_retry_overflow = 0;            // retries refused by limits.retries or the budget
  std::uint64_t upstream_rq_retry_limit_exceeded = 0;      // calls that failed with their last attempt
  std::uint64_t upstream_rq_hedge = 0;                     // hedges started
  std::uint64_t upstream_rq_hedge_overflow = 0;            // hedges refused by their budget
  std::uint64_t load_probe_total = 0;                      // that policies and shadows asked for
  std::uint64_t load_probe_answered = 0;                   // in time
  std::uint64_t load_probe_failed = 0;                     // without an answer in time, or a connection
  std::uint64_t upstream_rq_timeout = 0;                   // calls whose deadline passed
  std::uint64_t upstream_rq_pending_total = 0;             // attempts that had to wait for a connection
  std::uint64_t upstream_rq_pending_active = 0;            // waiting now
  std::uint64_t upstream_rq_pending_overflow = 0;          // calls rejected by a limit
  std::uint64_t upstream_rq_breaker_rejected = 0;          // calls rejected by an open breaker
  std::uint64_t upstream_rq_retry_body_overflow = 0;       // calls that failed, with a body too large to repeat
  std::uint64_t outlier_ejections = 0;                     // enforced
  std::uint64_t outlier_ejections_overflow = 0;            // outliers that stayed
  std::uint64_t outlier_ejections_active = 0;              // endpoints that are out now
  ShadowCounters shadow;                                   // where the policy has one
  std::uint64_t breaker_open = 0;                          // 1 while the service's breaker is open
  Histogram upstream_rq_time;                              // of calls, from their start to their outcome

  // An endpoint keeps its number as long as any policy core counts for it, however it is called there. The number of
  // one that has left is given to the next new one.
  std::deque<EndpointMetrics> endpoints;
  std::uint32_t add_endpoint(std::string_view endpoint, std::string_view address) {
    std::size_t number = endpoints.size();
    for (std::size_t i = 0; i < endpoints.size(); ++i) {
      if (endpoints[i].name == endpoint && endpoints[i].address == address) {
        ++endpoints[i].users;
        return static_cast<std::uint32_t>(i);
      }
      if (endpoints[i].users == 0 && number == endpoints.size()) number = i;
    }
    if (number == endpoints.size()) endpoints.emplace_back();
    EndpointMetrics& added = endpoints[number] = {};
    added.name = endpoint;
    added.address = address;
    added.users = 1;
    return static_cast<std::uint32_t>(number);
  }
};

// Listeners and upstreams by number: a name keeps its number while the worker lives, whatever is reloaded,
// and references stay valid.
struct WorkerMetrics {
  std::deque<ListenerMetrics> listeners;
  std::deque<UpstreamMetrics> upstreams;
  std::uint64_t access_log_dropped = 0;  // lines for which there was no room
  std::uint64_t journal_records = 0;
  std::uint64_t journal_decisions = 0;
  std::uint64_t journal_lost = 0;  // records for which there was no room
  std::uint64_t loop_rounds = 0;   // of the event loop

  // The number of `name`, which is added where it is new.
  static std::uint32_t number_in(auto& all, std::string_view name) {
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (all[i].name == name) return static_cast<std::uint32_t>(i);
    }
    all.emplace_back().name = name;
    return static_cast<std::uint32_t>(all.size() - 1);
  }
  std::uint32_t listener_number(std::string_view name) { return number_in(listeners, name); }
  std::uint32_t upstream_number(std::string_view name) { return number_in(upstreams, name); }
};

}  // namespace meshtwin
