#include "tests/fuzz/connection_endpoint.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "tests/fuzz/connection_response.h"
#include "tests/fuzz/fuzz_support.h"

namespace meshtwin {
namespace {

// What the proxy sends on is smaller; anything else comes out of a tunnel.
constexpr std::size_t kSizeMax = 1 << 24;

std::string_view field(std::string_view head, std::string_view name) {
  for (std::size_t at = head.find("\r\n"); at + 2 < head.size(); at = head.find("\r\n", at)) {
    at += 2;
    const std::string_view line = head.substr(at, head.find("\r\n", at) - at);
    const bool same = line.size() > name.size() && line[name.size()] == ':' &&
                      std::equal(name.begin(), name.end(), line.begin(),
                                 [](char a, char b) { return a == (b >= 'A' && b <= 'Z' ? b + 32 : b); });
    if (!same) continue;
    const std::size_t begin = line.find_first_not_of(" \t", name.size() + 1);
    return begin == std::string_view::npos ? "" : line.substr(begin);
  }
  return {};
}

std::size_t number(std::string_view text, int base) {
  std::size_t out = 0;
  std::from_chars(text.data(), text.data() + text.size(), out, base);
  return std::min(out, kSizeMax);
}

std::optional<std::size_t> chunks_end(std::string_view bytes, std::size_t at) {
  for (bool last = false;;) {
    const std::size_t end = bytes.find("\r\n", at);
    if (end == std::string_view::npos) return std::nullopt;
    if (last && end == at) return end + 2;
    const std::size_t size = last ? 0 : number(bytes.substr(at, end - at), 16);
    at = end + 2;
    if (size == 0) last = true;
    else at += size + 2;
    if (at > bytes.size()) return std::nullopt;
  }
}

}  // namespace

std::optional<std::size_t> request_end(std::string_view bytes, std::size_t at) {
  const std::size_t end = bytes.find("\r\n\r\n", at);
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view head = bytes.substr(at, end + 2 - at);
  if (!field(head, "transfer-encoding").empty()) return chunks_end(bytes, end + 4);
  const std::size_t whole = end + 4 + number(field(head, "content-length"), 10);
  if (whole > bytes.size()) return std::nullopt;
  return whole;
}

void FuzzedEndpoint::take_in() {
  const std::string& bytes = peer_.received;
  demand(!spoiled_ || complete_ == bytes.size(), "no request follows an answer with more behind it", bytes);
  while (complete_ < bytes.size()) {
    latest_ = complete_;
    const auto end = request_end(bytes, complete_);
    if (latest_ >= begun_) begin_request(std::string_view(bytes).substr(latest_));
    const std::string_view request = std::string_view(bytes).substr(latest_, end.value_or(bytes.size()) - latest_);
    const auto found = tags_.find_all(request);
    for (const Tag& tag : found) {
      demand(tag.client == found.front().client, "a request is of one client alone", request);
    }
    if (!end) return;
    complete_ = *end;
  }
}

// Once its head has come.
void FuzzedEndpoint::begin_request(std::string_view request) {
  const std::size_t head_end = request.find("\r\n\r\n");
  if (head_end == std::string_view::npos) return;
  begun_ = latest_ + 1;
  const bool answered = answered_ == latest_ && held_back_.empty() && peer_.unsent() == 0;
  demand(spoke_by_hand_ || answered, "a connection is used again only after a whole answer", peer_.received);
  if (!half_closed_) on_request_(request.substr(0, head_end));
}

void FuzzedEndpoint::half_close() {
  half_closed_ = true;
  peer_.half_close();
}

std::string FuzzedEndpoint::tag_of(std::string_view request) const {
  const auto found = tags_.find_all(request);
  return found.empty() ? std::string() : tags_.text(found.front());
}

std::string FuzzedEndpoint::latest_tag() const {
  return unsure_ ? std::string() : tag_of(std::string_view(peer_.received).substr(latest_));
}

void FuzzedEndpoint::send_by_hand(std::string_view bytes) {
  take_in();
  spoke_by_hand_ = true;
  by_hand_ = peer_.received.size();
  unsure_ = unsure_ || complete_ < by_hand_;
  send_held_back();
  peer_.send(bytes);
}

void FuzzedEndpoint::send_held_back() {
  if (held_back_.empty()) return;
  peer_.send(std::exchange(held_back_, {}));
  end_answer(held_back_manner_);
}

// Some answers end with their connection.
void FuzzedEndpoint::end_answer(std::uint8_t manner) {
  if (manner % 8 == 2) half_close();
  if (manner % 8 == 3) peer_.close();
}

void FuzzedEndpoint::answer_all(std::uint8_t manner, bool half) {
  take_in();
  if (unsure_) return;
  send_held_back();
  while (answered_ < complete_) {
    const std::size_t end = *request_end(peer_.received, answered_);
    const std::string_view request = std::string_view(peer_.received).substr(answered_, end - answered_);
    if (answered_ >= by_hand_) answer(request, manner, half);
    answered_ = end;
  }
}

void FuzzedEndpoint::answer(std::string_view request, std::uint8_t manner, bool half) {
  const std::string tag = tag_of(request);
  std::string bytes;
  if (request.starts_with("HEAD ")) {
    bytes = "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n";
  } else {
    bytes = ready_response(tag, manner, tags_.size_field());
  }
  // Only where nobody else's request can be on it already, and in one piece with the answer.
  const bool spoils = (manner & 8) != 0 && manner % 8 != 7 && !half && by_hand_ == 0;
  if (spoils) bytes += framed_response(tag, "", "200 OK");
  spoiled_ = spoiled_ || spoils;
  peer_.send(std::string_view(bytes).substr(0, half ? bytes.size() / 2 : bytes.size()));
  if (!half) return end_answer(manner);
  held_back_ = bytes.substr(bytes.size() / 2);
  held_back_manner_ = request.starts_with("HEAD ") ? 0 : manner;
}

}  // namespace meshtwin
