#include "real/testbed/proxy_process.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <sstream>
#include <utility>

#include <fmt/format.h>

#include "real/files.h"
#include "real/testbed/cpu_time.h"

namespace meshtwin {
namespace {

constexpr int kLooks = 500;  // for its end, before it is ended by force
constexpr useconds_t kBetweenLooks = 2000;
constexpr int kNoProgram = 127;

// In the child: nothing but what may be done between fork and exec.
[[noreturn]] void become_proxy(const char* program, const char* config, int out, int errors, pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(kNoProgram);
  setpgid(0, 0);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  dup2(out, STDOUT_FILENO);
  dup2(errors, STDERR_FILENO);
  execl(program, program, "--config", config, nullptr);
  const char* const reason = std::strerror(errno);
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, reason, std::strlen(reason));
  _exit(kNoProgram);
}

std::string last_line(const std::string& text) {
  std::istringstream lines(text);
  std::string last;
  for (std::string line; std::getline(lines, line);) {
    if (!line.empty()) last = line;
  }
  return last;
}

}  // namespace

ProxyProcess::ProxyProcess(std::string name, pid_t pid, Fd out, std::filesystem::path errors)
    : name_(std::move(name)), pid_(pid), out_(std::move(out)), errors_(std::move(errors)) {}

ProxyProcess::ProxyProcess(ProxyProcess&& other) noexcept
    : name_(std::move(other.name_)),
      pid_(std::exchange(other.pid_, -1)),
      status_(other.status_),
      out_(std::move(other.out_)),
      errors_(std::move(other.errors_)),
      said_(std::move(other.said_)),
      listeners_(std::move(other.listeners_)),
      admin_(other.admin_),
      ready_(other.ready_) {}

Result<ProxyProcess> ProxyProcess::start(const std::string& name, const std::filesystem::path& program,
                                         const std::filesystem::path& config,
                                         const std::filesystem::path& errors) {
  std::array<int, 2> pipe{};
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0) return Error{std::strerror(errno)};
  Fd reading(pipe[0]);
  const Fd writing(pipe[1]);
  const Fd error_file(::open(errors.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!error_file.valid()) return Error{fmt::format("{}: {}", errors.string(), std::strerror(errno))};
  ::fcntl(reading.get(), F_SETFL, O_NONBLOCK);
  const pid_t parent = getpid();
  const pid_t pid = ::fork();
  if (pid < 0) return Error{fmt::format("no process for a proxy: {}", std::strerror(errno))};
  if (pid == 0) become_proxy(program.c_str(), config.c_str(), writing.get(), error_file.get(), parent);
  return ProxyProcess(name, pid, std::move(reading), errors);
}

ProxyProcess::~ProxyProcess() {
  if (!runs()) return;
  ::kill(pid_, SIGTERM);
  for (int look = 0; look < kLooks && runs(); ++look) ::usleep(kBetweenLooks);
  if (!runs()) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, &status_, 0);
}

bool ProxyProcess::runs() {
  if (pid_ > 0 && ::waitpid(pid_, &status_, WNOHANG) != 0) pid_ = -1;
  return pid_ > 0;
}

bool ProxyProcess::is_ready() {
  std::array<char, 4096> piece;
  ssize_t count = 0;
  while ((count = ::read(out_.get(), piece.data(), piece.size())) > 0) {
    said_.append(piece.data(), static_cast<std::size_t>(count));
  }
  std::size_t end = 0;
  while ((end = said_.find('\n')) != std::string::npos) {
    take_line(said_.substr(0, end));
    said_.erase(0, end + 1);
  }
  return ready_;
}

// `listening NAME ADDRESS`, `admin ADDRESS` or `ready`; others are for people.
void ProxyProcess::take_line(const std::string& line) {
  std::istringstream words(line);
  std::string verb;
  std::string name;
  std::string text;
  words >> verb >> name >> text;
  if (verb == "ready") ready_ = true;
  if (verb == "admin") {
    const Result<Address> address = Address::parse(name);
    if (address) admin_ = address.value();
  }
  if (verb != "listening") return;
  const Result<Address> address = Address::parse(text);
  if (address) listeners_[name] = address.value();
}

std::string ProxyProcess::how_it_ended() const {
  const Result<std::string> errors = read_file(errors_);
  const std::string words = errors ? last_line(errors.value()) : "";
  if (!words.empty()) return fmt::format("the proxy {} ended: {}", name_, words);
  if (WIFSIGNALED(status_)) return fmt::format("the proxy {} died: {}", name_, strsignal(WTERMSIG(status_)));
  return fmt::format("the proxy {} ended with exit code {}", name_, WEXITSTATUS(status_));
}

Duration ProxyProcess::cpu_time() const { return pid_ > 0 ? process_cpu_time(pid_) : Duration::zero(); }

}  // namespace meshtwin
