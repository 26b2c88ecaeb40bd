// A client of a script, and what it may demand of the responses that it gets.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tests/conformance/http1/live_peer.h"
#include "tests/fuzz/connection_tags.h"

namespace meshtwin {

class FuzzedClient {
 public:
  FuzzedClient(const Tags& tags, EventLoop& loop, Fd fd, unsigned number)
      : tags_(tags), peer_(loop, std::move(fd)), number_(number) {}

  Peer& peer() { return peer_; }
  const Peer& peer() const { return peer_; }
  void read_on(bool reading) {
    reads_ = reading;
    if (peer_.open() && !peer_.ended) peer_.read_on(reading);
  }
  bool reads() const { return reads_; }
  void half_close();
  // Sends bytes with tags in place of each "@". Whatever they are, nothing is known of its requests from then
  // on.
  void send_by_hand(std::string_view bytes);
  // Sends ready requests (see connection_request.h), or half of them, whose rest goes before whatever is sent
  // next.
  void ask(std::uint8_t manner, bool half = false);
  void send_held_back();
  bool spoke_by_hand() const { return by_hand_; }

  // Takes apart what has come.
  void take_in();
  // It has sent whole requests alone, and something is still missing that it has a right to; as of take_in().
  bool waits() const;
  // Something that it received and shouldn't have; empty where there is none.
  std::string complaint();

 private:
  struct Asked {
    unsigned tags_begin = 0;
    unsigned tags_end = 0;
    bool head = false;
  };
  std::string with_tags(std::string_view bytes);
  // False while it isn't complete.
  bool take_response(const Asked& asked);
  void judge(const Message& message, const Asked& asked);
  void judge_tags(std::string_view response, const Asked& asked);
  void complain(std::string_view what, std::string_view bytes);
  std::string foreign_tag() const;

  const Tags& tags_;
  Peer peer_;
  unsigned number_;
  unsigned tag_count_ = 0;
  std::string held_back_;
  bool reads_ = true;
  bool half_closed_ = false;
  bool by_hand_ = false;
  std::vector<Asked> asked_;
  std::size_t answered_ = 0;
  std::size_t at_ = 0;  // where the next response begins
  bool over_ = false;   // what comes then is no response of whose framing it knows
  std::string complaint_;
};

}  // namespace meshtwin
