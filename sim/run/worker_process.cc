#include "sim/run/worker_process.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <exception>
#include <iostream>
#include <utility>

namespace meshtwin {
namespace {

// What comes over the pipe: its whole length, so that a child that died on the way is recognised, whether it
// is a value or an error, and the text.
constexpr std::size_t kHeader = sizeof(std::uint64_t) + 1;

std::string packed(const Result<std::string>& result) {
  const std::string& text = result ? result.value() : result.error().message;
  const std::uint64_t length = kHeader + text.size();
  std::string out(reinterpret_cast<const char*>(&length), sizeof length);
  out += result ? 'v' : 'e';
  return out += text;
}

void write_all(int fd, const std::string& bytes) {
  for (std::size_t done = 0; done < bytes.size();) {
    const ssize_t n = ::write(fd, bytes.data() + done, bytes.size() - done);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return;
    done += static_cast<std::size_t>(n);
  }
}

Result<std::string> try_work(const WorkerProcess::Work& work) {
  try {
    return work();
  } catch (const std::exception& problem) {
    return Error{problem.what()};
  }
}

[[noreturn]] void be_child(pid_t parent, int results, int texts, const WorkerProcess::Work& work) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(1);  // it was over before that took effect
  std::signal(SIGINT, SIG_IGN);
  std::signal(SIGTERM, SIG_IGN);
  // The parent's handlers for its own crash would tell of it in the child's words.
  for (const int crash : {SIGABRT, SIGSEGV, SIGBUS, SIGILL, SIGFPE}) std::signal(crash, SIG_DFL);
  const rlimit no_core{0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  dup2(texts, STDOUT_FILENO);
  dup2(texts, STDERR_FILENO);
  const std::string result = packed(try_work(work));
  std::fflush(nullptr);
  write_all(results, result);
  // Not exit(): what the parent registered for its own end must not happen twice.
  _exit(0);
}

std::string last_line(const std::string& text) {
  const std::size_t end = text.find_last_not_of("\n\r \t");
  if (end == std::string::npos) return {};
  const std::size_t begin = text.find_last_of('\n', end) + 1;  // npos + 1 is 0
  return text.substr(begin, end + 1 - begin);
}

Error system_error(const char* what) { return Error{std::string(what) + ": " + std::strerror(errno)}; }

}  // namespace

Result<WorkerProcess> WorkerProcess::start(const Work& work) {
  std::array<int, 2> results{}, texts{};
  if (pipe2(results.data(), O_CLOEXEC) != 0) return system_error("no pipe to a worker process");
  if (pipe2(texts.data(), O_CLOEXEC) != 0) {
    const Error error = system_error("no pipe to a worker process");
    close(results[0]), close(results[1]);
    return error;
  }
  // Else the child would have a copy of what is still to be written, and might write it.
  std::fflush(nullptr);
  std::cout.flush();
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child == 0) be_child(parent, results[1], texts[1], work);
  const Error error = child < 0 ? system_error("no worker process") : Error{};
  close(results[1]), close(texts[1]);
  for (const int fd : {results[0], texts[0]}) fcntl(fd, F_SETFL, O_NONBLOCK);
  WorkerProcess worker(child, results[0], texts[0]);
  if (child < 0) return error;
  return worker;
}

WorkerProcess::WorkerProcess(WorkerProcess&& other) noexcept
    : child_(std::exchange(other.child_, -1)),
      results_(std::exchange(other.results_, {})),
      texts_(std::exchange(other.texts_, {})),
      status_(other.status_) {}

WorkerProcess& WorkerProcess::operator=(WorkerProcess&& other) noexcept {
  std::swap(child_, other.child_);
  std::swap(results_, other.results_);
  std::swap(texts_, other.texts_);
  std::swap(status_, other.status_);
  return *this;
}

WorkerProcess::~WorkerProcess() {
  if (child_ > 0) kill(child_, SIGKILL);
  reap();
  results_.close_it();
  texts_.close_it();
}

void WorkerProcess::Channel::drain() {
  std::array<char, 65536> buffer;
  while (fd >= 0) {
    const ssize_t n = ::read(fd, buffer.data(), buffer.size());
    if (n > 0) {
      received.append(buffer.data(), static_cast<std::size_t>(n));
    } else if (n == 0 || (errno != EINTR && errno != EAGAIN)) {
      close_it();
    } else if (errno == EAGAIN) {
      return;
    }
  }
}

void WorkerProcess::Channel::close_it() {
  if (fd >= 0) close(fd);
  fd = -1;
}

void WorkerProcess::reap() {
  if (child_ <= 0) return;
  while (waitpid(child_, &status_, 0) < 0 && errno == EINTR) {
  }
  child_ = -1;
}

void WorkerProcess::watch(std::vector<pollfd>& polled) const {
  for (const Channel* channel : {&results_, &texts_}) {
    if (channel->fd >= 0) polled.push_back({channel->fd, POLLIN, 0});
  }
}

bool WorkerProcess::read() {
  results_.drain();
  texts_.drain();
  if (results_.fd >= 0 || texts_.fd >= 0) return false;
  reap();
  return true;
}

Result<std::string> WorkerProcess::result() const {
  const std::string& bytes = results_.received;
  std::uint64_t length = 0;
  if (bytes.size() >= kHeader) std::memcpy(&length, bytes.data(), sizeof length);
  if (length >= kHeader && length == bytes.size()) {
    std::string text = bytes.substr(kHeader);
    if (bytes[sizeof length] == 'v') return text;
    return Error{std::move(text)};
  }
  const std::string words = last_line(texts_.received);
  if (!words.empty()) return Error{words};
  if (WIFSIGNALED(status_))
    return Error{std::string("a worker process died: ") + strsignal(WTERMSIG(status_))};
  return Error{"a worker process ended without a result"};
}

Result<std::string> run_in_child(const WorkerProcess::Work& work) {
  Result<WorkerProcess> worker = WorkerProcess::start(work);
  if (!worker) return worker.error();
  while (!worker.value().read()) {
    std::vector<pollfd> polled;
    worker.value().watch(polled);
    poll(polled.data(), polled.size(), -1);
  }
  return worker.value().result();
}

}  // namespace meshtwin
