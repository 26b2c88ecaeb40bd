// The calls that requests at a server make to other services, one after the other or all at once.
#include "sim/server/server_side.h"

namespace meshtwin {
namespace {

// Call `number` of those that a request of the service makes; null where there are fewer.
const DownstreamCall* planned(const ServiceConfig& service, std::uint32_t number) {
  for (const DownstreamCall& call : service.calls) {
    if (number < call.times) return &call;
    number -= call.times;
  }
  return nullptr;
}

bool is_due(const DownstreamCall& call, std::uint64_t request_seed, std::uint32_t number) {
  const std::uint64_t word = static_cast<std::uint64_t>(Draw::downstream) + number;
  return call.probability >= 1 || RandomStream(mix(request_seed, ~word)).bernoulli(call.probability);
}

}  // namespace

// The next one that is due; false where there is none.
bool ServerSide::call_one(Time now, std::uint32_t slot, const ServiceConfig& service) {
  while (true) {
    const std::uint32_t number = engine_.requests[slot].next_call;
    const DownstreamCall* call = planned(service, number);
    if (call == nullptr) return false;
    ++engine_.requests[slot].next_call;
    if (!is_due(*call, engine_.requests[slot].seed, number)) continue;
    ++engine_.requests[slot].open_calls;
    const ChildCall child = downstream_.call(now, slot, call->service, number);
    children_[slot].push_back(child);
    return true;
  }
}

void ServerSide::call_next(Time now, std::uint32_t number, std::uint32_t slot) {
  const ServiceConfig& service = service_of(number);
  Request& request = engine_.requests[slot];
  if (request.place != Request::Place::calling) {
    request.place = Request::Place::calling;
    request.open_calls = 0;
    if (slot >= children_.size()) children_.resize(slot + std::size_t{1});
  }
  children_[slot].clear();
  if (service.calls_in_parallel) return call_all(now, number, slot);
  if (!call_one(now, slot, service)) calls_ended(now, number, slot, true);
}

void ServerSide::call_all(Time now, std::uint32_t number, std::uint32_t slot) {
  while (call_one(now, slot, service_of(number))) {
  }
  if (engine_.requests[slot].open_calls == 0) calls_ended(now, number, slot, true);
}

void ServerSide::downstream_ended(Time now, std::uint32_t slot, std::uint32_t generation, bool ok) {
  Request* request = engine_.requests.find(slot, generation);
  if (request == nullptr || request->place != Request::Place::calling) return;
  const std::uint32_t number = request->instance;
  --request->open_calls;
  if (!ok) {
    if (request->open_calls > 0) cancel_calls(now, slot);
    return calls_ended(now, number, slot, false);
  }
  if (!service_of(number).calls_in_parallel) return call_next(now, number, slot);
  if (request->open_calls == 0) calls_ended(now, number, slot, true);
}

void ServerSide::calls_ended(Time now, std::uint32_t number, std::uint32_t slot, bool ok) {
  leave(instances_[number], slot);
  answer(now, slot, {static_cast<std::uint16_t>(ok ? 200 : 502), {}});
  if (service_of(number).calls_hold_worker) free_worker(now, number);
}

// Those that are over already are passed over by their cores.
void ServerSide::cancel_calls(Time now, std::uint32_t slot) {
  for (const ChildCall& child : children_[slot]) downstream_.cancel(now, child);
}

}  // namespace meshtwin
