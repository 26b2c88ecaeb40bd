#include "real/proxy/journal_files.h"

#include <unistd.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <optional>
#include <tuple>
#include <utility>

#include <fmt/format.h>

namespace meshtwin {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kChunks = 16;
constexpr std::size_t kChunkBytes = 256 * 1024;

std::string file_name(std::uint32_t worker, std::uint64_t segment) {
  return fmt::format("journal-{}-{:06}.mtj", worker, segment);
}

struct SegmentName {
  std::uint32_t worker;
  std::uint64_t segment;
};

// Of a name that file_name could have made.
std::optional<SegmentName> parse_name(const std::string& name) {
  SegmentName out{};
  constexpr std::string_view kStart = "journal-";
  if (!name.starts_with(kStart)) return std::nullopt;
  const char* end = name.data() + name.size();
  const auto worker = std::from_chars(name.data() + kStart.size(), end, out.worker);
  if (worker.ec != std::errc{} || worker.ptr == end || *worker.ptr != '-') return std::nullopt;
  const auto segment = std::from_chars(worker.ptr + 1, end, out.segment);
  if (segment.ec != std::errc{} || file_name(out.worker, out.segment) != name) return std::nullopt;
  return out;
}

}  // namespace

Result<std::shared_ptr<JournalFolder>> JournalFolder::open(const JournalConfig& config) {
  std::shared_ptr<JournalFolder> out(new JournalFolder(config));
  const auto problem = [&](const std::string& what) {
    return Error{
        fmt::format("{}: the journal can't be written there ({}); make the folder, or name another one",
                    config.folder, what)};
  };
  if (access(config.folder.c_str(), W_OK | X_OK) != 0) return problem(std::strerror(errno));
  std::error_code error;
  std::vector<std::pair<fs::file_time_type, File>> found;
  for (fs::directory_iterator it(config.folder, error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    const std::optional<SegmentName> parsed = parse_name(name);
    if (!parsed) continue;
    std::error_code ignored;
    found.push_back({it->last_write_time(ignored), {name, it->file_size(ignored)}});
    std::uint64_t& last = out->last_segments_[parsed->worker];
    last = std::max(last, parsed->segment);
  }
  if (error) return problem(error.message());
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) {
    return std::tie(a.first, a.second.name) < std::tie(b.first, b.second.name);
  });
  for (auto& [time, file] : found) {
    out->total_ += file.bytes;
    out->files_.push_back(std::move(file));
  }
  return out;
}

std::uint64_t JournalFolder::first_segment(std::uint32_t worker) const {
  const auto last = last_segments_.find(worker);
  return last == last_segments_.end() ? 1 : last->second + 1;
}

JournalFolder::Open* JournalFolder::open_segment(std::uint32_t worker, std::uint64_t segment) {
  Open& open = open_[worker];
  if (open.file.is_open() && open.segment == segment) return &open;
  open.segment = segment;
  open.name = file_name(worker, segment);
  open.file = SegmentFile(fmt::format("{}/{}", config_.folder, open.name));
  if (!open.file.is_open()) return nullptr;
  const bool known =
      std::any_of(files_.begin(), files_.end(), [&](const File& file) { return file.name == open.name; });
  if (!known) files_.push_back({open.name, 0});
  return &open;
}

bool JournalFolder::write(std::uint32_t worker, std::uint64_t segment, const char* bytes, std::size_t count) {
  Open* open = open_segment(worker, segment);
  if (open == nullptr || !open->file.append(bytes, count)) {
    write_errors_.fetch_add(1, std::memory_order_relaxed);
    return false;
  }
  const auto file =
      std::find_if(files_.rbegin(), files_.rend(), [&](const File& one) { return one.name == open->name; });
  file->bytes += count;
  total_.fetch_add(count, std::memory_order_relaxed);
  written_.fetch_add(count, std::memory_order_relaxed);
  make_room();
  return true;
}

bool JournalFolder::is_open(const std::string& name) const {
  return std::any_of(open_.begin(), open_.end(), [&](const auto& open) { return open.second.name == name; });
}

void JournalFolder::make_room() {
  for (auto file = files_.begin(); total_ > config_.bytes_max && file != files_.end();) {
    if (is_open(file->name)) {
      ++file;
      continue;
    }
    ::unlink(fmt::format("{}/{}", config_.folder, file->name).c_str());
    total_.fetch_sub(file->bytes, std::memory_order_relaxed);
    file = files_.erase(file);
  }
}

JournalFileSink::JournalFileSink(std::shared_ptr<JournalFolder> folder, BackgroundWriter& writer,
                                 std::uint32_t worker)
    : folder_(std::move(folder)),
      writer_(writer),
      worker_(worker),
      pool_(std::make_shared<BufferPool>(kChunks, kChunkBytes)) {}

std::span<std::byte> JournalFileSink::take() {
  assert(!out_);
  out_ = pool_->take();
  if (!out_) return {};
  return {reinterpret_cast<std::byte*>(out_->bytes.data()), out_->bytes.size()};
}

void JournalFileSink::put(std::size_t bytes, std::uint64_t segment) {
  assert(out_);
  out_->used = bytes;
  // A job has to be one that can be copied.
  auto full = std::make_shared<Chunk>(Chunk{std::move(out_), segment});
  writer_.run([full, queue = queue_, folder = folder_, pool = pool_, worker = worker_] {
    queue->chunks.push_back(std::move(*full));
    write_chunks(*queue, *folder, *pool, worker);
  });
}

void JournalFileSink::retry() {
  // Only one at a time may wait for its turn, however long the disk takes.
  if (!queue_->stuck.exchange(false)) return;
  writer_.run([queue = queue_, folder = folder_, pool = pool_, worker = worker_] {
    write_chunks(*queue, *folder, *pool, worker);
  });
}

void JournalFileSink::write_chunks(Queue& queue, JournalFolder& folder, BufferPool& pool,
                                   std::uint32_t worker) {
  while (!queue.chunks.empty()) {
    Chunk& first = queue.chunks.front();
    if (!folder.write(worker, first.segment, first.buffer->bytes.data(), first.buffer->used)) {
      queue.stuck = true;
      return;
    }
    pool.give_back(std::move(first.buffer));
    queue.chunks.pop_front();
  }
}

}  // namespace meshtwin
