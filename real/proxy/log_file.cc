#include "real/proxy/log_file.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace meshtwin {

Result<bool> LogFile::open(const std::string& path) {
  if (path == "-") {
    is_stdout_ = true;
    file_.reset();
    return true;
  }
  Fd opened(::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640));
  if (!opened.valid()) return Error{std::strerror(errno)};
  is_stdout_ = false;
  file_ = std::move(opened);
  return true;
}

void LogFile::write(std::string_view text) {
  const int fd = is_stdout_ ? STDOUT_FILENO : file_.get();
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
