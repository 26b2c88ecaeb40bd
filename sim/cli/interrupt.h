// Ctrl-C during a long run: the first one asks it to end with what it has, the second one ends the program.
#pragma once

namespace meshtwin {

// Listens for SIGINT and SIGTERM while it lives, which is as long as a command works. One at a time.
class InterruptListener {
 public:
  InterruptListener();
  ~InterruptListener();
  InterruptListener(const InterruptListener&) = delete;
  InterruptListener& operator=(const InterruptListener&) = delete;
  bool interrupted() const;
};

}  // namespace meshtwin
