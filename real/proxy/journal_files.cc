#include "real/proxy/journal_files.h"

#include <fcntl.h>
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
  if (open.fd.valid() && open.segment == segment) return &open;
  open.segment = segment;
  open.name = file_name(worker, segment);
  const std::string path = fmt::format("{}/{}", config_.folder, open.name);
  open.fd = Fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640));
  if (!open.fd.valid()) return nullptr;
  const bool known =
      std::any_of(files_.begin(), files_.end(), [&](const File& file) { return file.name == open.name; });
  if (!known) files_.push_back({open.name, 0});
  return &open;
}

void JournalFolder::write(std::uint32_t worker, std::uint64_t segment, const char* bytes, std::size_t count) {
  const Open* open = open_segment(worker, segment);
  std::size_t written = 0;
  while (open != nullptr && written < count) {
    const ssize_t more = ::write(open->fd.get(), bytes + written, count - written);
    if (more < 0 && errno == EINTR) continue;
    if (more <= 0) break;
    written += static_cast<std::size_t>(more);
  }
  if (written < count) write_errors_.fetch_add(1, std::memory_order_relaxed);
  if (open == nullptr) return;
  const auto file =
      std::find_if(files_.rbegin(), files_.rend(), [&](const File& one) { return one.name == open->name; });
  file->bytes += written;
  total_.fetch_add(written, std::memory_order_relaxed);
  written_.fetch_add(written, std::memory_order_relaxed);
  make_room();
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
  std::shared_ptr<Buffer> full = std::move(out_);
  writer_.run([full, bytes, segment, folder = folder_, pool = pool_, worker = worker_] {
    folder->write(worker, segment, full->bytes.data(), bytes);
    auto empty = std::make_unique<Buffer>(0);
    std::swap(*empty, *full);
    pool->give_back(std::move(empty));
  });
}

}  // namespace meshtwin
