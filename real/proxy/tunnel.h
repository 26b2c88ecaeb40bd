// The two connections of a request after an upgrade: bytes pass both ways until both ends are done.
#pragma once

#include <cstdint>
#include <string>

#include "real/net/event_loop.h"
#include "real/net/send_buffer.h"
#include "real/net/timer_queue.h"
#include "real/net/watched_socket.h"
#include "real/proxy/access_log.h"

namespace meshtwin {

class Exchange;
class WorkerState;

class Tunnel final : public IoHandler {
 public:
  struct End {
    Fd fd;
    std::string pending;  // bytes that this end is still to get
    std::uint64_t& received_bytes;  // counters of metrics
    std::uint64_t& sent_bytes;
  };
  // Tells `exchange` when it is over.
  Tunnel(WorkerState& worker, Exchange& exchange, End client, End endpoint);
  Tunnel(const Tunnel&) = delete;
  Tunnel& operator=(const Tunnel&) = delete;

  void begin();
  // Ends it with whatever is under way.
  void cut_off();
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
    std::uint64_t& received_bytes;
    std::uint64_t& sent_bytes;
    std::uint64_t passed_on = 0;  // bytes from here, on the way or with the other end
    Side* other = nullptr;
    bool input_ended = false;   // nothing more comes from here
    bool output_ended = false;  // it was told that nothing more comes
  };
  void read_from(Side& side);
  void flush(Side& side);
  void update(Side& side);
  void broken(const Side& side);
  void close(AccessFlag why);
  void idle(Time now);

  WorkerState& worker_;
  Exchange& exchange_;
  Side client_;
  Side endpoint_;
  bool closed_ = false;
  Time last_moved_{};
  MemberTimer<Tunnel, &Tunnel::idle> timer_{*this};
};

}  // namespace meshtwin
