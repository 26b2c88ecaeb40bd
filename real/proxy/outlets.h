// Where workers' records go beside their answers: the access log and the journal.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "core/result.h"
#include "real/proxy/background_writer.h"
#include "real/proxy/config.h"
#include "real/proxy/journal_files.h"
#include "real/proxy/log_file.h"

namespace meshtwin {

class WorkerState;

// The process's, used by the main thread alone. Made before the workers and ended after them.
class Outlets {
 public:
  // Writes what was handed in; a log that nobody reads is waited for no longer than a second.
  ~Outlets() { access_log_->hurry(); }
  // Opens what the configuration names. Errors name file, place, value and remedy.
  Result<bool> open(const ProxyConfig& config, const std::string& file);
  // The access log's file anew, by its path now: it may have been moved away, or be another one. In two steps, since
  // what is opened for a reload is used only where all of it is taken up. Null without an access log.
  using LogTarget = std::shared_ptr<LogFile::Target>;
  static Result<LogTarget> open_log(const ProxyConfig& config, const std::string& file);
  void use_log(const LogTarget& opened);

  // What gives a worker its journal, and its access log or none; to be run in the worker's thread.
  std::function<void(WorkerState&)> journal_for(std::uint32_t worker, const ProxyConfig& config) const;
  std::function<void(WorkerState&)> access_log_for(const ProxyConfig& config) const;

  std::uint64_t access_log_write_errors() const { return access_log_->write_errors(); }
  // Null without a journal.
  const JournalFolder* journal() const { return journal_.get(); }

 private:
  std::shared_ptr<LogFile> access_log_ = std::make_shared<LogFile>();
  std::shared_ptr<JournalFolder> journal_;
  // One each: a log that isn't read keeps no journal waiting.
  std::unique_ptr<BackgroundWriter> log_writer_;
  std::unique_ptr<BackgroundWriter> journal_writer_;
};

}  // namespace meshtwin
