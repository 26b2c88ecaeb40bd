#include "sim/validation/call_measures.h"

#include <algorithm>
#include <utility>

#include "core/workload/draws.h"

namespace meshtwin {
namespace {

// How many instances of a service have a certain number of requests inside, and for how long.
class QueueLengths {
 public:
  QueueLengths(std::uint32_t instances, const std::vector<std::uint32_t>& lengths, Time from, Time until)
      : inside_(instances, 0), lengths_(lengths), long_(lengths.size(), 0), time_(lengths.size(), 0.0), from_(from),
        until_(until), now_(from) {}

  void change(Time at, EndpointIndex instance, bool comes) {
    advance(at);
    const std::uint32_t longer = comes ? ++inside_[instance] : inside_[instance]--;
    for (std::size_t i = 0; i < lengths_.size(); ++i) {
      if (longer == lengths_[i]) long_[i] += comes ? 1 : -1;
    }
  }
  std::vector<double> shares() {
    advance(until_);
    const double all = to_seconds(until_ - from_) * static_cast<double>(inside_.size());
    std::vector<double> out;
    for (const double time : time_) out.push_back(time / all);
    return out;
  }

 private:
  void advance(Time at) {
    const Time to = std::clamp(at, now_, until_);
    for (std::size_t i = 0; i < lengths_.size(); ++i) time_[i] += to_seconds(to - now_) * long_[i];
    now_ = to;
  }

  std::vector<std::uint32_t> inside_;  // by instance
  const std::vector<std::uint32_t>& lengths_;
  std::vector<int> long_;     // instances that have as many, by length
  std::vector<double> time_;  // of such instances together, in seconds, by length
  Time from_, until_, now_;
};

}  // namespace

Duration demand_of(const CallsOfRun& run, const LoggedCall& call) {
  const std::uint64_t calls = calls_seed(run.seed, run.scenario.clients[0].name);
  return run.scenario.services[0].service_time.sample_once(attempt_seed(call_seed(calls, call.number), 0));
}

void for_each_measured(const CallsOfRun& run, const std::function<void(const LoggedCall&)>& visit) {
  for (const LoggedCall& call : run.calls) {
    if (call.client == 0 && call.finished && call.due >= Time(run.scenario.warmup)) visit(call);
  }
}

double share_that_waited(const CallsOfRun& run) {
  double waited = 0;
  double all = 0;
  for_each_measured(run, [&](const LoggedCall& call) {
    ++all;
    if (call.latency > demand_of(run, call)) ++waited;
  });
  return waited / all;
}

double response_at_size(const CallsOfRun& run, Duration size) {
  double sum = 0;
  double count = 0;
  for_each_measured(run, [&](const LoggedCall& call) {
    const Duration own = demand_of(run, call);
    if (own * 10 < size * 9 || own * 10 > size * 11) return;
    sum += to_milliseconds(call.latency) / to_milliseconds(own);
    ++count;
  });
  return sum / count * to_milliseconds(size);
}

std::vector<std::vector<double>> shares_of_long_queues(const CallsOfRun& run,
                                                       const std::vector<std::uint32_t>& lengths) {
  struct End {
    Time at;
    const LoggedCall* call;
  };
  std::vector<std::vector<double>> out;
  auto first = run.calls.begin();
  for (std::uint32_t client = 0; client < run.scenario.clients.size(); ++client) {
    const auto last = std::find_if(first, run.calls.end(), [&](const LoggedCall& c) { return c.client != client; });
    std::vector<End> ends;
    for (auto call = first; call != last; ++call) ends.push_back({call->due + call->latency, &*call});
    std::sort(ends.begin(), ends.end(), [](const End& a, const End& b) { return a.at < b.at; });
    QueueLengths queues(run.scenario.services[run.scenario.clients[client].service].instances, lengths,
                        Time(run.scenario.warmup), Time(run.scenario.duration));
    auto end = ends.begin();
    for (auto call = first; call != last; ++call) {
      for (; end != ends.end() && end->at <= call->due; ++end) queues.change(end->at, end->call->endpoint, false);
      queues.change(call->due, call->endpoint, true);
    }
    for (; end != ends.end(); ++end) queues.change(end->at, end->call->endpoint, false);
    out.push_back(queues.shares());
    first = last;
  }
  return out;
}

}  // namespace meshtwin
