// What recording costs an input, and how fast a journal is replayed: the same inputs through Calls, through
// RecordedCalls with a recorder, and through the Replayer. Processor time, medians of rounds that take turns.
// Ends with 1 when the replay diverges, or an input takes more bytes than promised.
//
// usage: meshtwin-journal-bench [INPUTS] [FOLDER]     FOLDER gets the journal as files, for `meshtwin replay`
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "tests/policies/journal/recorded_worker.h"
#include "tests/policies/journal/some_policies.h"

namespace meshtwin::test {
namespace {

constexpr double kBytesMax = 32;
constexpr std::size_t kChunkBytes = 65'536;
constexpr std::uint64_t kSegmentBytes = std::uint64_t{64} << 20;

// Takes everything and keeps nothing.
class NoSink final : public JournalSink {
 public:
  std::size_t chunk_bytes() const override { return kChunkBytes; }
  std::size_t free_chunks() const override { return 1'000; }
  std::span<std::byte> take() override { return chunk_; }
  void put(std::size_t, std::uint64_t) override {}

 private:
  std::vector<std::byte> chunk_ = std::vector<std::byte>(kChunkBytes);
};

double processor_nanoseconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

double time_of(const std::function<void()>& work) {
  const double began = processor_nanoseconds();
  work();
  return processor_nanoseconds() - began;
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

// The inputs of a journal of one upstream, with the ids of its calls.
std::vector<JournalRecord> inputs_of(const MemorySink& sink) {
  std::vector<JournalRecord> inputs;
  std::vector<std::uint32_t> generations;
  for (const auto& [number, bytes] : sink.segments) {
    MemorySource source(bytes);
    SegmentReader reader(source);
    RecordDecoder decoder;
    while (const auto message = reader.next().value()) {
      if (message->kind != MessageKind::records) continue;
      decoder.begin(message->payload);
      while (!decoder.at_end()) {
        JournalRecord& record = inputs.emplace_back(*decoder.next());
        if (generations.size() <= record.call.slot) generations.resize(record.call.slot + std::size_t{1});
        if (!record.stale) record.call.generation = generations[record.call.slot];
        for (const Output& output : record.outputs) {
          if (output.kind == Output::Kind::finish) ++generations[output.call.slot];
        }
        record.outputs = {};
      }
    }
  }
  return inputs;
}

void feed(RecordedCalls& calls, const JournalRecord& record) {
  switch (record.kind) {
    case JournalRecord::Kind::start:
      calls.start(record.now, record.begin);
      break;
    case JournalRecord::Kind::handle:
      calls.handle(record.now, record.call, record.attempt, record.input);
      break;
    case JournalRecord::Kind::handle_timeout:
      calls.handle_timeout(record.now, record.call);
      break;
    case JournalRecord::Kind::cancel:
      calls.cancel(record.now, record.call);
      break;
    case JournalRecord::Kind::forbid_retries:
      calls.forbid_retries(record.now, record.call);
      break;
    case JournalRecord::Kind::update_endpoints:
      calls.update_endpoints(record.now, record.membership);
      break;
    case JournalRecord::Kind::load_report:
      calls.handle_report(record.now, record.endpoint, record.report, record.report_for);
      break;
    case JournalRecord::Kind::endpoint_name:
      break;
  }
  calls.outputs().clear();
}

void report_cost(const MemorySink& sink, const PolicyConfig& policy) {
  constexpr int kRounds = 7;
  const std::vector<JournalRecord> inputs = inputs_of(sink);
  std::vector<double> plain;
  std::vector<double> recorded;
  for (int round = 0; round < kRounds; ++round) {
    const auto one = make_upstream(policy, 77);
    RecordedCalls without(*one);
    plain.push_back(time_of([&] {
      for (const JournalRecord& record : inputs) feed(without, record);
    }));
    const auto two = make_upstream(policy, 77);
    NoSink nowhere;
    JournalRecorder recorder(nowhere, {0, 0, "bench", kSegmentBytes, 0});
    RecordedCalls with(*two, recorder, {});
    recorded.push_back(time_of([&] {
      for (const JournalRecord& record : inputs) feed(with, record);
    }));
  }
  const double count = static_cast<double>(inputs.size());
  std::printf("an input: %.1f ns without a journal, %.1f ns with it\n", median(plain) / count,
              median(recorded) / count);
}

int run(std::uint64_t count, const std::string& folder) {
  const PolicyConfig policy = with_everything(LeastRequestConfig{});
  RecordedWorker small({policy}, LoadOptions{}, kChunkBytes, kSegmentBytes);
  small.load.run(500'000);
  small.recorder.finish();
  report_cost(small.sink, policy);

  RecordedWorker worker({policy, with_everything(RoundRobinConfig{}), PolicyConfig{}}, LoadOptions{},
                        kChunkBytes, kSegmentBytes);
  worker.load.run(count);
  worker.recorder.finish();
  const double bytes = static_cast<double>(worker.sink.bytes()) / static_cast<double>(worker.load.inputs());
  std::printf("%llu inputs, %llu decisions, %.2f bytes an input, %zu segments\n",
              static_cast<unsigned long long>(worker.load.inputs()),
              static_cast<unsigned long long>(worker.load.decisions()), bytes, worker.sink.segments.size());
  Result<ReplayReport> report = Error{"not replayed"};
  const double nanoseconds = time_of([&] { report = replay(worker.sink); });
  if (!report) return std::printf("replay: %s\n", report.error().message.c_str()), 1;
  std::printf("replay: %.2f s, %.1f ns an input, %llu divergences\n", nanoseconds * 1e-9,
              nanoseconds / static_cast<double>(worker.load.inputs()),
              static_cast<unsigned long long>(report.value().divergences));
  for (const auto& [number, segment] : worker.sink.segments) {
    if (folder.empty()) break;
    std::ofstream(folder + "/worker-3-" + std::to_string(number) + ".mtj", std::ios::binary)
        .write(reinterpret_cast<const char*>(segment.data()), static_cast<std::streamsize>(segment.size()));
  }
  return report.value().divergences == 0 && bytes <= kBytesMax ? 0 : 1;
}

}  // namespace
}  // namespace meshtwin::test

int main(int argc, char** argv) {
  const std::uint64_t inputs = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 10'000'000;
  return meshtwin::test::run(inputs, argc > 2 ? argv[2] : "");
}
