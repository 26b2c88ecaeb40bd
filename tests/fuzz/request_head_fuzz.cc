// Requests: the same result whole and in pieces; what is written of one is read with the same meaning.
#include "real/http/head_writer.h"
#include "real/http/path.h"
#include "tests/conformance/http1/codec_feed.h"
#include "tests/fuzz/fuzz_support.h"

namespace meshtwin {
namespace {

ParseResult parse(std::string_view bytes, RequestHead& head, HeadScan& scan) {
  HeadLimits limits;
  limits.bytes_max = 2000;
  limits.target_max = 500;
  limits.fields_max = 20;
  return parse_request_head(bytes, limits, head, scan);
}

// Names and values of fields that have to arrive, as the writer is to write them.
std::string text_of_others(const RequestHead& head) {
  std::string text;
  for (const HeaderField& field : head.fields) {
    bool named = false;
    for (const std::string_view option : head.connection_options) {
      named = named || equal_ignoring_case(option, field.name);
    }
    if (field.known == KnownHeader::other && !named) {
      text.append(field.name).append(": ").append(field.value).append("\n");
    }
  }
  return text;
}

void check_written(const RequestHead& head) {
  std::string target;
  RequestOptions options;
  options.target = head.target;
  if (canonical_target(head.target, target) > 0) options.target = target;
  std::string written;
  write_request_head(head, options, written);
  RequestHead again;
  HeadScan scan;
  const ParseResult result = parse_request_head(written, {}, again, scan);
  demand(result.status == ParseStatus::complete, "what was written is a request", written);
  demand(result.consumed == written.size(), "what was written is one request", written);
  demand(again.method_text == head.method_text && again.host == head.host, "the same request", written);
  demand(again.target == options.target, "the same target", written);
  demand(text_of(again.framing) == text_of(head.framing), "the same framing", written);
  demand(again.upgrade == head.upgrade && again.expects_continue == head.expects_continue, "the same wishes",
         written);
  demand_equal(text_of_others(head), text_of_others(again), "the same fields");
  std::string twice;
  write_request_head(again, options, twice);
  demand_equal(written, twice, "written twice, the same");

  options.via = "v";
  options.client_ip = "10.0.0.1";
  options.request_id = "i";
  options.traceparent = "t";
  std::string added;
  write_request_head(head, options, added);
  scan = {};
  demand(parse_request_head(added, {}, again, scan).consumed == added.size(),
         "with fields added, one request", added);
  demand(text_of(again.framing) == text_of(head.framing), "with fields added, the same framing", added);
}

}  // namespace
}  // namespace meshtwin

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace meshtwin;
  const FuzzInput input(data, size);
  RequestHead head;
  const std::string whole = parse_pieces(input.bytes, {}, head, parse);
  const std::string pieces = parse_pieces(input.bytes, cuts_of(input.bytes, input.steering), head, parse);
  demand_equal(whole, pieces, "the same whole and in pieces");
  HeadScan scan;
  if (parse(input.bytes, head, scan).status == ParseStatus::complete) check_written(head);
  return 0;
}
