#include "real/proxy/segment_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace meshtwin {

SegmentFile::SegmentFile(const std::string& path)
    : fd_(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640)) {
  struct stat status {};
  if (fd_.valid() && ::fstat(fd_.get(), &status) != 0) fd_.reset();
  whole_ = status.st_size;
}

bool SegmentFile::append(const char* bytes, std::size_t count) {
  if (torn_ && !cut()) return false;
  std::size_t written = 0;
  while (written < count) {
    const ssize_t more = ::write(fd_.get(), bytes + written, count - written);
    if (more < 0 && errno == EINTR) continue;
    if (more <= 0) break;
    written += static_cast<std::size_t>(more);
  }
  if (written == count) {
    whole_ += static_cast<off_t>(count);
    return true;
  }
  torn_ = written > 0;
  if (torn_) cut();
  return false;
}

bool SegmentFile::cut() {
  torn_ = ::ftruncate(fd_.get(), whole_) != 0;
  return !torn_;
}

}  // namespace meshtwin
