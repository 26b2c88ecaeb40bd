// Another program that works for this one: started without a shell, heard line by line, ended for sure.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace meshtwin {

// The program has a process group of its own, so that Ctrl-C on the terminal reaches it through this one
// alone, once; SIGTERM comes to it when the thread that started it ends.
class ChildProgram {
 public:
  // `command`: the program's path and its arguments. It reads nothing. An error where the system has no room.
  static Result<ChildProgram> start(const std::vector<std::string>& command);
  ChildProgram(ChildProgram&& other) noexcept;
  ChildProgram& operator=(ChildProgram&&) = delete;
  // Kills the program and all that it started and left in its group, where it still runs.
  ~ChildProgram();

  // Waits at most so long for output or the end, and hands over each whole line of stdout, without its end.
  // True once the program is over.
  bool wait(std::chrono::milliseconds at_most, const std::function<void(std::string_view)>& on_line);
  void interrupt();  // SIGINT
  void kill();       // the whole group
  // After the end: its exit status, or 128 + the number of the signal that ended it.
  int exit_status() const { return exit_status_; }
  // The last line of stderr; empty where there is none.
  std::string last_error() const;

 private:
  ChildProgram(pid_t pid, int out, int err) : pid_(pid), out_{out, {}}, err_{err, {}} {}
  struct Stream {
    int fd = -1;
    std::string text;
    void drain();
    void close_it();
  };
  void hand_over(const std::function<void(std::string_view)>& on_line);

  pid_t pid_;  // also the number of its group; -1 once it is over
  Stream out_;
  Stream err_;
  int exit_status_ = -1;
};

}  // namespace meshtwin
