// How every random number about a call follows from the run's seed and names, so that call k of a client asks
// for the same in every run with that seed, simulated or for real, whatever the policy does.
#pragma once

#include <cstdint>
#include <string>

#include "core/random/stream.h"

namespace meshtwin {

// Independent seeds of one attempt, by purpose. Its service time is the first sample of the attempt's own
// seed.
enum class Draw : std::uint64_t {
  service_time,
  to_server,
  to_client,
  cancel,
  fault,
  request_path,
  response_path,
  cancel_path,
  timer_lateness,
  to_sidecar,  // of the call's seed, as the next one
  from_sidecar,
  answer_lateness,
  inbound_request,  // between an instance's own sidecar and the instance, as the next one
  inbound_response,
  handshake = 100,  // of a connection that was opened for the attempt; see handshake_seed
  closing = 200,    // of the news that such a one was closed
  downstream = 1000,
};

inline std::uint64_t arrivals_seed(std::uint64_t run_seed, const std::string& client) {
  return stream_seed(run_seed, "arrivals/" + client);
}
// Of all calls of a client.
inline std::uint64_t calls_seed(std::uint64_t run_seed, const std::string& client) {
  return stream_seed(run_seed, "calls/" + client);
}
// Which sidecar each call of an open loop goes to, one draw a call.
inline RandomStream sidecar_choices(std::uint64_t run_seed, const std::string& client) {
  return RandomStream::named(run_seed, "sidecars/" + client);
}
// Of the policy core of the sidecar called `sidecar`, e.g. web/0.
inline std::uint64_t policy_seed(std::uint64_t run_seed, const std::string& sidecar) {
  return stream_seed(run_seed, "policy/" + sidecar);
}

// Of the slow stretches of the instance called `instance`, e.g. checkout/0.
inline std::uint64_t fluctuation_seed(std::uint64_t run_seed, const std::string& instance) {
  return stream_seed(run_seed, "fluctuation/" + instance);
}

// `calls` is the client's calls_seed; `number` counts its calls from 0.
constexpr std::uint64_t call_seed(std::uint64_t calls, std::uint64_t number) { return mix(calls, number); }
// The same for a closed loop, where `number` counts the calls of one user.
constexpr std::uint64_t user_call_seed(std::uint64_t calls, std::uint64_t user, std::uint64_t number) {
  return mix(mix(calls, user), number);
}
// Of the key of the call's request.
constexpr std::uint64_t key_seed(std::uint64_t call) { return mix(~call, 0); }
// How long the user thinks before that call.
constexpr std::uint64_t think_seed(std::uint64_t calls, std::uint64_t user, std::uint64_t number) {
  return mix(mix(~calls, user), number);
}

// `attempt` counts the attempts of one call from 0, hedges included.
constexpr std::uint64_t attempt_seed(std::uint64_t call, std::uint64_t attempt) { return mix(call, attempt); }
constexpr std::uint64_t draw_seed(std::uint64_t attempt, Draw purpose) {
  return mix(attempt, static_cast<std::uint64_t>(purpose));
}
// Of the messages of a handshake: its round trips count from 0, each of them goes there and back.
constexpr std::uint64_t handshake_seed(std::uint64_t attempt, std::uint32_t round_trip, bool back) {
  return mix(attempt, static_cast<std::uint64_t>(Draw::handshake) + 2 * round_trip + (back ? 1 : 0));
}

}  // namespace meshtwin
