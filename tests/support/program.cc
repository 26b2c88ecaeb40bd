#include "tests/support/program.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <sstream>

namespace meshtwin {
namespace {

std::filesystem::path default_program() {
  const char* path = std::getenv("MESHTWIN_PROGRAM");
  REQUIRE(path != nullptr);
  return path;
}

// Both ends of a new terminal of so many columns.
std::pair<int, int> open_terminal(unsigned short columns) {
  const int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  REQUIRE(master >= 0);
  REQUIRE(grantpt(master) == 0);
  REQUIRE(unlockpt(master) == 0);
  const int slave = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
  REQUIRE(slave >= 0);
  winsize size{};
  size.ws_col = columns;
  size.ws_row = 50;
  REQUIRE(ioctl(master, TIOCSWINSZ, &size) == 0);
  return {master, slave};
}

int open_output(const std::string& path) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  REQUIRE(file >= 0);
  return file;
}

}  // namespace

TemporaryFolder::TemporaryFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "meshtwin-test-XXXXXX").string();
  REQUIRE(mkdtemp(name.data()) != nullptr);
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string TemporaryFolder::write(const std::string& name, const std::string& text) const {
  const std::filesystem::path target = path_ / name;
  std::filesystem::create_directories(target.parent_path());
  std::ofstream(target, std::ios::binary) << text;
  return target.string();
}

std::string text_of_file(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  INFO(path);
  REQUIRE(in);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

Program::Program(std::vector<std::string> arguments, const ProgramOptions& options)
    : out_is_terminal_(options.out_terminal > 0) {
  const std::string program = (options.program.empty() ? default_program() : options.program).string();
  int out = -1;
  int err = -1;
  if (options.out_terminal > 0 || options.err_terminal > 0) {
    const auto [master, slave] =
        open_terminal(options.out_terminal > 0 ? options.out_terminal : options.err_terminal);
    terminal_ = master;
    if (options.out_terminal > 0) out = slave;
    if (options.err_terminal > 0) err = out == -1 ? slave : dup(slave);
  }
  if (!options.out_file.empty()) out = open_output(options.out_file);
  if (out == -1) out = open_output(files_ / "out");
  if (err == -1) err = open_output(files_ / "err");

  arguments.insert(arguments.begin(), program);
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  pid_ = fork();
  REQUIRE(pid_ >= 0);
  if (pid_ == 0) {
    for (const auto& [name, value] : options.environment) setenv(name.c_str(), value.c_str(), 1);
    if (!options.folder.empty() && chdir(options.folder.c_str()) != 0) _exit(126);
    dup2(out, STDOUT_FILENO);
    dup2(err, STDERR_FILENO);
    execv(program.c_str(), argv.data());
    _exit(127);
  }
  close(out);
  close(err);
}

Program::~Program() {
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  if (terminal_ >= 0) close(terminal_);
}

bool Program::read_terminal() {
  char bytes[4096];
  const ssize_t count = terminal_ >= 0 ? read(terminal_, bytes, sizeof bytes) : 0;
  if (count > 0) shown_.append(bytes, static_cast<std::size_t>(count));
  return count > 0;
}

bool Program::wait_for(const std::string& text) {
  while (shown_.find(text) == std::string::npos) {
    if (!read_terminal()) return false;
  }
  return true;
}

void Program::signal(int number) { REQUIRE(kill(pid_, number) == 0); }

Finished Program::wait() {
  while (read_terminal()) {
  }
  int status = 0;
  REQUIRE(waitpid(pid_, &status, 0) == pid_);
  pid_ = -1;
  Finished result;
  result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  const bool err_was_file = std::filesystem::exists(files_ / "err");
  const bool out_was_file = std::filesystem::exists(files_ / "out");
  if (out_is_terminal_) result.out = shown_;
  if (out_was_file) result.out = text_of_file(files_ / "out");
  result.err = err_was_file ? text_of_file(files_ / "err") : shown_;
  return result;
}

Finished run_program(const std::vector<std::string>& arguments, const ProgramOptions& options) {
  return Program(arguments, options).wait();
}

}  // namespace meshtwin
