#include "sim/network/simgrid/flow_engine.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <string>

#include <simgrid/kernel/resource/Model.hpp>

namespace meshtwin {
namespace {

namespace s4u = simgrid::s4u;

// Past every simulated time; SimGrid has no word for "whenever something happens".
constexpr double kFarDate = 1e10;

double as_date(Time time) { return static_cast<double>(time.time_since_epoch().count()) * 1e-9; }

// SimGrid tells of ended activities by a signal of the process that can't be disconnected.
FlowEngine* listener = nullptr;

}  // namespace

FlowEngine::FlowEngine(s4u::Engine& engine, bool links_change)
    : engine_(engine), links_change_(links_change) {
  assert(listener == nullptr);
  listener = this;
  static const bool connected = (s4u::Activity::on_completion_cb(&FlowEngine::on_completion), true);
  (void)connected;
  for (auto* model : engine_.get_all_models()) {
    if (model->get_name().starts_with("Network")) model_ = model;
  }
  assert(model_ != nullptr);
  clock_ = s4u::Engine::get_clock();
}

FlowEngine::~FlowEngine() {
  for (Slot& slot : slots_) {
    if (slot.state != State::running) continue;
    slot.state = State::cancelled;
    slot.comm->cancel();
  }
  // SimGrid reports a communication that is destroyed before it is over for the engine.
  engine_.run_until(clock_);
  listener = nullptr;
}

FlowId FlowEngine::start(Time now, s4u::Host* from, s4u::Host* to, std::uint64_t bytes, const Event& event) {
  assert(bytes > 0);
  move_clock_to(now);
  const std::uint32_t slot = acquire();
  s4u::CommPtr comm = s4u::Comm::sendto_init();
  comm->set_payload_size(bytes);
  comm->set_data(reinterpret_cast<void*>(static_cast<std::uintptr_t>(slot)));
  comm->set_source(from);
  comm->set_destination(to);  // the last thing it lacked: it starts here
  Slot& flow = slots_[slot];
  flow.comm = std::move(comm);
  flow.event = event;
  flow.state = State::running;
  ++under_way_;
  known_ = false;
  if (links_change_ && flow.comm->get_remaining() == 0) {
    // One over a link that is off has failed already, and SimGrid sends no signal for it.
    flow.state = State::ended;
    flow.arrived = false;
    --under_way_;
    ended_.push_back(slot);
  }
  return {slot, flow.generation};
}

const Event* FlowEngine::find(FlowId flow) const {
  if (flow.slot >= slots_.size()) return nullptr;
  const Slot& slot = slots_[flow.slot];
  return slot.generation == flow.generation && slot.state == State::running ? &slot.event : nullptr;
}

bool FlowEngine::cancel(Time now, FlowId flow) {
  move_clock_to(now);
  if (find(flow) == nullptr) return false;
  Slot& slot = slots_[flow.slot];
  slot.state = State::cancelled;
  slot.comm->cancel();
  --under_way_;
  unsettled_ = true;
  known_ = false;
  return true;
}

bool FlowEngine::advance(Time limit, std::vector<Ended>& ended) {
  return links_change_ ? advance_by_steps(limit, ended) : advance_by_prediction(limit, ended);
}

bool FlowEngine::advance_by_prediction(Time limit, std::vector<Ended>& ended) {
  while (true) {
    const Time at = next_time();
    if (at >= limit) return false;
    if (ended_.empty()) step();
    if (ended_.empty()) continue;  // it was the end of a latency
    report(at, ended);
    return true;
  }
}

bool FlowEngine::advance_by_steps(Time limit, std::vector<Ended>& ended) {
  settle_cancelled();
  const double date = limit == kNever ? kFarDate : as_date(limit);
  // While SimGrid has vetoed activities to tell of, it returns after each step; the set is its own no longer
  // than that, since it would put starting activities into it.
  engine_.track_vetoed_activities(&one_step_only_);
  while (ended_.empty() && under_way_ > 0 && clock_ < date) run_until(date);
  engine_.track_vetoed_activities(nullptr);
  if (ended_.empty()) return false;
  report(std::min(limit, clock_as_time(clock_)), ended);
  return true;
}

// When something changes next; kNever when nothing will.
Time FlowEngine::next_time() {
  settle_cancelled();
  if (!ended_.empty()) return now_;
  if (!known_) {
    const double delta = model_->next_occurring_event(clock_);
    next_date_ = delta < 0 ? -1 : clock_ + delta;
    known_ = true;
  }
  return next_date_ < 0 ? kNever : clock_as_time(next_date_);
}

void FlowEngine::step() {
  if (next_date_ <= clock_) return run_until(clock_);
  // SimGrid also stops where it comes within 10 us of the date.
  while (clock_ < next_date_) {
    const double date = next_date_;
    run_until(date);
    next_date_ = date;
  }
}

void FlowEngine::run_until(double date) {
  engine_.run_until(date);
  clock_ = s4u::Engine::get_clock();
  known_ = false;
}

void FlowEngine::move_clock_to(Time now) {
  assert(now >= now_);
  now_ = now;
  const double date = as_date(now);
  if (date <= clock_) return;
  settle_cancelled();
  while (clock_ < date) run_until(date);
}

// SimGrid gives the share of a cancelled flow to others in its next round only, so it needs one before time
// passes.
void FlowEngine::settle_cancelled() {
  if (!unsettled_) return;
  unsettled_ = false;
  run_until(clock_);
}

void FlowEngine::report(Time at, std::vector<Ended>& ended) {
  now_ = at;
  for (const std::uint32_t slot : ended_) {
    ended.push_back({at, slots_[slot].event, slots_[slot].arrived});
    release(slot);
  }
  ended_.clear();
  for (const std::uint32_t slot : retired_) release(slot);
  retired_.clear();
}

void FlowEngine::on_completion(const s4u::Activity& activity) {
  if (listener != nullptr) listener->completed(activity);
}

// SimGrid is in the middle of a round here: this only takes notes.
void FlowEngine::completed(const s4u::Activity& activity) {
  const auto slot = static_cast<std::uint32_t>(reinterpret_cast<std::uintptr_t>(activity.get_data<void>()));
  // A cancelled one is reported from within cancel() first, and again as failed once it is over for the
  // engine.
  if (activity.get_state() == s4u::Activity::State::CANCELED) return;
  Slot& flow = slots_[slot];
  if (flow.state == State::cancelled) {
    retired_.push_back(slot);
    return;
  }
  flow.state = State::ended;
  flow.arrived = activity.get_state() == s4u::Activity::State::FINISHED;
  --under_way_;
  ended_.push_back(slot);
}

std::uint32_t FlowEngine::acquire() {
  if (free_.empty()) {
    slots_.emplace_back();
    return static_cast<std::uint32_t>(slots_.size() - 1);
  }
  const std::uint32_t slot = free_.back();
  free_.pop_back();
  return slot;
}

void FlowEngine::release(std::uint32_t slot) {
  Slot& flow = slots_[slot];
  flow.comm.reset();
  flow.state = State::unused;
  ++flow.generation;
  free_.push_back(slot);
}

Time FlowEngine::clock_as_time(double date) const {
  return std::max(now_, Time(Duration(std::llround(date * 1e9))));
}

}  // namespace meshtwin
