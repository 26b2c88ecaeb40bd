// The file that the access log goes to, or stdout.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/result.h"
#include "real/net/fd.h"

namespace meshtwin {

// Belongs to the writer's thread once it is shared, but for write_errors.
class LogFile {
 public:
  // Appends to `path`, or writes to stdout where it is "-". Errors are the system's words alone.
  Result<bool> open(const std::string& path);
  // The whole text, waiting for whoever reads it; what can't be written is dropped and counted.
  void write(std::string_view text);
  std::uint64_t write_errors() const { return write_errors_.load(std::memory_order_relaxed); }

 private:
  Fd file_;
  bool is_stdout_ = true;
  std::atomic<std::uint64_t> write_errors_{0};
};

}  // namespace meshtwin
