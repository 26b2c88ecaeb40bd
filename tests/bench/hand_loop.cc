#include "tests/bench/hand_loop.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

#include "core/random/deterministic_math.h"
#include "core/random/stream.h"
#include "core/ring_buffer.h"

namespace meshtwin::bench {
namespace {

struct InFlight {
  std::int64_t at = 0;
  std::int64_t due = 0;
  std::uint32_t server = 0;
};

struct Completion {
  std::int64_t at = 0;
  std::uint64_t order = 0;
  std::uint32_t server = 0;
  bool operator>(const Completion& other) const {
    return at != other.at ? at > other.at : order > other.order;
  }
};

struct Server {
  RingBuffer<std::int64_t> queue;  // due times; the front one is in service
  std::uint32_t active = 0;        // as the client sees it
};

class HandLoop {
 public:
  explicit HandLoop(const HandLoopModel& model)
      : model_(model),
        arrivals_(1, model.seed),
        choices_(2, model.seed),
        services_(3, model.seed),
        servers_(model.servers) {
    end_ = model.duration.count();
    gap_ = 1e9 / model.arrivals_per_second;
  }

  HandLoopResult run() {
    next_arrival_ = draw(arrivals_, gap_);
    while (step()) {
    }
    return std::move(result_);
  }

 private:
  struct Stream : RandomStream {
    Stream(std::uint64_t which, std::uint64_t seed) : RandomStream(mix(seed, which)) {}
  };
  static std::int64_t draw(RandomStream& random, double mean) {
    return static_cast<std::int64_t>(-ln(random.unit_open()) * mean + 0.5);
  }

  bool step() {
    constexpr std::int64_t kNone = INT64_MAX;
    const std::int64_t arrival = next_arrival_ < end_ ? next_arrival_ : kNone;
    const std::int64_t request = requests_.empty() ? kNone : requests_.front().at;
    const std::int64_t answer = answers_.empty() ? kNone : answers_.front().at;
    const std::int64_t completion = completions_.empty() ? kNone : completions_.front().at;
    const std::int64_t now = std::min(std::min(arrival, request), std::min(answer, completion));
    if (now == kNone) return false;
    if (now == completion) {
      complete(now);
    } else if (now == request) {
      receive(now);
    } else if (now == answer) {
      finish(now);
    } else {
      arrive(now);
    }
    return true;
  }

  void arrive(std::int64_t now) {
    next_arrival_ = now + draw(arrivals_, gap_);
    const auto [a, b] = choices_.distinct_pair(model_.servers);
    const std::uint32_t server = servers_[b].active < servers_[a].active ? b : a;
    ++servers_[server].active;
    requests_.push_back({now + model_.network.count(), now, server});
  }

  void receive(std::int64_t now) {
    const InFlight request = requests_.front();
    requests_.pop_front();
    Server& server = servers_[request.server];
    server.queue.push_back(request.due);
    if (server.queue.size() == 1) serve(now, request.server);
  }

  void serve(std::int64_t now, std::uint32_t server) {
    const std::int64_t time = draw(services_, static_cast<double>(model_.mean_service.count()));
    completions_.push_back({now + time, order_++, server});
    std::push_heap(completions_.begin(), completions_.end(), std::greater<>());
  }

  void complete(std::int64_t now) {
    std::pop_heap(completions_.begin(), completions_.end(), std::greater<>());
    const std::uint32_t number = completions_.back().server;
    completions_.pop_back();
    Server& server = servers_[number];
    answers_.push_back({now + model_.network.count(), server.queue.front(), number});
    server.queue.pop_front();
    if (!server.queue.empty()) serve(now, number);
  }

  void finish(std::int64_t now) {
    const InFlight answer = answers_.front();
    answers_.pop_front();
    --servers_[answer.server].active;
    ++result_.requests;
    result_.latency.record(Duration(now - answer.due));
  }

  HandLoopModel model_;
  Stream arrivals_, choices_, services_;
  std::vector<Server> servers_;
  RingBuffer<InFlight> requests_, answers_;
  std::vector<Completion> completions_;
  HandLoopResult result_;
  std::uint64_t order_ = 0;
  std::int64_t end_ = 0;
  std::int64_t next_arrival_ = 0;
  double gap_ = 0;
};

}  // namespace

HandLoopResult run_hand_loop(const HandLoopModel& model) { return HandLoop(model).run(); }

}  // namespace meshtwin::bench
