#include "real/proxy/log_file.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstring>

namespace meshtwin {

Result<LogFile::Target> LogFile::open(const std::string& path) {
  if (path == "-") return Target();
  Target opened(::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640));
  if (!opened.valid()) return Error{std::strerror(errno)};
  return opened;
}

// False where there is no patience left. Looks up now and then, since it may be hurried meanwhile.
bool LogFile::wait_for_reader(int fd) {
  constexpr int kLookUpMs = 50;
  while (true) {
    pollfd writable{fd, POLLOUT, 0};
    if (::poll(&writable, 1, kLookUpMs) > 0) return true;
    if (!hurried_.load(std::memory_order_relaxed)) continue;
    patience_ms_ -= kLookUpMs;
    if (patience_ms_ <= 0) return false;
  }
}

// A pipe that can be written to takes PIPE_BUF bytes; more could wait for its reader, for ever.
void LogFile::write(std::string_view text) {
  const int fd = target_.valid() ? target_.get() : STDOUT_FILENO;
  while (!text.empty()) {
    if (!wait_for_reader(fd)) {
      write_errors_.fetch_add(1, std::memory_order_relaxed);
      return;
    }
    const ssize_t count = ::write(fd, text.data(), std::min<std::size_t>(text.size(), PIPE_BUF));
    if (count > 0) {
      text.remove_prefix(static_cast<std::size_t>(count));
    } else if (errno != EINTR && errno != EAGAIN) {
      write_errors_.fetch_add(1, std::memory_order_relaxed);
      return;
    }
  }
}

}  // namespace meshtwin
