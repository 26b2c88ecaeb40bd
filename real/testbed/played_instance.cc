#include "real/testbed/played_instance.h"

#include <sys/epoll.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <utility>

#include <fmt/format.h>

#include "core/workload/fluctuation.h"
#include "policies/catalog.h"
#include "real/http/load_report_field.h"
#include "real/http/retry_pushback.h"
#include "real/net/socket.h"

namespace meshtwin {
namespace {

constexpr Duration kWaitForDescriptors = std::chrono::milliseconds(50);

Distribution latency_of(const Scenario& scenario) {
  const auto* native = std::get_if<NativeNetwork>(&scenario.network);
  return native == nullptr ? Distribution() : native->latency;
}

// All clients of a service that can be played have the same.
std::uint32_t handshake_round_trips(const Scenario& scenario, std::uint32_t service) {
  for (const ClientConfig& client : scenario.clients) {
    if (client.service == service && client.connections) return client.connections->handshake_round_trips;
  }
  return 0;
}

template <class T>
void take_out(std::vector<T>& all, const T& one) {
  const auto at = std::find(all.begin(), all.end(), one);
  assert(at != all.end());
  *at = all.back();
  all.pop_back();
}

}  // namespace

void PlayedRequest::step(Time) { instance.step(*this); }
void PlayedRequest::cancel(Time now) { instance.cancel(*this, now); }

PlayedInstance::PlayedInstance(EventLoop& loop, const Scenario& scenario, InstanceId id, PortHolder port,
                               std::uint64_t run_seed, BackendReport* report)
    : loop_(loop),
      service_(scenario.services[id.service]),
      latency_(latency_of(scenario)),
      handshake_round_trips_(handshake_round_trips(scenario, id.service)),
      id_(id),
      traits_(traits_of(service_, id.endpoint)),
      port_(std::move(port)),
      seed_(calls_seed(run_seed, fmt::format("{}/{}", service_.name, id.endpoint))),
      fluctuation_(fluctuation_seed(run_seed, fmt::format("{}/{}", service_.name, id.endpoint))),
      report_(report) {
  if (reads_reports(scenario.policies[id.service].config)) load_.emplace(traits_.concurrency);
}

PlayedInstance::~PlayedInstance() {
  if (listener_.valid()) loop_.unwatch(listener_.get(), *this);
}

Result<bool> PlayedInstance::listen() {
  Result<Fd> listener = port_.listen();
  if (!listener) return listener.error();
  listener_ = std::move(listener).value();
  loop_.watch(listener_.get(), *this, EPOLLIN);
  return true;
}

void PlayedInstance::on_io(std::uint32_t) {
  while (true) {
    Fd fd = accept_tcp(listener_.get());
    if (!fd.valid()) {
      if (errno != EMFILE && errno != ENFILE) return;
      loop_.unwatch(listener_.get(), *this);
      loop_.timers().arm(accept_timer_, loop_.now() + kWaitForDescriptors);
      return;
    }
    auto connection = std::make_unique<ServerConnection>(loop_, std::move(fd), *this);
    if (!connection->open()) continue;
    connection->place = connections_.size();
    connections_.push_back(std::move(connection));
  }
}

void PlayedInstance::accept_again(Time) {
  if (listener_.valid()) loop_.watch(listener_.get(), *this, EPOLLIN);
}

void PlayedInstance::receive(ServerConnection& client, const Arrival& arrival) {
  PlayedRequest& request = take_in(client);
  request.record.call_seed = arrival.call_seed.value_or(call_seed(seed_, received_));
  ++received_;
  request.record.attempt = arrival.attempt;
  request.record.opened = arrival.opens_connection;
  request.record.service = id_.service;
  request.record.endpoint = id_.endpoint;
  request.record.received = loop_.now();
  request.seed = attempt_seed(request.record.call_seed, arrival.attempt);
  travel(request);
}

void PlayedInstance::receive_probe(ServerConnection& client) {
  PlayedRequest& request = take_in(client);
  request.is_probe = true;
  request.seed = mix(~seed_, probes_++);
  travel(request);
}

PlayedRequest& PlayedInstance::take_in(ServerConnection& client) {
  if (spare_.empty()) spare_.push_back(std::make_unique<PlayedRequest>(*this));
  PlayedRequest& request = *spare_.back();
  request.inside_at = inside_.size();
  inside_.push_back(std::move(spare_.back()));
  spare_.pop_back();
  request.client = &client;
  request.record = {};
  request.is_probe = false;
  request.load_ticket.reset();
  request.extra_lines.clear();
  client.hold(request);
  return request;
}

void PlayedInstance::travel(PlayedRequest& request) {
  const Time now = loop_.now();
  Duration delay = network_delay(request, Draw::to_server);
  if (request.record.opened) delay += handshake_delay(request);
  if (delay == Duration::zero()) return arrive(request, now);
  set_step(request, PlayedRequest::Place::to_server, saturating_add(now, delay));
}

void PlayedInstance::step(PlayedRequest& request) {
  switch (request.place) {
    case PlayedRequest::Place::to_server:
      return arrive(request, request.due);
    case PlayedRequest::Place::serving:
      if (report_ != nullptr) report_->timer_lateness.record(loop_.now() - request.due);
      return served(request, request.due);
    case PlayedRequest::Place::to_client:
      return deliver(request);
    case PlayedRequest::Place::queued:
      assert(false);
  }
}

void PlayedInstance::arrive(PlayedRequest& request, Time at) {
  if (faults_.blackholed()) return drop(request);
  if (request.is_probe) {
    end_services_before(at);
    return answer(request, load_ ? 200 : 404, at);
  }
  if (const RefusalConfig* refusal = faults_.refusal(request.seed)) return refuse(request, *refusal, at);
  end_services_before(at);
  if (load_) request.load_ticket = load_->arrive(load_at_ = std::max(load_at_, at));
  if (busy_ < traits_.concurrency) {
    ++busy_;
    return begin(request, at);
  }
  if (service_.queue && queue_.size() >= *service_.queue) {
    return refuse_inside(request, service_.overflow, at);
  }
  request.place = PlayedRequest::Place::queued;
  request.due = at;
  queue_.push_back(&request);
}

// A worker is taken for it.
void PlayedInstance::begin(PlayedRequest& request, Time at) {
  request.record.began = at;
  request.record.demand = fluctuating(service_.fluctuation, fluctuation_, at,
                                      faults_.service_time(traits_.service_time, request.seed));
  serving_.push_back(&request);
  set_step(request, PlayedRequest::Place::serving, saturating_add(at, request.record.demand));
}

void PlayedInstance::served(PlayedRequest& request, Time at) {
  take_out(serving_, &request);
  request.record.freed = at;
  free_worker(at);
  leave_load(request, at, ServerLoad::Ending::answered);
  answer(request, 200, at);
}

void PlayedInstance::refuse(PlayedRequest& request, const RefusalConfig& refusal, Time at) {
  if (load_) request.load_ticket = load_->arrive(load_at_ = std::max(load_at_, at));
  refuse_inside(request, refusal, at);
}

void PlayedInstance::refuse_inside(PlayedRequest& request, const RefusalConfig& refusal, Time at) {
  leave_load(request, at, ServerLoad::Ending::failed);
  if (refusal.retry_after) append_retry_pushback(*refusal.retry_after, request.extra_lines);
  answer(request, refusal.status, at);
}

void PlayedInstance::leave_load(PlayedRequest& request, Time at, ServerLoad::Ending ending) {
  if (!request.load_ticket) return;
  load_->leave(load_at_ = std::max(load_at_, at), *request.load_ticket, ending);
  request.load_ticket.reset();
}

void PlayedInstance::free_worker(Time at) {
  assert(busy_ > 0);
  --busy_;
  if (queue_.empty()) return;
  PlayedRequest& next = *queue_.front();
  queue_.pop_front();
  ++busy_;
  begin(next, std::max(at, next.due));
}

// Sockets are looked at before timers, so a request may come in before the timer that has made room for it.
void PlayedInstance::end_services_before(Time at) {
  while (busy_ == traits_.concurrency) {
    const auto first =
        std::min_element(serving_.begin(), serving_.end(), [](auto* a, auto* b) { return a->due < b->due; });
    if (first == serving_.end() || (*first)->due > at) return;
    PlayedRequest& request = **first;
    loop_.timers().stop(request.next_step);
    step(request);
  }
}

void PlayedInstance::answer(PlayedRequest& request, std::uint16_t status, Time at) {
  if (faults_.blackholed()) return drop(request);
  request.record.status = status;
  if (load_) append_load_report(load_->report(load_at_ = std::max(load_at_, at)), request.extra_lines);
  const Duration delay = network_delay(request, Draw::to_client);
  request.place = PlayedRequest::Place::to_client;
  if (delay == Duration::zero()) return deliver(request);
  set_step(request, PlayedRequest::Place::to_client, saturating_add(at, delay));
}

void PlayedInstance::deliver(PlayedRequest& request) {
  ServerConnection* const client = std::exchange(request.client, nullptr);
  const std::uint16_t status = request.record.status;
  if (client != nullptr) request.record.answered = loop_.clock_now();
  if (client == nullptr) request.record.status = 0;
  const std::string extra_lines = std::move(request.extra_lines);
  const std::uint64_t bytes = request.is_probe ? 0 : service_.response_bytes;
  release(request);
  if (client != nullptr) client->answer(status, bytes, extra_lines);
}

void PlayedInstance::drop(PlayedRequest& request) {
  if (request.client != nullptr) request.client->forget_request();
  request.client = nullptr;
  request.record.status = 0;
  release(request);
}

void PlayedInstance::release(PlayedRequest& request) {
  loop_.timers().stop(request.next_step);
  loop_.timers().stop(request.cancellation);
  leave_load(request, std::max(load_at_, loop_.now()), ServerLoad::Ending::given_up);
  if (report_ != nullptr && !request.is_probe) report_->requests.push_back(request.record);
  const std::size_t at = request.inside_at;
  spare_.push_back(std::move(inside_[at]));
  inside_[at] = std::move(inside_.back());
  if (inside_[at]) inside_[at]->inside_at = at;
  inside_.pop_back();
}

void PlayedInstance::set_step(PlayedRequest& request, PlayedRequest::Place place, Time due) {
  request.place = place;
  request.due = due;
  loop_.timers().arm(request.next_step, due);
}

Duration PlayedInstance::network_delay(const PlayedRequest& request, Draw purpose) const {
  return latency_.sample_once(draw_seed(request.seed, purpose));
}

// On loopback the kernel's own handshake takes no time to speak of: the network's part of it is played here.
Duration PlayedInstance::handshake_delay(const PlayedRequest& request) const {
  Duration delay{};
  for (std::uint32_t trip = 0; trip < handshake_round_trips_; ++trip) {
    for (const bool back : {false, true}) delay += latency_.sample_once(handshake_seed(request.seed, trip, back));
  }
  return delay;
}

void PlayedInstance::connection_closed(ServerConnection& connection, PlayedRequest* request) {
  const std::size_t at = connection.place;
  loop_.retire(std::move(connections_[at]));
  connections_[at] = std::move(connections_.back());
  if (connections_[at]) connections_[at]->place = at;
  connections_.pop_back();
  if (request == nullptr) return;
  request->client = nullptr;
  if (service_.on_cancel == OnCancel::finish) return;
  const Duration delay = network_delay(*request, Draw::cancel);
  if (delay == Duration::zero()) return cancel(*request, loop_.now());
  loop_.timers().arm(request->cancellation, saturating_add(loop_.now(), delay));
}

// Its client has given it up.
void PlayedInstance::cancel(PlayedRequest& request, Time at) {
  const PlayedRequest::Place place = request.place;
  if (place == PlayedRequest::Place::to_client || faults_.blackholed()) return;
  if (place == PlayedRequest::Place::queued) std::erase(queue_, &request);
  if (place == PlayedRequest::Place::serving) {
    take_out(serving_, &request);
    request.record.freed = at;
  }
  release(request);
  if (place == PlayedRequest::Place::serving) free_worker(at);
}

void PlayedInstance::finish(Time at) {
  if (report_ == nullptr) return;
  for (const auto& request : inside_) {
    if (request->is_probe) continue;
    ServedRequest record = request->record;
    record.status = 0;
    if (request->place == PlayedRequest::Place::serving) record.freed = at;
    report_->requests.push_back(record);
  }
}

void PlayedInstance::fault_begins(const FaultConfig& fault, Time at) {
  const bool crashed_before = faults_.crashed();
  if (faults_.begin(fault) && faults_.crashed() && !crashed_before) crash(at);
}

void PlayedInstance::fault_ends(const FaultConfig& fault) {
  const bool crashed_before = faults_.crashed();
  faults_.end(fault);
  if (crashed_before && !faults_.crashed()) {
    [[maybe_unused]] const bool listens = listen().ok();
    assert(listens);
  }
}

void PlayedInstance::crash(Time at) {
  loop_.unwatch(listener_.get(), *this);
  listener_.reset();
  loop_.timers().stop(accept_timer_);
  queue_.clear();
  serving_.clear();
  busy_ = 0;
  std::vector<PlayedRequest*> lost;
  for (const auto& request : inside_) {
    if (request->place != PlayedRequest::Place::to_client) lost.push_back(request.get());
  }
  for (PlayedRequest* request : lost) {
    if (request->place == PlayedRequest::Place::serving) request->record.freed = at;
    ServerConnection* const client = std::exchange(request->client, nullptr);
    release(*request);
    if (client != nullptr) client->reset();
  }
  // Backwards, since those that close leave the list.
  for (std::size_t i = connections_.size(); i-- > 0;) connections_[i]->close_after_answer();
}

}  // namespace meshtwin
