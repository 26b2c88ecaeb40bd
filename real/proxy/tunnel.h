// Two connections after an upgrade: bytes pass both ways until either end is done.
#pragma once

#include <cstdint>
#include <string>

#include "real/net/event_loop.h"
#include "real/net/send_buffer.h"
#include "real/net/timer_queue.h"
#include "real/net/watched_socket.h"

namespace meshtwin {

class WorkerState;

class Tunnel final : public IoHandler {
 public:
  struct End {
    Fd fd;
    std::string pending;  // bytes that this end is still to get
  };
  Tunnel(WorkerState& worker, End client, End endpoint);
  Tunnel(const Tunnel&) = delete;
  Tunnel& operator=(const Tunnel&) = delete;

  void begin();
  void on_io(std::uint32_t) override {}  // its two sides watch
  std::size_t place = 0;  // in the worker's list

 private:
  class Side final : public IoHandler {
   public:
    Side(Tunnel& tunnel, EventLoop& loop, End end);
    void on_io(std::uint32_t events) override;

    Tunnel& tunnel;
    WatchedSocket socket;
    SendBuffer out;
    Side* other = nullptr;
    bool input_ended = false;   // nothing more comes from here
    bool output_ended = false;  // it was told that nothing more comes
  };
  void read_from(Side& side);
  void flush(Side& side);
  void update(Side& side);
  void close();
  void idle(Time now);

  WorkerState& worker_;
  Side client_;
  Side endpoint_;
  bool closed_ = false;
  Time last_moved_{};
  MemberTimer<Tunnel, &Tunnel::idle> timer_{*this};
};

}  // namespace meshtwin
