// Records as bytes and back, and how many bytes they take.
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "core/journal/record.h"
#include "core/random/stream.h"

namespace meshtwin {
namespace {

// Values at the edges of varints, and their neighbours.
std::uint64_t some_number(RandomStream& random, std::uint64_t max) {
  const std::uint64_t number = random.next() >> random.below(64);
  return max == ~std::uint64_t{0} ? number : number % (max + 1);
}

Time some_time(RandomStream& random) {
  const std::uint64_t number = some_number(random, (std::uint64_t{1} << 62) - 1);
  return random.below(8) == 0 ? kNever : Time(Duration(static_cast<std::int64_t>(number)));
}

Output some_output(RandomStream& random, const JournalRecord& record) {
  Output output;
  output.kind = static_cast<Output::Kind>(random.below(5));
  output.call.slot =
      random.below(2) == 0 ? record.call.slot : static_cast<std::uint32_t>(some_number(random, ~0u));
  if (output.kind == Output::Kind::finish) {
    output.outcome = {static_cast<FailureKind>(random.below(kFailureKinds)),
                      static_cast<std::uint16_t>(random.below(2) == 0 ? 200 : random.below(65536)),
                      static_cast<std::uint8_t>(random.below(256))};
    return output;
  }
  if (output.kind == Output::Kind::start_probe) {
    output.call = {};
    output.asks = random.below(2) == 0 ? ReportFor::policy : ReportFor::shadow;
    output.endpoint = static_cast<EndpointIndex>(some_number(random, ~0u));
    output.at = random.below(2) == 0 ? some_time(random) : record.now + std::chrono::seconds(1);
    return output;
  }
  const bool wake = output.kind == Output::Kind::wake_at;
  if (!wake) output.endpoint = static_cast<EndpointIndex>(some_number(random, ~0u));
  if (!wake) output.attempt = static_cast<std::uint8_t>(random.below(8));
  if (output.kind == Output::Kind::cancel_attempt) {
    output.failed = random.below(2) == 0;
    return output;
  }
  const Time choices[] = {some_time(random), record.now, record.now + std::chrono::milliseconds(250)};
  output.at = choices[random.below(3)];
  return output;
}

struct Written {
  JournalRecord record;
  std::vector<Output> outputs;
  std::string name;
};

Written some_record(RandomStream& random, Time now) {
  Written written;
  JournalRecord& record = written.record;
  record.kind = static_cast<JournalRecord::Kind>(random.below(8));
  record.upstream = static_cast<std::uint32_t>(random.below(3));
  record.now = now;
  if (record.kind < JournalRecord::Kind::update_endpoints) {
    record.call.slot = static_cast<std::uint32_t>(some_number(random, ~0u));
    record.stale = random.below(4) == 0;
    if (record.stale) record.call.generation = static_cast<std::uint32_t>(some_number(random, ~0u));
  }
  if (record.kind == JournalRecord::Kind::start) {
    record.begin = {some_time(random), random.below(2) == 0};
    if (random.below(2) == 0) record.begin.key = random.next();
    record.begin.urgency = static_cast<std::uint8_t>(random.below(CallStart::kUrgencies));
  }
  if (record.kind == JournalRecord::Kind::handle) {
    record.attempt = static_cast<std::uint8_t>(random.below(256));
    record.input = {static_cast<AttemptInput::Kind>(random.below(4)), random.below(2) == 0, 0,
                    FailureKind::none};
    if (record.input.kind == AttemptInput::Kind::failed) {
      record.input.failure = static_cast<FailureKind>(random.below(kFailureKinds));
    }
    if (record.input.kind == AttemptInput::Kind::response_head) {
      const auto wish = static_cast<std::int64_t>(random.next());
      if (random.below(3) == 0) record.input.retry_after = Duration(random.below(2) == 0 ? wish : wish >> 40);
      record.input.status =
          static_cast<std::uint16_t>(random.below(2) == 0 ? 200 : 200 + random.below(65336));
    }
  }
  if (record.kind == JournalRecord::Kind::update_endpoints) {
    std::vector<Member> members;
    for (EndpointIndex e = 0; e < 300; ++e) {
      if (random.below(3) > 0) {
        members.push_back({e, static_cast<std::uint32_t>(some_number(random, ~0u)), random.below(2) == 0});
        members.back().draining = random.below(4) == 0;
        if (random.below(2) == 0) members.back().priority = static_cast<std::uint8_t>(random.below(256));
        if (random.below(2) == 0) members.back().locality = static_cast<LocalityIndex>(some_number(random, ~0u));
      }
    }
    record.membership = std::make_shared<const Membership>(members);
  }
  if (record.kind == JournalRecord::Kind::load_report) {
    record.endpoint = static_cast<EndpointIndex>(some_number(random, ~0u));
    record.report_for = static_cast<ReportFor>(random.below(3));
    LoadReport& report = record.report;
    for (double* number : {&report.application_utilization, &report.cpu_utilization, &report.requests_per_second,
                           &report.errors_per_second}) {
      if (random.below(2) == 0) *number = random.unit() * 1e9;
    }
    if (random.below(2) == 0) report.in_flight = static_cast<std::uint32_t>(some_number(random, ~0u));
    if (random.below(2) == 0) report.latency = Duration(static_cast<std::int64_t>(random.below(1'000'000'000)));
    if (random.below(2) == 0) report.service_time = Duration(static_cast<std::int64_t>(random.below(1'000'000)));
  }
  if (record.kind == JournalRecord::Kind::endpoint_name) {
    record.endpoint = static_cast<EndpointIndex>(random.below(1000));
    written.name = std::string(random.below(100), 'n');
  } else {
    for (std::uint64_t n = random.below(10); n > 0; --n)
      written.outputs.push_back(some_output(random, record));
  }
  return written;
}

void check_equal(const Output& read, const Output& written) {
  REQUIRE(read.kind == written.kind);
  REQUIRE(read.call.slot == written.call.slot);
  REQUIRE(read.attempt == written.attempt);
  REQUIRE(read.failed == written.failed);
  REQUIRE(read.asks == written.asks);
  REQUIRE(read.endpoint == written.endpoint);
  REQUIRE(read.at == written.at);
  REQUIRE(read.outcome.failure == written.outcome.failure);
  REQUIRE(read.outcome.status == written.outcome.status);
  REQUIRE(read.outcome.attempts == written.outcome.attempts);
}

void check_equal(const JournalRecord& read, const Written& written) {
  const JournalRecord& record = written.record;
  REQUIRE(read.kind == record.kind);
  REQUIRE(read.upstream == record.upstream);
  REQUIRE(read.now == record.now);
  REQUIRE(read.call == record.call);
  REQUIRE(read.stale == record.stale);
  if (read.kind == JournalRecord::Kind::start) {
    REQUIRE(read.begin.deadline == record.begin.deadline);
    REQUIRE(read.begin.idempotent == record.begin.idempotent);
    REQUIRE(read.begin.key == record.begin.key);
    REQUIRE(read.begin.urgency == record.begin.urgency);
  }
  if (read.kind == JournalRecord::Kind::handle) {
    REQUIRE(read.attempt == record.attempt);
    REQUIRE(read.input.kind == record.input.kind);
    REQUIRE(read.input.end_of_stream == record.input.end_of_stream);
    REQUIRE(read.input.status == record.input.status);
    REQUIRE(read.input.failure == record.input.failure);
    REQUIRE(read.input.retry_after == record.input.retry_after);
  }
  if (read.kind == JournalRecord::Kind::update_endpoints) {
    REQUIRE(read.membership->endpoints() == record.membership->endpoints());
    for (const EndpointIndex e : read.membership->endpoints()) {
      REQUIRE(read.membership->weight(e) == record.membership->weight(e));
      REQUIRE(read.membership->healthy(e) == record.membership->healthy(e));
      REQUIRE(read.membership->draining(e) == record.membership->draining(e));
      REQUIRE(read.membership->priority(e) == record.membership->priority(e));
      REQUIRE(read.membership->locality(e) == record.membership->locality(e));
    }
  }
  if (read.kind == JournalRecord::Kind::load_report) {
    REQUIRE(read.endpoint == record.endpoint);
    REQUIRE(read.report == record.report);
    REQUIRE(read.report_for == record.report_for);
  }
  if (read.kind == JournalRecord::Kind::endpoint_name) {
    REQUIRE(read.endpoint == record.endpoint);
    REQUIRE(read.name == written.name);
  }
  REQUIRE(read.outputs.size() == written.outputs.size());
  for (std::size_t i = 0; i < read.outputs.size(); ++i) check_equal(read.outputs[i], written.outputs[i]);
}

TEST_CASE("Records are read back as they were written") {
  RandomStream random(1);
  RecordEncoder encoder;
  RecordDecoder decoder;
  RecordHistory histories[3];
  for (int message = 0; message < 200; ++message) {
    Time now(Duration(static_cast<std::int64_t>(some_number(random, std::uint64_t{1} << 60))));
    std::vector<std::byte> bytes(RecordEncoder::kBeginBytesMax);
    bytes.resize(static_cast<std::size_t>(encoder.begin(bytes.data(), 7, now) - bytes.data()));
    std::vector<Written> written;
    for (int i = 0; i < 50; ++i) {
      if (i > 0) now += Duration(static_cast<std::int64_t>(some_number(random, 1'000'000)));
      Written& last = written.emplace_back(some_record(random, now));
      last.record.outputs = last.outputs;
      last.record.name = last.name;
      const std::size_t before = bytes.size();
      const std::size_t bytes_max = RecordEncoder::bytes_max(last.record);
      bytes.resize(before + bytes_max);
      std::byte* end = encoder.encode(bytes.data() + before, last.record, histories[last.record.upstream]);
      bytes.resize(static_cast<std::size_t>(end - bytes.data()));
      REQUIRE(bytes.size() - before <= bytes_max);
      last.record.outputs = {};
      last.record.name = {};
    }
    REQUIRE(decoder.begin(bytes));
    REQUIRE(decoder.inputs() == 7);
    std::uint64_t inputs = 7;
    for (const Written& expected : written) {
      const JournalRecord* read = decoder.next();
      REQUIRE(read != nullptr);
      check_equal(*read, expected);
      inputs += read->kind != JournalRecord::Kind::endpoint_name ? 1 : 0;
      REQUIRE(decoder.inputs() == inputs);
    }
    REQUIRE(decoder.at_end());
  }
}

}  // namespace
}  // namespace meshtwin
