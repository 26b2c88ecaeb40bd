#include "tests/fuzz/connection_client.h"

#include <charconv>
#include <utility>

#include "tests/fuzz/connection_request.h"

namespace meshtwin {
namespace {

std::size_t number(std::string_view text) {
  std::size_t out = 0;
  std::from_chars(text.data(), text.data() + text.size(), out);
  return out;
}

}  // namespace

void FuzzedClient::half_close() {
  half_closed_ = true;
  peer_.half_close();
}

std::string FuzzedClient::with_tags(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) {
    if (c == '@') out += tags_.text({number_, tag_count_++});
    else out += c;
  }
  return out;
}

void FuzzedClient::send_held_back() { peer_.send(std::exchange(held_back_, {})); }

void FuzzedClient::send_by_hand(std::string_view bytes) {
  send_held_back();
  by_hand_ = by_hand_ || !bytes.empty();
  peer_.send(with_tags(bytes));
}

void FuzzedClient::ask(std::uint8_t manner, bool half) {
  send_held_back();
  std::string bytes;
  for (const std::string& request : ready_requests(manner)) {
    Asked& asked = asked_.emplace_back();
    asked.head = request.starts_with("HEAD ");
    asked.tags_begin = tag_count_;
    bytes += with_tags(request);
    asked.tags_end = tag_count_;
  }
  const std::size_t now = half ? bytes.size() / 2 : bytes.size();
  peer_.send(std::string_view(bytes).substr(0, now));
  held_back_ = bytes.substr(now);
}

void FuzzedClient::take_in() {
  while (!by_hand_ && !over_ && at_ < peer_.received.size()) {
    if (answered_ == asked_.size()) return complain("a response without a request", peer_.received);
    if (!take_response(asked_[answered_])) return;
  }
}

bool FuzzedClient::take_response(const Asked& asked) {
  const std::string_view bytes = peer_.received;
  const std::size_t head_end = bytes.find("\r\n\r\n", at_);
  if (head_end == std::string_view::npos) return false;
  Message message{std::string(bytes.substr(at_, head_end + 4 - at_)), ""};
  const int status = message.status();
  const bool to_the_end = !asked.head && status >= 200 && message.field("content-length").empty() &&
                          message.field("transfer-encoding").empty() && status != 204 && status != 304;
  std::size_t end = at_;
  if (to_the_end) {
    if (!peer_.ended) return false;
    end = bytes.size();
  } else if (const auto whole = take_message(bytes, end, asked.head)) {
    message = *whole;
    if (!asked.head) judge(message, asked);
  } else {
    return false;
  }
  judge_tags(bytes.substr(at_, end - at_), asked);
  at_ = end;
  // Whether the last response to a HEAD has a body is open: the proxy may not have known by then what it answers.
  over_ = status == 101 || (asked.head && message.field("connection") == "close");
  if (status >= 200) ++answered_;
  return true;
}

void FuzzedClient::judge(const Message& message, const Asked& asked) {
  const std::string size = message.field(tags_.size_field());
  if (size.empty()) return;
  const bool mine = message.body.find(tags_.text({number_, asked.tags_begin})) != std::string::npos;
  const bool whole = message.body.size() == number(size);
  if (!whole || !mine) complain("a body that isn't as it was sent", message.head);
}

void FuzzedClient::judge_tags(std::string_view response, const Asked& asked) {
  for (const Tag& tag : tags_.find_all(response)) {
    const bool fine = tag.client == number_ && tag.count >= asked.tags_begin && tag.count < asked.tags_end;
    if (!fine) return complain("a response to another request", response);
  }
}

bool FuzzedClient::waits() const {
  const bool over = by_hand_ || half_closed_ || over_ || !peer_.open() || peer_.ended;
  return !over && answered_ < asked_.size();
}

void FuzzedClient::complain(std::string_view what, std::string_view bytes) {
  if (!complaint_.empty()) return;
  complaint_ = "client " + std::to_string(number_) + " got " + std::string(what) + ": " + std::string(bytes);
}

std::string FuzzedClient::foreign_tag() const {
  unsigned latest = 0;
  for (const Tag& tag : tags_.find_all(peer_.received)) {
    if (tag.client != number_ || tag.count < latest) return tags_.text(tag);
    latest = tag.count;
  }
  return {};
}

std::string FuzzedClient::complaint() {
  take_in();
  if (const std::string tag = foreign_tag(); !tag.empty()) complain(tag + " in", peer_.received);
  return complaint_;
}

}  // namespace meshtwin
