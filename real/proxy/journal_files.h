// The files of all workers' journals: journal-W-000001.mtj for worker W, segment by segment.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/journal/sink.h"
#include "core/result.h"
#include "real/proxy/background_writer.h"
#include "real/proxy/buffer_pool.h"
#include "real/proxy/config.h"
#include "real/proxy/segment_file.h"

namespace meshtwin {

// The writer's side. Files grow to what the recorder puts into a segment; the oldest ones, of whatever
// worker, are deleted where all together would be larger than bytes_max. One that is still being written
// never is.
class JournalFolder {
 public:
  // Looks at the folder, which has to be there and to be writable; what an earlier process left counts, too.
  // Errors read `FOLDER: what`.
  static Result<std::shared_ptr<JournalFolder>> open(const JournalConfig& config);

  // The number that a worker's next segment gets, so that no file of an earlier process is overwritten.
  std::uint64_t first_segment(std::uint32_t worker) const;
  // Appends all of the bytes to the segment's file, or none of them. In the writer's thread.
  bool write(std::uint32_t worker, std::uint64_t segment, const char* bytes, std::size_t count);

  std::uint64_t bytes_written() const { return written_.load(std::memory_order_relaxed); }
  std::uint64_t bytes_on_disk() const { return total_.load(std::memory_order_relaxed); }
  std::uint64_t write_errors() const { return write_errors_.load(std::memory_order_relaxed); }

 private:
  struct File {
    std::string name;
    std::uint64_t bytes = 0;
  };
  struct Open {
    std::uint64_t segment = 0;
    SegmentFile file;
    std::string name;
  };
  explicit JournalFolder(const JournalConfig& config) : config_(config) {}
  Open* open_segment(std::uint32_t worker, std::uint64_t segment);
  void make_room();
  bool is_open(const std::string& name) const;

  JournalConfig config_;
  std::deque<File> files_;  // oldest first
  std::map<std::uint32_t, std::uint64_t> last_segments_;
  std::map<std::uint32_t, Open> open_;
  std::atomic<std::uint64_t> total_{0};
  std::atomic<std::uint64_t> written_{0};
  std::atomic<std::uint64_t> write_errors_{0};
};

// One worker's side. Without a free chunk the recorder counts a loss; nothing waits. A chunk that can't be
// written, as where the disk is full, is kept with all that follow it and tried again: what the recorder loses
// meanwhile becomes a gap that it tells, and the journal goes on where it stopped.
class JournalFileSink final : public JournalSink {
 public:
  // `writer` must outlive this.
  JournalFileSink(std::shared_ptr<JournalFolder> folder, BackgroundWriter& writer, std::uint32_t worker);

  std::size_t chunk_bytes() const override { return pool_->bytes_each(); }
  std::size_t free_chunks() const override { return pool_->free(); }
  std::span<std::byte> take() override;
  void put(std::size_t bytes, std::uint64_t segment) override;
  // For now and then: tries again to write what couldn't be. put() does, too, but there may be no chunk to put.
  void retry();

 private:
  // Chunks on their way to the file; the writer's thread alone has them.
  struct Chunk {
    std::unique_ptr<Buffer> buffer;
    std::uint64_t segment = 0;
  };
  struct Queue {
    std::deque<Chunk> chunks;
    std::atomic<bool> stuck{false};  // for any thread: the first chunk couldn't be written
  };
  static void write_chunks(Queue& queue, JournalFolder& folder, BufferPool& pool, std::uint32_t worker);

  std::shared_ptr<JournalFolder> folder_;
  BackgroundWriter& writer_;
  std::uint32_t worker_;
  std::shared_ptr<BufferPool> pool_;
  std::shared_ptr<Queue> queue_ = std::make_shared<Queue>();
  std::unique_ptr<Buffer> out_;
};

}  // namespace meshtwin
