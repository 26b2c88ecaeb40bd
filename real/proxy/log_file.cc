#include "real/proxy/log_file.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace meshtwin {

Result<LogFile::Target> LogFile::open(const std::string& path) {
  if (path == "-") return Target();
  Target opened(::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640));
  if (!opened.valid()) return Error{std::strerror(errno)};
  return opened;
}

void LogFile::write(std::string_view text) {
  const int fd = target_.valid() ? target_.get() : STDOUT_FILENO;
  while (!text.empty()) {
    const ssize_t count = ::write(fd, text.data(), text.size());
    if (count > 0) {
      text.remove_prefix(static_cast<std::size_t>(count));
    } else if (errno == EAGAIN) {
      // Whoever gave us stdout may have made it non-blocking.
      pollfd writable{fd, POLLOUT, 0};
      ::poll(&writable, 1, -1);
    } else if (errno != EINTR) {
      write_errors_.fetch_add(1, std::memory_order_relaxed);
      return;
    }
  }
}

}  // namespace meshtwin
