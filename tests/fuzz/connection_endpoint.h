// An endpoint's side of a connection: takes the requests on it apart by rules of its own, and answers them.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "tests/conformance/http1/live_peer.h"
#include "tests/fuzz/connection_tags.h"

namespace meshtwin {

class FuzzedEndpoint {
 public:
  // `on_request` is told of the head of each request that it carries out, once it has come.
  FuzzedEndpoint(const Tags& tags, Peer& peer, std::function<void(std::string_view)> on_request)
      : tags_(tags), peer_(peer), on_request_(std::move(on_request)) {}

  Peer& peer() { return peer_; }
  void read_on(bool reading) {
    if (peer_.open() && !peer_.ended) peer_.read_on(reading);
  }
  // Takes apart what has come; demands that each request is of one client alone, and comes after a whole
  // answer to the one before it.
  void take_in();
  // Sends bytes as they are. Whatever they are, they count as the answer to what has come, so that no other
  // one is sent too late and taken for the answer to the next request.
  void send_by_hand(std::string_view bytes);
  // Answers the requests that are complete and not answered, each with its own tag; or with `half` of that,
  // whose rest goes before whatever is sent next.
  void answer_all(std::uint8_t manner, bool half = false);
  // It has sent something by hand in the middle of a request. What was on its way then, perhaps with the next
  // request behind it, can't be told from what came later: from then on it sends no tags and answers nothing
  // by itself.
  bool unsure() const { return unsure_; }
  // What comes from then on is read and not carried out.
  void half_close();
  bool spoke_by_hand() const { return spoke_by_hand_; }
  // The tag of the latest request, complete or not; empty where it has none.
  std::string latest_tag() const;

 private:
  void send_held_back();
  void end_answer(std::uint8_t manner);
  void begin_request(std::string_view request);
  void answer(std::string_view request, std::uint8_t manner, bool half);
  std::string tag_of(std::string_view request) const;

  const Tags& tags_;
  Peer& peer_;
  std::function<void(std::string_view)> on_request_;
  std::size_t begun_ = 0;      // heads of requests that begin before that have come
  std::size_t latest_ = 0;     // where the latest request begins
  std::size_t complete_ = 0;   // up to there all requests are complete
  std::size_t answered_ = 0;   // and up to there answered
  std::size_t by_hand_ = 0;    // what begins before that was answered by hand
  std::string held_back_;      // of an answer
  std::uint8_t held_back_manner_ = 0;
  bool spoke_by_hand_ = false;
  bool unsure_ = false;
  bool half_closed_ = false;
  bool spoiled_ = false;       // an answer had bytes behind it
};

// Where the request that begins at `at` ends; none while it isn't complete.
std::optional<std::size_t> request_end(std::string_view bytes, std::size_t at);

}  // namespace meshtwin
