// The built meshtwin as users have it: run as a process of its own, with its output caught.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace meshtwin {

// A folder for one test, taken away with all that it holds.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::string operator/(const std::string& name) const { return (path_ / name).string(); }
  // Writes a file and returns its path.
  std::string write(const std::string& name, const std::string& text) const;

 private:
  std::filesystem::path path_;
};

std::string text_of_file(const std::filesystem::path& path);

struct Finished {
  int exit_code = -1;  // 128 + the signal's number where one ended it
  std::string out;     // of both streams where both are a terminal
  std::string err;
};

struct ProgramOptions {
  std::filesystem::path program;  // empty: that of MESHTWIN_PROGRAM
  std::filesystem::path folder;   // in which it runs; empty: this process's own
  std::vector<std::pair<std::string, std::string>> environment;  // besides this process's own
  std::string out_file;  // where stdout goes in place of `out`; empty: it is caught
  // Characters of a terminal that stands in for stdout, or for stderr; 0: none, the stream goes to a file.
  unsigned short out_terminal = 0;
  unsigned short err_terminal = 0;
};

// A running program. What it writes to a terminal can be read while it runs.
class Program {
 public:
  explicit Program(std::vector<std::string> arguments, const ProgramOptions& options = {});
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  // Waits until the terminal has shown `text`, and says whether it came before the program's end.
  bool wait_for(const std::string& text);
  void signal(int number);
  Finished wait();

 private:
  bool read_terminal();

  TemporaryFolder files_;
  pid_t pid_ = -1;
  int terminal_ = -1;
  bool out_is_terminal_ = false;
  std::string shown_;
};

// Runs `meshtwin ARGUMENTS...` to its end.
Finished run_program(const std::vector<std::string>& arguments, const ProgramOptions& options = {});

}  // namespace meshtwin
