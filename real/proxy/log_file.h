// The file that the access log goes to, or stdout.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/result.h"
#include "real/net/fd.h"

namespace meshtwin {

// Used by the writer's thread, but for write_errors.
class LogFile {
 public:
  // Invalid: stdout.
  using Target = Fd;

  // For appending to `path`, or stdout where it is "-". Errors are the system's words alone.
  static Result<Target> open(const std::string& path);

  // What is written from now on goes there; at first to stdout.
  void use(Target target) { target_ = std::move(target); }
  // The whole text, waiting for whoever reads it; what can't be written is dropped and counted.
  void write(std::string_view text);
  // From any thread: waits no longer than a second in all from now on.
  void hurry() { hurried_.store(true, std::memory_order_relaxed); }
  std::uint64_t write_errors() const { return write_errors_.load(std::memory_order_relaxed); }

 private:
  bool wait_for_reader(int fd);

  Target target_;
  std::atomic<bool> hurried_{false};
  int patience_ms_ = 1000;  // once hurried
  std::atomic<std::uint64_t> write_errors_{0};
};

}  // namespace meshtwin
