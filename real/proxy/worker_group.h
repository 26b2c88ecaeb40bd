// All workers of the proxy, as the main thread talks to them.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "real/net/event_loop.h"
#include "real/proxy/listen_sockets.h"
#include "real/proxy/worker.h"

namespace meshtwin {

// Its functions belong to the main thread, whose loop has to outlive it, and return without waiting for
// workers.
class WorkerGroup {
 public:
  // Starts them.
  WorkerGroup(EventLoop& main_loop, std::uint32_t count);
  ~WorkerGroup() { stop(); }
  WorkerGroup(const WorkerGroup&) = delete;
  WorkerGroup& operator=(const WorkerGroup&) = delete;

  std::uint32_t size() const { return static_cast<std::uint32_t>(workers_.size()); }
  // Runs `work` in a worker's thread.
  void tell(std::uint32_t worker, std::function<void(WorkerState&)> work) {
    workers_[worker]->ask(std::move(work));
  }
  void apply(const ProxyConfigPtr& config, const ListenSockets& sockets);
  void set_endpoints(const std::string& upstream, const EndpointList& endpoints);
  // `on_drained` comes in the main loop once all of them are.
  void drain(std::function<void()> on_drained);
  // Ends their threads; waits for that.
  void stop();

  // Asks each worker, in its thread; `on_answers` gets the answers in the order of the workers, in the main
  // loop, when the last one has come.
  template <class Answer>
  void ask(std::function<Answer(WorkerState&)> question,
           std::function<void(std::vector<Answer>)> on_answers) {
    struct Gathered {
      std::vector<Answer> answers;
      std::size_t missing;
    };
    auto gathered =
        std::make_shared<Gathered>(Gathered{std::vector<Answer>(workers_.size()), workers_.size()});
    for (std::size_t i = 0; i < workers_.size(); ++i) {
      workers_[i]->ask([this, i, question, gathered, on_answers](WorkerState& state) {
        auto answer = std::make_shared<Answer>(question(state));
        main_loop_.post([i, answer, gathered, on_answers] {
          gathered->answers[i] = std::move(*answer);
          if (--gathered->missing == 0) on_answers(std::move(gathered->answers));
        });
      });
    }
  }

 private:
  EventLoop& main_loop_;
  std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace meshtwin
