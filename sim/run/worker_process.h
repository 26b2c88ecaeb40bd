// A forked child that computes something for its parent: for libraries that allow one use a process or end
// it.
#pragma once

#include <poll.h>
#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

#include "core/result.h"

namespace meshtwin {

// The child has a copy of everything in memory. It ignores Ctrl-C and SIGTERM, which its parent hears too and
// passes on as it sees fit, and it dies with the thread that started it. Start none while other threads hold
// locks that the work needs. Its standard output and error are collected: nothing of it gets among the
// parent's output.
class WorkerProcess {
 public:
  using Work = std::function<Result<std::string>()>;

  // An error where the system has no room for another process.
  static Result<WorkerProcess> start(const Work& work);
  WorkerProcess(WorkerProcess&& other) noexcept;
  WorkerProcess& operator=(WorkerProcess&& other) noexcept;
  // Ends the child if it still runs; leaves no zombie.
  ~WorkerProcess();

  // What to poll() for before read().
  void watch(std::vector<pollfd>& polled) const;
  // Takes what the child has written meanwhile, without waiting. True once the child is over.
  bool read();
  // After its end: what the work returned, or as error what the work returned or threw as one, or the last
  // line that the child wrote before it died.
  Result<std::string> result() const;

 private:
  struct Channel {
    int fd = -1;
    std::string received;
    void drain();
    void close_it();
  };

  WorkerProcess(pid_t child, int results, int texts)
      : child_(child), results_{results, {}}, texts_{texts, {}} {}
  void reap();

  pid_t child_;  // -1 once it is reaped
  Channel results_;
  Channel texts_;
  int status_ = 0;
};

// Starts a child for the work and waits for it.
Result<std::string> run_in_child(const WorkerProcess::Work& work);

}  // namespace meshtwin
