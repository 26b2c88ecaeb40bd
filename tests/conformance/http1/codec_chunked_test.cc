// Bodies in chunks: what comes of them, and what is refused.
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "tests/conformance/http1/codec_feed.h"

namespace meshtwin {
namespace {

using namespace std::string_literals;

TEST_CASE("chunks give their data, and the end leaves what follows alone") {
  CHECK(decode_all_ways("5\r\nhello\r\n0\r\n\r\n") == "end [hello] ");
  CHECK(decode_all_ways("0\r\n\r\n") == "end [] ");
  CHECK(decode_all_ways("1\r\na\r\n2\r\nbc\r\n000\r\n\r\n") == "end [abc] ");
  CHECK(decode_all_ways("a\r\n0123456789\r\nA\r\n0123456789\r\n0\r\n\r\n") == "end [01234567890123456789] ");
  CHECK(decode_all_ways("000000000000005\r\nhello\r\n0\r\n\r\n") == "end [hello] ");
  CHECK(decode_all_ways("2\r\n\r\n\r\n0\r\n\r\n") == "end [\r\n] ");
  CHECK(decode_all_ways("3\r\n\0\n\r\r\n0\r\n\r\n"s) == "end [\0\n\r] "s);
  CHECK(decode_all_ways("1\r\na\r\n0\r\n\r\nGET / HTTP/1.1\r\n") == "end [a] left: GET / HTTP/1.1\r\n");
  CHECK(decode_all_ways("0\r\n\r\n\r\n") == "end [] left: \r\n");
}

TEST_CASE("chunks that aren't complete need more") {
  const std::string whole = "5;a=b\r\nhello\r\n0\r\nA: b\r\n\r\n";
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CHECK(decode_all_ways(whole.substr(0, size)).starts_with("more ["));
  }
  CHECK(decode_all_ways("fffffffffffffff\r\nx") == "more [x]");
}

TEST_CASE("chunk extensions are dropped") {
  CHECK(decode_all_ways("1;a\r\nx\r\n0;b=c\r\n\r\n") == "end [x] ");
  CHECK(decode_all_ways("1 ; a = \"b;\xc3\xa9\"\r\nx\r\n0\t;b\r\n\r\n") == "end [x] ");
  CHECK(decode_all_ways("1;\r\nx\r\n0\r\n\r\n") == "end [x] ");
}

TEST_CASE("chunks are refused where another parser could see another size or end") {
  const std::vector<std::string> refused = {
      "\r\n",
      "\n",
      " 5\r\nhello",
      "\t5\r\nhello",
      "+5\r\nhello",
      "-5\r\nhello",
      "-0\r\n\r\n",
      "0x5\r\nhello",
      "5h\r\nhello",
      "g\r\n",
      "5 \r\nhello",
      "5\t\r\nhello",
      "5 5\r\nhello",
      "5 a\r\nhello",
      "5,5\r\nhello",
      "5\nhello",
      "5\n\nhello",
      "5\r\r\nhello",
      "5\rhello",
      "5;a\nhello",
      "5;a\rb\r\nhello",
      "5;\0\r\nhello"s,
      "5;\x7f\r\nhello",
      ";a\r\n",
      "5\r\nhelloo\r\n",
      "5\r\nhello\n0\r\n\r\n",
      "5\r\nhello\r0\r\n\r\n",
      "5\r\nhello0\r\n\r\n",
      "5\r\nhello\n\r0\r\n\r\n",
      "5\r\nhell\r\n0\r\n\r\n",
      "0\n\n",
      "0\r\n\n",
      "0\r\n\r\r",
      "0\r\nA\r\n\r\n",
      "0\r\n: b\r\n\r\n",
      "0\r\nA : b\r\n\r\n",
      "0\r\nA: b\r\n c\r\n\r\n",
      "0\r\n A: b\r\n\r\n",
      "0\r\nA: b\n\r\n",
      "0\r\nA: b\rc\r\n\r\n",
      "0\r\nA: \0\r\n\r\n"s,
      "0\r\nGET / HTTP/1.1\r\n\r\n",
      "0000000000000005\r\nhello",
      "10000000000000000\r\n",
      "ffffffffffffffff\r\n",
      "fffffffffffffffff\r\n",
      "00000000000000000000000000000000000000005\r\nhello",
  };
  for (const std::string& bytes : refused) {
    INFO(bytes);
    CHECK(decode_all_ways(bytes).starts_with("error ["));
  }
}

TEST_CASE("a decoder that has refused something takes nothing more") {
  ChunkedDecoder decoder;
  CHECK(decoder.decode("x").kind == ChunkedDecoder::Kind::error);
  CHECK(decoder.decode("5\r\nhello\r\n0\r\n\r\n").kind == ChunkedDecoder::Kind::error);
}

TEST_CASE("trailers are kept but for fields that frame, route or authorise") {
  CHECK(decode_all_ways("0\r\nDigest: x\r\nServer-Timing:  y \r\n\r\n") ==
        "end [] Digest: x\r\nServer-Timing:  y \r\n");
  for (const std::string name :
       {"Content-Length", "Transfer-Encoding", "Host", "Connection", "Trailer", "TE", "Upgrade", "Via",
        "X-Forwarded-For", "x-request-id", "Authorization", "Cookie", "Set-Cookie", "Content-Type",
        "Content-Encoding", "Proxy-Authorization", "Expect", "Max-Forwards"}) {
    INFO(name);
    CHECK(decode_all_ways("0\r\nA: b\r\n" + name + ": 5\r\nC: d\r\n\r\n") == "end [] A: b\r\nC: d\r\n");
  }
}

TEST_CASE("extensions and trailers of a body are bounded, all together") {
  const auto extension = [](std::size_t size) {
    return "1;" + std::string(size, 'a') + "\r\nx\r\n0\r\n\r\n";
  };
  CHECK(decode_pieces(extension(4096), {}) == "end [x] ");
  CHECK(decode_pieces(extension(4097), {}) == "error []");
  CHECK(decode_pieces("1;" + std::string(100'000, 'a'), {}) == "error []");
  CHECK(decode_pieces("1" + std::string(100'000, ' '), {}) == "error []");
  std::string many;
  for (int i = 0; i < 5000; ++i) many.append("1;a\r\nx\r\n");
  CHECK(decode_pieces(many, {}).starts_with("error [xxx"));

  const auto trailer = [](std::size_t size) { return "0\r\nA: " + std::string(size, 'a') + "\r\n\r\n"; };
  const std::size_t rest = std::string("A: \r\n\r\n").size();
  CHECK(decode_pieces(trailer(16 * 1024 - rest), {}).starts_with("end [] A: aaa"));
  CHECK(decode_pieces(trailer(16 * 1024 - rest + 1), {}) == "error []");
  CHECK(decode_pieces("0\r\nA: " + std::string(200'000, 'a'), {}) == "error []");
}

TEST_CASE("what the encoder writes, the decoder reads") {
  std::string bytes;
  std::string data;
  for (const std::size_t size : {1u, 9u, 10u, 15u, 16u, 255u, 256u, 65'536u}) {
    const std::string part(size, static_cast<char>('a' + size % 26));
    append_chunk_header(size, bytes);
    bytes.append(part).append("\r\n");
    data.append(part);
  }
  append_last_chunk("A: b\r\n", bytes);
  CHECK(decode_pieces(bytes, {}) == "end [" + data + "] A: b\r\n");
  CHECK(decode_pieces(bytes, every_byte(bytes)) == "end [" + data + "] A: b\r\n");
}

}  // namespace
}  // namespace meshtwin
