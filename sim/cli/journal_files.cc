#include "sim/cli/journal_files.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "core/journal/messages.h"

namespace meshtwin {
namespace {

namespace fs = std::filesystem;

// None where the file ends before its header does. Errors leave it to the caller to name the file.
Result<std::optional<SegmentHeader>> header_of(const std::string& path) {
  FileSource source(path);
  if (!source.ok()) return Error{"it can't be read"};
  SegmentReader reader(source);
  const Result<std::optional<JournalMessage>> first = reader.next();
  if (!first) return first.error();
  if (!first.value()) return std::optional<SegmentHeader>();
  if (first.value()->kind != MessageKind::header) return Error{"offset 0: it begins without a header"};
  Result<SegmentHeader> header = decode_header(first.value()->payload);
  if (!header) return Error{fmt::format("offset {}: {}", first.value()->offset, header.error().message)};
  return std::optional(std::move(header).value());
}

// A damaged journal may still be known by its name.
bool is_taken_for_a_journal(const std::string& path) {
  if (path.ends_with(".mtj")) return true;
  FileSource source(path);
  std::array<std::byte, kFrameHeaderBytes> bytes;
  FrameHeader header;
  const std::size_t had = source.read(bytes);
  return had == 0 || (had == bytes.size() && read_frame_header(bytes, header) == FrameFault::none);
}

// Folders are replaced by the journals in them.
Result<std::vector<std::string>> files_of(const std::vector<std::string>& paths) {
  std::vector<std::string> files;
  for (const std::string& path : paths) {
    std::error_code error;
    const fs::file_status status = fs::status(path, error);
    if (!fs::exists(status)) return Error{fmt::format("{}: no such file or folder", path)};
    if (!fs::is_directory(status)) {
      files.push_back(path);
      continue;
    }
    const std::size_t before = files.size();
    for (const auto& entry : fs::directory_iterator(path, error)) {
      const std::string name = entry.path().string();
      if (entry.is_regular_file(error) && is_taken_for_a_journal(name)) files.push_back(name);
    }
    if (files.size() == before) return Error{fmt::format("{}: there is no journal in this folder", path)};
  }
  std::ranges::sort(files);
  files.erase(std::ranges::unique(files).begin(), files.end());
  return files;
}

}  // namespace

FileSource::FileSource(const std::string& path, std::function<void(std::size_t)> on_read)
    : file_(path, std::ios::binary), on_read_(std::move(on_read)) {}

std::size_t FileSource::read(std::span<std::byte> into) {
  if (into.empty() || !file_) return 0;
  file_.read(reinterpret_cast<char*>(into.data()), static_cast<std::streamsize>(into.size()));
  const auto had = static_cast<std::size_t>(file_.gcount());
  if (on_read_) on_read_(had);
  return had;
}

Result<JournalFiles> find_journals(const std::vector<std::string>& paths) {
  const Result<std::vector<std::string>> files = files_of(paths);
  if (!files) return files.error();
  JournalFiles found;
  std::map<std::pair<std::int64_t, std::uint64_t>, WorkerJournal> workers;
  for (const std::string& path : files.value()) {
    const Result<std::optional<SegmentHeader>> header = header_of(path);
    if (!header) {
      found.damaged.push_back({path, header.error().message});
      continue;
    }
    if (!header.value()) {
      found.unfinished.push_back(path);
      continue;
    }
    std::error_code error;
    WorkerJournal& worker = workers[{header.value()->epoch_ns, header.value()->worker}];
    worker.worker = header.value()->worker;
    worker.epoch_ns = header.value()->epoch_ns;
    worker.files.push_back({path, header.value()->segment, fs::file_size(path, error)});
  }
  for (auto& [key, worker] : workers) {
    // Files come in the order of their names, of which the first one counts where two have the same segment.
    std::ranges::stable_sort(worker.files, {}, &JournalFile::segment);
    found.workers.push_back(std::move(worker));
  }
  if (found.workers.empty() && !found.damaged.empty()) {
    return Error{fmt::format("{}: {}", found.damaged.front().path, found.damaged.front().problem)};
  }
  if (found.workers.empty()) {
    return Error{
        fmt::format("{}: it ends before its header does; there is nothing to replay", paths.front())};
  }
  return found;
}

}  // namespace meshtwin
