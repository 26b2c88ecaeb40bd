// The journals that users name: which files there are, of which worker, in which order.
#pragma once

#include <cstdint>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "core/journal/segment_reader.h"
#include "core/result.h"

namespace meshtwin {

class FileSource final : public ByteSource {
 public:
  // `on_read` hears how many bytes each read took.
  FileSource(const std::string& path, std::function<void(std::size_t)> on_read = {});
  bool ok() const { return static_cast<bool>(file_); }
  std::size_t read(std::span<std::byte> into) override;

 private:
  std::ifstream file_;
  std::function<void(std::size_t)> on_read_;
};

struct JournalFile {
  std::string path;
  std::uint64_t segment = 0;
  std::uint64_t bytes = 0;
};

// One worker of one run of a program, with its segments in order.
struct WorkerJournal {
  std::uint64_t worker = 0;
  std::int64_t epoch_ns = 0;  // runs are told apart by when they began
  std::vector<JournalFile> files;
};

// A file that can't be replayed, or no further than to some place in it.
struct DamagedFile {
  std::string path;
  std::string problem;  // with the offset, as far as there is one
};

struct JournalFiles {
  std::vector<WorkerJournal> workers;   // by run, then by number
  std::vector<std::string> unfinished;  // files that end before their header does
  std::vector<DamagedFile> damaged;     // files without a header that makes sense
};

// `paths` are files, or folders of which the journals are taken and the rest is left: journals are called
// *.mtj, or begin like one. An error names the file; it is one when there is nothing to replay.
Result<JournalFiles> find_journals(const std::vector<std::string>& paths);

}  // namespace meshtwin
