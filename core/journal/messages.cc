#include "core/journal/messages.h"

#include <algorithm>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "core/bytes.h"
#include "core/journal/format.h"
#include "core/journal/record.h"

namespace meshtwin {
namespace {

constexpr std::size_t kTextBytesMax = std::size_t{1} << 20;
constexpr std::uint64_t kTimeMax = std::numeric_limits<std::int64_t>::max() - 1;
constexpr std::uint64_t kUint32Max = std::numeric_limits<std::uint32_t>::max();

void append_text(std::vector<std::byte>& out, std::string_view text) {
  append_varint(out, text.size());
  append_bytes(out, std::as_bytes(std::span(text)));
}

std::string read_text(ByteReader& reader, std::size_t bytes_max = kTextBytesMax) {
  const auto bytes = reader.bytes(reader.varint_up_to(bytes_max));
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

Time read_time(ByteReader& reader) {
  return Time(Duration(static_cast<std::int64_t>(reader.varint_up_to(kTimeMax))));
}

JournaledUpstream read_upstream(ByteReader& reader) {
  JournaledUpstream upstream;
  upstream.number = static_cast<std::uint32_t>(reader.varint_up_to(kUint32Max));
  upstream.name = read_text(reader);
  upstream.policy_text = read_text(reader);
  upstream.policy_sha256 = read_text(reader);
  upstream.seed = reader.word(8);
  for (std::uint64_t left = reader.varint(); left > 0 && !reader.failed(); --left) {
    const auto endpoint = static_cast<EndpointIndex>(reader.varint_up_to(kUint32Max));
    upstream.endpoint_names[endpoint] = read_text(reader, kEndpointNameBytesMax);
  }
  return upstream;
}

}  // namespace

std::vector<std::byte> encode_header(const SegmentHeader& header) {
  std::vector<std::byte> out;
  append_bytes(out, std::as_bytes(std::span(kJournalTitle)));
  append_varint(out, kJournalVersion);
  append_varint(out, header.worker);
  append_varint(out, header.segment);
  append_varint(out, zigzag(header.epoch_ns));
  append_text(out, header.program);
  append_varint(out, header.upstreams.size());
  for (const JournaledUpstream& upstream : header.upstreams) {
    append_varint(out, upstream.number);
    append_text(out, upstream.name);
    append_text(out, upstream.policy_text);
    append_text(out, upstream.policy_sha256);
    append_word(out, upstream.seed);
    append_varint(out, upstream.endpoint_names.size());
    for (const auto& [endpoint, name] : upstream.endpoint_names) {
      append_varint(out, endpoint);
      append_text(out, name);
    }
  }
  return out;
}

Result<SegmentHeader> decode_header(std::span<const std::byte> payload) {
  ByteReader reader(payload);
  const auto title = reader.bytes(kJournalTitle.size());
  if (!std::ranges::equal(title, std::as_bytes(std::span(kJournalTitle)))) {
    return Error{"this is no journal of meshtwin"};
  }
  const std::uint64_t version = reader.varint();
  if (version != kJournalVersion) {
    return Error{fmt::format("the journal's format is version {}, and this program reads version {}", version,
                             kJournalVersion)};
  }
  SegmentHeader header;
  header.worker = reader.varint();
  header.segment = reader.varint();
  header.epoch_ns = unzigzag(reader.varint());
  header.program = read_text(reader);
  for (std::uint64_t left = reader.varint(); left > 0 && !reader.failed(); --left) {
    header.upstreams.push_back(read_upstream(reader));
    const std::uint32_t number = header.upstreams.back().number;
    const auto same = [&](const JournaledUpstream& other) { return other.number == number; };
    if (std::ranges::count_if(header.upstreams, same) > 1) reader.fail();
  }
  if (reader.failed() || reader.left() > 0) return Error{"the segment's header makes no sense"};
  return header;
}

std::vector<std::byte> encode_gap(const JournalGap& gap) {
  std::vector<std::byte> out;
  append_varint(out, gap.inputs);
  append_varint(out, static_cast<std::uint64_t>(gap.from.time_since_epoch().count()));
  append_varint(out, static_cast<std::uint64_t>(gap.to.time_since_epoch().count()));
  return out;
}

Result<JournalGap> decode_gap(std::span<const std::byte> payload) {
  ByteReader reader(payload);
  JournalGap gap;
  gap.inputs = reader.varint();
  gap.from = read_time(reader);
  gap.to = read_time(reader);
  if (reader.failed() || reader.left() > 0 || gap.to < gap.from)
    return Error{"the gap record makes no sense"};
  return gap;
}

Result<Checkpoint> decode_checkpoint(std::span<const std::byte> payload) {
  ByteReader reader(payload);
  Checkpoint checkpoint;
  checkpoint.inputs = reader.varint();
  checkpoint.now = read_time(reader);
  while (reader.left() > 0) {
    CheckpointPart part;
    part.upstream = static_cast<std::uint32_t>(reader.varint_up_to(kUint32Max));
    part.state = reader.bytes(reader.varint());
    const auto same = [&](const CheckpointPart& other) { return other.upstream == part.upstream; };
    if (std::ranges::any_of(checkpoint.parts, same)) reader.fail();
    checkpoint.parts.push_back(part);
  }
  if (reader.failed()) return Error{"the checkpoint makes no sense"};
  return checkpoint;
}

}  // namespace meshtwin
