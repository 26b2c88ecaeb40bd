// The sidecars: turns calls into requests on the network, answers into inputs of the core.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/results/call_log.h"
#include "core/time.h"
#include "sim/client/call_explanation.h"
#include "sim/client/connections.h"
#include "sim/client/sidecar.h"
#include "sim/engine/engine.h"
#include "sim/server/service_directory.h"

namespace meshtwin {

struct NewCall {
  std::uint32_t sidecar = 0;
  Time due{};              // latency runs from here
  Time deadline = kNever;  // the caller's own
  std::uint64_t seed = 0;  // of everything random about the call
  CallOrigin origin;
  std::optional<std::uint64_t> key = std::nullopt;  // hashed
  std::uint8_t urgency = CallStart::kDefaultUrgency;
};

// The end of a call, as its client hears of it.
struct EndedCall {
  std::uint32_t service = 0;
  Time due{};
  CallOrigin origin;
  Outcome outcome;
  EndpointIndex endpoint = kNoEndpoint;  // whose answer it was
};

// A driver of the core: it decides nothing, it carries out what the core puts out.
class ClientSide {
 public:
  // `on_end` hears of the end of calls whose origin waits; it may start no call before it returns.
  using OnEnd = std::function<void(Time now, const CallOrigin& origin, const Outcome& outcome)>;

  ClientSide(Engine& engine, const ServiceDirectory& directory, OnEnd on_end);

  // A sidecar that calls `service`, with a random stream called `name`. It knows the current members at once.
  // `connections`: none: requests go at once.
  std::uint32_t add_sidecar(const std::string& name, std::uint32_t service, NodeId node, LocalityIndex locality,
                            const std::optional<ConnectionsConfig>& connections);

  // Of a client: its way to the sidecar, and that of the outcome back, take what the scenario's overheads say.
  void take_call(Time now, const NewCall& call);
  void call_came(Time now, std::uint32_t slot);
  void call_told(Time now, std::uint32_t slot);
  // At its sidecar.
  CallId start_call(Time now, const NewCall& call);
  void cancel_call(Time now, std::uint32_t sidecar, CallId id);
  void answer_arrived(Time now, std::uint32_t request, Answer answer);
  void timer_fired(Time now, std::uint32_t sidecar, CallId id);
  void probe_answered(Time now, std::uint32_t probe);
  void discovery_update(Time now, std::uint32_t sidecar, std::uint32_t version);

  // For the events about them.
  Connections& connections() { return connections_; }

  // From now on; null: no call is explained. It has to outlive this.
  void explain(CallExplanation* call) { explained_ = call; }

  std::size_t sidecars() const { return sidecars_.size(); }
  const Sidecar& sidecar(std::uint32_t index) const { return sidecars_[index]; }

 private:
  void note_start(Time now, const NewCall& call);
  CallId launch(Time now, const NewCall& call);
  void conclude(Time now, const EndedCall& call);
  void drain(Time now, std::uint32_t sidecar);
  void send_request(Time now, std::uint32_t sidecar, CallRecord& record, const Output& output);
  void send(Time now, std::uint32_t request);
  void send_cancel(Time now, std::uint32_t sidecar, const CallRecord& record, const Output& output);
  void send_probe(Time now, std::uint32_t sidecar, const Output& output);
  void finish(Time now, Sidecar& sidecar, const Output& output);
  bool is_explained(const CallOrigin& origin) const {
    return explained_ != nullptr && origin.kind == CallOrigin::Kind::open_loop && origin.a == explained_->client &&
           origin.b == explained_->number;
  }
  void begin_explanation(Sidecar& sidecar, const NewCall& call);
  // Takes over what was decided about the call since the last time.
  void go_on_explaining(Sidecar& sidecar);
  void end_explanation(Sidecar& sidecar);

  static constexpr std::uint32_t kNobody = ~0u;

  Engine& engine_;
  const ServiceDirectory& directory_;
  OnEnd on_end_;
  std::vector<Sidecar> sidecars_;
  Connections connections_;
  Slab<NewCall> coming_;  // calls on their way to a sidecar
  Slab<EndedCall> told_;  // outcomes on their way to a client
  CallExplanation* explained_ = nullptr;
  std::uint32_t explaining_ = kNobody;  // the sidecar whose call it is, while that is under way
  // The call that an answer has just come for, and whose answer it is; kept for the log of calls alone.
  struct {
    CallId call;
    EndpointIndex endpoint = kNoEndpoint;
  } answering_;
};

}  // namespace meshtwin
