// SimGrid driven event by event beside the simulation's own queue, without actors: flows start, end, are
// cancelled.
#pragma once

#include <cstdint>
#include <limits>
#include <set>
#include <vector>

#include <simgrid/s4u.hpp>

#include "core/time.h"
#include "sim/engine/event.h"

namespace simgrid::kernel::resource {
class Model;
}

namespace meshtwin {

// Names a flow for as long as it is under way; later uses of its slot have another generation.
struct FlowId {
  std::uint32_t slot = std::numeric_limits<std::uint32_t>::max();
  std::uint32_t generation = 0;
};

// The flows of one engine, of which SimGrid allows one a process. Times never go back from call to call and
// are exact to a nanosecond up to seven million seconds.
//
// SimGrid's clock moves only to where a flow starts, is cancelled, or changes by itself (end of its latency,
// end of its transfer). Its model predicts the next change, so what happens in between costs nothing.
class FlowEngine {
 public:
  struct Ended {
    Time at{};
    Event event;           // as given to start()
    bool arrived = false;  // false: a link of its path went off
  };

  // The platform is sealed. `links_change`: it has links whose bandwidth, latency or state follows a profile.
  // SimGrid doesn't predict those changes, so its clock then follows the simulation's from event to event.
  FlowEngine(simgrid::s4u::Engine& engine, bool links_change);
  ~FlowEngine();
  FlowEngine(const FlowEngine&) = delete;
  FlowEngine& operator=(const FlowEngine&) = delete;

  // `bytes` is at least 1; there must be a route.
  FlowId start(Time now, simgrid::s4u::Host* from, simgrid::s4u::Host* to, std::uint64_t bytes,
               const Event& event);

  // The event of a flow that is under way; null for one that has ended or was cancelled.
  const Event* find(FlowId flow) const;

  // Frees what the flow has of its links; it isn't reported as ended. False, without effect, where it had
  // ended by now, though that may not be reported yet.
  bool cancel(Time now, FlowId flow);

  // Lets time pass until flows end, appends those, and returns true; false when none ends before `limit`.
  bool advance(Time limit, std::vector<Ended>& ended);

  std::size_t under_way() const { return under_way_; }

 private:
  enum class State : std::uint8_t { unused, running, ended, cancelled };
  struct Slot {
    simgrid::s4u::CommPtr comm;
    Event event;
    std::uint32_t generation = 0;
    State state = State::unused;
    bool arrived = false;
  };

  static void on_completion(const simgrid::s4u::Activity& activity);
  void completed(const simgrid::s4u::Activity& activity);
  bool advance_by_prediction(Time limit, std::vector<Ended>& ended);
  bool advance_by_steps(Time limit, std::vector<Ended>& ended);
  Time next_time();
  void step();
  void run_until(double date);
  void move_clock_to(Time now);
  void settle_cancelled();
  void report(Time at, std::vector<Ended>& ended);
  std::uint32_t acquire();
  void release(std::uint32_t slot);
  Time clock_as_time(double date) const;

  simgrid::s4u::Engine& engine_;
  simgrid::kernel::resource::Model* model_ = nullptr;
  bool links_change_;
  std::set<simgrid::s4u::Activity*> one_step_only_{nullptr};
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_;
  std::vector<std::uint32_t> ended_;    // recorded by SimGrid's callback, not reported yet
  std::vector<std::uint32_t> retired_;  // cancelled, and over for SimGrid too
  std::size_t under_way_ = 0;
  Time now_{};             // the last time that came in or went out
  double clock_ = 0;       // SimGrid's, in seconds
  double next_date_ = -1;  // of its next change, while known_; negative: none
  bool known_ = false;
  bool unsettled_ = false;  // a flow was cancelled since SimGrid's last round
};

}  // namespace meshtwin
