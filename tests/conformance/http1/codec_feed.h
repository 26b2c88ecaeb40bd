// Feeds the parsers whole and in pieces, and says what came of it as text that can be compared.
#pragma once

#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "real/http/chunked_decoder.h"
#include "real/http/head_parser.h"

namespace meshtwin {

// A copy that ends where its memory ends, so that sanitizers see a read beyond.
class ExactCopy {
 public:
  explicit ExactCopy(std::string_view bytes) : memory_(new char[bytes.size()]), size_(bytes.size()) {
    if (size_ > 0) std::memcpy(memory_.get(), bytes.data(), size_);
  }
  std::string_view view() const { return {memory_.get(), size_}; }

 private:
  std::unique_ptr<char[]> memory_;
  std::size_t size_;
};

inline std::string text_of(const BodyFraming& framing) {
  switch (framing.kind) {
    case BodyFraming::Kind::none:
      return "none";
    case BodyFraming::Kind::fixed:
      return std::to_string(framing.length);
    case BodyFraming::Kind::chunked:
      return "chunked";
    case BodyFraming::Kind::until_close:
      return "until close";
  }
  return {};
}

// What both kinds of heads have: "HTTP/1.1; body: none; keep; upgrade; Name: value, ...".
inline std::string text_of_message(const MessageHead& head) {
  std::string text = "HTTP/1." + std::to_string(head.minor_version) + "; body: " + text_of(head.framing);
  text.append(head.keep_alive ? "; keep" : "; close").append(head.upgrade ? "; upgrade" : "");
  for (const HeaderField& field : head.fields) {
    text.append("; ").append(field.name).append(": ").append(field.value);
  }
  for (const std::string_view option : head.connection_options) text.append("; option ").append(option);
  return text;
}

inline std::string text_of_head(const RequestHead& head) {
  std::string text(head.method_text);
  text.append(" ")
      .append(head.target)
      .append(" at ")
      .append(head.host)
      .append(head.expects_continue ? " (expects)" : "");
  return text + "; " + text_of_message(head);
}

inline std::string text_of_head(const ResponseHead& head) {
  return std::to_string(head.status) + " " + std::string(head.reason) + "; " + text_of_message(head);
}

// "incomplete", "error 400", or "complete, consumed 42: " and the head.
template <class Head>
std::string text_of(const ParseResult& result, const Head& head) {
  switch (result.status) {
    case ParseStatus::incomplete:
      return "incomplete";
    case ParseStatus::error:
      return "error " + std::to_string(result.answer) + " (" + std::string(result.reason) + ")";
    case ParseStatus::complete:
      return "complete, consumed " + std::to_string(result.consumed) + ": " + text_of_head(head);
  }
  return {};
}

// Calls `parse(bytes, head, scan)` with all prefixes of `bytes` that end at a cut, and at last with all of
// it, until it has a result. Every prefix lies in new memory, and `head` held something else before. An error
// in a later piece may be reported only when the head ends, so the end is added where the result is open.
template <class Head, class Parse>
std::string parse_pieces(std::string_view bytes, const std::vector<std::size_t>& cuts, Head& head,
                         const Parse& parse) {
  HeadScan scan;
  for (const std::size_t cut : cuts) {
    const ExactCopy prefix(bytes.substr(0, cut));
    const ParseResult result = parse(prefix.view(), head, scan);
    if (result.status != ParseStatus::incomplete) return text_of(result, head);
  }
  const ExactCopy whole(bytes);
  const ParseResult result = parse(whole.view(), head, scan);
  if (result.status == ParseStatus::incomplete && !cuts.empty()) {
    const ExactCopy ended(std::string(bytes) + "\r\n\r\n");
    const ParseResult end = parse(ended.view(), head, scan);
    HeadScan other_scan;
    if (end.status == ParseStatus::error &&
        parse(whole.view(), head, other_scan).status == ParseStatus::error) {
      return text_of(end, head);
    }
  }
  return text_of(result, head);
}

inline std::vector<std::size_t> every_byte(std::string_view bytes) {
  std::vector<std::size_t> cuts;
  for (std::size_t cut = 1; cut < bytes.size(); ++cut) cuts.push_back(cut);
  return cuts;
}

// The result for `bytes` whole; where any way to cut them gives another one, a text that says so.
template <class Head, class Parse>
std::string parse_all_ways(std::string_view bytes, const Parse& parse) {
  Head head;
  const std::string whole = parse_pieces(bytes, {}, head, parse);
  if (const std::string got = parse_pieces(bytes, every_byte(bytes), head, parse); got != whole) {
    return "byte by byte: " + got + "; whole: " + whole;
  }
  for (const std::size_t cut : every_byte(bytes)) {
    if (const std::string got = parse_pieces(bytes, {cut}, head, parse); got != whole) {
      return "cut at " + std::to_string(cut) + ": " + got + "; whole: " + whole;
    }
  }
  return whole;
}

inline std::string request_all_ways(std::string_view bytes, const HeadLimits& limits = {}) {
  return parse_all_ways<RequestHead>(bytes, [&](std::string_view part, RequestHead& head, HeadScan& scan) {
    return parse_request_head(part, limits, head, scan);
  });
}

inline std::string response_all_ways(std::string_view bytes, Method method = Method::get,
                                     const HeadLimits& limits = {}) {
  return parse_all_ways<ResponseHead>(bytes, [&](std::string_view part, ResponseHead& head, HeadScan& scan) {
    return parse_response_head(part, limits, method, head, scan);
  });
}

// Feeds `bytes` cut at `cuts`: "end" or "more" or "error", then the data in brackets, the trailers, and what
// is left over behind the end.
inline std::string decode_pieces(std::string_view bytes, std::vector<std::size_t> cuts) {
  ChunkedDecoder decoder;
  std::string data;
  cuts.push_back(bytes.size());
  std::size_t begin = 0;
  for (const std::size_t cut : cuts) {
    const ExactCopy piece(bytes.substr(begin, cut - begin));
    std::string_view rest = piece.view();
    while (true) {
      const ChunkedDecoder::Step step = decoder.decode(rest);
      rest.remove_prefix(step.consumed);
      data.append(step.data);
      if (step.kind == ChunkedDecoder::Kind::data) continue;
      if (step.kind == ChunkedDecoder::Kind::more && rest.empty()) break;
      if (step.kind == ChunkedDecoder::Kind::more) return "more, but not all is taken";
      if (step.kind == ChunkedDecoder::Kind::error) return "error [" + data + "]";
      const std::string left(bytes.substr(cut - rest.size()));
      return "end [" + data + "] " + std::string(decoder.trailers()) + (left.empty() ? "" : "left: " + left);
    }
    begin = cut;
  }
  return "more [" + data + "]";
}

inline std::string decode_all_ways(std::string_view bytes) {
  const std::string whole = decode_pieces(bytes, {});
  if (const std::string got = decode_pieces(bytes, every_byte(bytes)); got != whole) {
    return "byte by byte: " + got + "; whole: " + whole;
  }
  for (const std::size_t cut : every_byte(bytes)) {
    if (const std::string got = decode_pieces(bytes, {cut}); got != whole) {
      return "cut at " + std::to_string(cut) + ": " + got + "; whole: " + whole;
    }
  }
  return whole;
}

}  // namespace meshtwin
