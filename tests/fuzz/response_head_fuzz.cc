// Responses: the same result whole and in pieces; what is written of one is read with the same meaning.
#include "real/http/head_writer.h"
#include "tests/conformance/http1/codec_feed.h"
#include "tests/fuzz/fuzz_support.h"

namespace meshtwin {
namespace {

void check_written(const ResponseHead& head, Method method, std::uint8_t client_minor_version) {
  std::string written;
  ResponseOptions options;
  options.client_minor_version = client_minor_version;
  options.keep_alive = head.keep_alive;
  options.via = "v";
  BodyFraming::Kind kind = BodyFraming::Kind::none;
  if (head.status < 200) {
    write_interim_head(head, written);
  } else {
    kind = write_response_head(head, options, written);
  }

  ResponseHead again;
  HeadScan scan;
  const ParseResult result = parse_response_head(written, {}, method, again, scan);
  demand(result.status == ParseStatus::complete, "what was written is a response", written);
  demand(result.consumed == written.size(), "what was written is one response", written);
  demand(again.status == head.status && again.reason == head.reason, "the same status", written);
  demand(again.framing.kind == kind, "framed as the writer says", written);
  demand(kind != BodyFraming::Kind::fixed || again.framing.length == head.framing.length, "the same length",
         written);
  demand(client_minor_version == 1 || kind != BodyFraming::Kind::chunked, "no chunks for HTTP/1.0", written);
  const std::string_view length = value_of(head, KnownHeader::content_length);
  const bool names_length = head.status >= 200 && head.status != 204 && !length.empty();
  demand(names_length == !value_of(again, KnownHeader::content_length).empty(),
         "a length where there was one", written);
}

}  // namespace
}  // namespace meshtwin

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace meshtwin;
  const FuzzInput input(data, size);
  const Method method = (input.steering & 1) != 0 ? Method::head : Method::get;
  const auto parse = [&](std::string_view bytes, ResponseHead& head, HeadScan& scan) {
    HeadLimits limits;
    limits.bytes_max = 2000;
    limits.fields_max = 20;
    return parse_response_head(bytes, limits, method, head, scan);
  };
  ResponseHead head;
  const std::string whole = parse_pieces(input.bytes, {}, head, parse);
  const std::string pieces = parse_pieces(input.bytes, cuts_of(input.bytes, input.steering), head, parse);
  demand_equal(whole, pieces, "the same whole and in pieces");
  HeadScan scan;
  if (parse(input.bytes, head, scan).status == ParseStatus::complete) {
    check_written(head, method, (input.steering & 2) != 0 ? 0 : 1);
  }
  return 0;
}
