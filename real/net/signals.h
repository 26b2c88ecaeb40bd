// Signals as events of a loop.
#pragma once

#include <functional>
#include <initializer_list>

#include "real/net/event_loop.h"
#include "real/net/fd.h"

namespace meshtwin {

// Construct it before other threads start, since they inherit that the signals are blocked.
class Signals final : private IoHandler {
 public:
  Signals(EventLoop& loop, std::initializer_list<int> numbers, std::function<void(int)> on_signal);
  ~Signals() override;

 private:
  void on_io(std::uint32_t events) override;

  EventLoop& loop_;
  std::function<void(int)> on_signal_;
  Fd fd_;
};

}  // namespace meshtwin
