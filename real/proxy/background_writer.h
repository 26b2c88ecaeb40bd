// A thread that does what workers mustn't wait for, such as writing to files.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace meshtwin {

// Jobs are done one after the other, in the order in which they came. Bounded by those who hand them in: each
// of them brings a buffer of a pool.
class BackgroundWriter {
 public:
  BackgroundWriter() : thread_([this] { work(); }) {}
  // Does what was handed in, and ends.
  ~BackgroundWriter();
  BackgroundWriter(const BackgroundWriter&) = delete;
  BackgroundWriter& operator=(const BackgroundWriter&) = delete;

  // From any thread; waits for no job.
  void run(std::function<void()> job);

 private:
  void work();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::function<void()>> jobs_;
  bool ending_ = false;
  std::thread thread_;
};

}  // namespace meshtwin
