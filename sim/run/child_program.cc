#include "sim/run/child_program.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <utility>

namespace meshtwin {
namespace {

Error system_error(const std::string& what) { return Error{what + ": " + std::strerror(errno)}; }

[[noreturn]] void become(pid_t parent, int out, int err, char* const* argv) {
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (getppid() != parent) _exit(1);  // it was over before that took effect
  for (const int signal : {SIGINT, SIGTERM, SIGPIPE}) std::signal(signal, SIG_DFL);
  const int nothing = open("/dev/null", O_RDONLY);
  dup2(nothing, STDIN_FILENO);
  dup2(out, STDOUT_FILENO);
  dup2(err, STDERR_FILENO);
  execv(argv[0], argv);
  dprintf(STDERR_FILENO, "%s can't be started: %s\n", argv[0], std::strerror(errno));
  _exit(127);
}

}  // namespace

Result<ChildProgram> ChildProgram::start(const std::vector<std::string>& command) {
  std::vector<std::string> words = command;
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  std::array<int, 2> out{-1, -1}, err{-1, -1};
  if (pipe2(out.data(), O_CLOEXEC) != 0) return system_error("no pipe to " + command.front());
  if (pipe2(err.data(), O_CLOEXEC) != 0) {
    const Error error = system_error("no pipe to " + command.front());
    close(out[0]), close(out[1]);
    return error;
  }
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid == 0) become(parent, out[1], err[1], argv.data());
  const Error error = pid < 0 ? system_error("no process for " + command.front()) : Error{};
  close(out[1]), close(err[1]);
  for (const int fd : {out[0], err[0]}) fcntl(fd, F_SETFL, O_NONBLOCK);
  ChildProgram program(pid, out[0], err[0]);
  if (pid < 0) return error;
  setpgid(pid, pid);  // in both, so that it holds from whichever comes first
  return program;
}

ChildProgram::ChildProgram(ChildProgram&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      out_(std::exchange(other.out_, {})),
      err_(std::exchange(other.err_, {})),
      exit_status_(other.exit_status_) {}

ChildProgram::~ChildProgram() {
  if (pid_ > 0) {
    kill();
    waitpid(pid_, nullptr, 0);
  }
  out_.close_it();
  err_.close_it();
}

bool ChildProgram::wait(std::chrono::milliseconds at_most,
                        const std::function<void(std::string_view)>& on_line) {
  std::array<pollfd, 2> polled{{{out_.fd, POLLIN, 0}, {err_.fd, POLLIN, 0}}};
  // With both streams at their end its own end can't be far.
  constexpr std::chrono::milliseconds kSoon(2);
  const bool silent = out_.fd < 0 && err_.fd < 0;
  poll(polled.data(), polled.size(), static_cast<int>((silent ? std::min(at_most, kSoon) : at_most).count()));
  int status = 0;
  const bool over = pid_ < 0 || waitpid(pid_, &status, WNOHANG) == pid_;
  out_.drain();
  err_.drain();
  hand_over(on_line);
  if (!over || pid_ < 0) return over;
  exit_status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  ::kill(-pid_, SIGKILL);  // what it left behind
  pid_ = -1;
  return true;
}

void ChildProgram::hand_over(const std::function<void(std::string_view)>& on_line) {
  std::size_t begin = 0;
  for (std::size_t end = 0; (end = out_.text.find('\n', begin)) != std::string::npos; begin = end + 1) {
    on_line(std::string_view(out_.text).substr(begin, end - begin));
  }
  out_.text.erase(0, begin);
}

void ChildProgram::interrupt() {
  if (pid_ > 0) ::kill(pid_, SIGINT);
}

void ChildProgram::kill() {
  if (pid_ <= 0) return;
  ::kill(-pid_, SIGKILL);
  ::kill(pid_, SIGKILL);
}

std::string ChildProgram::last_error() const {
  const std::string& text = err_.text;
  const std::size_t end = text.find_last_not_of("\n\r \t");
  if (end == std::string::npos) return {};
  const std::size_t begin = text.find_last_of('\n', end) + 1;  // npos + 1 is 0
  return text.substr(begin, end + 1 - begin);
}

void ChildProgram::Stream::drain() {
  std::array<char, 65536> buffer;
  while (fd >= 0) {
    const ssize_t n = ::read(fd, buffer.data(), buffer.size());
    if (n > 0) {
      text.append(buffer.data(), static_cast<std::size_t>(n));
    } else if (n == 0 || (errno != EINTR && errno != EAGAIN)) {
      close_it();
    } else if (errno == EAGAIN) {
      return;
    }
  }
}

void ChildProgram::Stream::close_it() {
  if (fd >= 0) close(fd);
  fd = -1;
}

}  // namespace meshtwin
