// A request inside an instance that is played for real.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "core/time.h"
#include "policies/load/server_load.h"
#include "real/net/timer_queue.h"
#include "real/testbed/records.h"

namespace meshtwin {

class PlayedInstance;
class ServerConnection;

struct PlayedRequest {
  enum class Place : std::uint8_t { to_server, queued, serving, to_client };

  explicit PlayedRequest(PlayedInstance& of) : instance(of), next_step(*this), cancellation(*this) {}
  void step(Time now);
  void cancel(Time now);

  PlayedInstance& instance;
  ServerConnection* client = nullptr;  // null once it has gone
  std::uint64_t seed = 0;              // of everything random about the attempt
  Place place = Place::to_server;
  Time due{};  // of the next step, which a timer is a little late for
  std::size_t inside_at = 0;
  ServedRequest record;
  bool is_probe = false;                           // a question for the instance's load
  std::optional<ServerLoad::Ticket> load_ticket;   // while it is inside an instance that reports its load
  std::string extra_lines;                         // of its answer's head
  MemberTimer<PlayedRequest, &PlayedRequest::step> next_step;
  MemberTimer<PlayedRequest, &PlayedRequest::cancel> cancellation;
};

}  // namespace meshtwin
