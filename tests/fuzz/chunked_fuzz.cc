// Bodies in chunks: the same result whole and in pieces; what was read and written anew is read as the same.
#include "tests/conformance/http1/codec_feed.h"
#include "tests/fuzz/fuzz_support.h"

namespace meshtwin {
namespace {

std::string written_anew(std::string_view bytes) {
  ChunkedDecoder decoder;
  std::string out;
  while (true) {
    const ChunkedDecoder::Step step = decoder.decode(bytes);
    bytes.remove_prefix(step.consumed);
    if (step.kind == ChunkedDecoder::Kind::end) break;
    demand(step.kind == ChunkedDecoder::Kind::data && !step.data.empty(), "data up to the end");
    append_chunk_header(step.data.size(), out);
    out.append(step.data).append("\r\n");
  }
  append_last_chunk(decoder.trailers(), out);
  return out.append(bytes);
}

}  // namespace
}  // namespace meshtwin

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace meshtwin;
  const FuzzInput input(data, size);
  const std::string whole = decode_pieces(input.bytes, {});
  const std::string pieces = decode_pieces(input.bytes, cuts_of(input.bytes, input.steering));
  demand_equal(whole, pieces, "the same whole and in pieces");
  if (whole.starts_with("end")) {
    demand_equal(whole, decode_pieces(written_anew(input.bytes), {}), "written anew, the same");
  }
  return 0;
}
