// How the body of a request is taken off the client's bytes and handed to its exchange.
#include <algorithm>

#include "real/proxy/downstream.h"
#include "real/proxy/exchange.h"

namespace meshtwin {

void Downstream::request_is_whole() {
  state_ = State::response;
  deadline_ = kNever;
  exchange_->end_body();
}

bool Downstream::take_body() {
  if (bytes_.empty() || !exchange_->takes_body()) return false;
  if (framing_.kind == BodyFraming::Kind::chunked) return take_chunks();
  const std::string_view part = bytes_.substr(0, std::min<std::uint64_t>(bytes_.size(), body_left_));
  bytes_.remove_prefix(part.size());
  body_left_ -= part.size();
  moved_ += part.size();
  if (body_left_ == 0) state_ = State::response;
  exchange_->append_body(part);
  if (exchange_ == nullptr || body_left_ > 0) return exchange_ != nullptr;
  request_is_whole();
  return true;
}

bool Downstream::take_chunks() {
  const ChunkedDecoder::Step step = chunks_.decode(bytes_);
  bytes_.remove_prefix(step.consumed);
  moved_ += step.consumed;
  switch (step.kind) {
    case ChunkedDecoder::Kind::data: {
      std::string chunk;
      append_chunk_header(step.data.size(), chunk);
      chunk.append(step.data).append("\r\n");
      exchange_->append_body(chunk);
      return exchange_ != nullptr;
    }
    case ChunkedDecoder::Kind::more:
      return false;
    case ChunkedDecoder::Kind::end: {
      std::string last;
      append_last_chunk(chunks_.trailers(), last);
      state_ = State::response;
      exchange_->append_body(last);
      if (exchange_ != nullptr) request_is_whole();
      return true;
    }
    case ChunkedDecoder::Kind::error:
      break;
  }
  reject(400, "the body is not in valid chunks");
  return false;
}

void Downstream::resume_body() {
  if (state_ != State::body) return;
  if (in_.empty()) return update_interest();
  process_stored();
}

}  // namespace meshtwin
