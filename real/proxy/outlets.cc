#include "real/proxy/outlets.h"

#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "core/config/wording.h"
#include "core/version.h"
#include "real/proxy/access_log.h"
#include "real/proxy/worker_state.h"

namespace meshtwin {
namespace {

std::int64_t unix_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace

Result<bool> Outlets::open(const ProxyConfig& config, const std::string& file) {
  log_writer_ = std::make_unique<BackgroundWriter>();
  if (config.journal) {
    journal_writer_ = std::make_unique<BackgroundWriter>();
    Result<std::shared_ptr<JournalFolder>> folder = JournalFolder::open(*config.journal);
    if (!folder) return Error{fmt::format("{}: $.journal.folder: {}", file, folder.error().message)};
    journal_ = std::move(folder).value();
  }
  const Result<LogTarget> log = open_log(config, file);
  if (!log) return log.error();
  use_log(log.value());
  return true;
}

Result<Outlets::LogTarget> Outlets::open_log(const ProxyConfig& config, const std::string& file) {
  if (!config.access_log) return LogTarget();
  Result<LogFile::Target> target = LogFile::open(config.access_log->path);
  if (!target) {
    return Error{
        fmt::format("{}: $.access_log.path: {} can't be written ({}); make its folder, or name another one",
                    file, in_quotes(config.access_log->path), target.error().message)};
  }
  return std::make_shared<LogFile::Target>(std::move(target).value());
}

void Outlets::use_log(const LogTarget& opened) {
  if (!opened) return;
  log_writer_->run([log = access_log_, opened] { log->use(std::move(*opened)); });
}

std::function<void(WorkerState&)> Outlets::journal_for(std::uint32_t worker,
                                                       const ProxyConfig& config) const {
  JournalOptions options;
  options.worker = worker;
  options.program = fmt::format("meshtwin-proxy {}", version());
  options.segment_bytes_max = config.journal->segment_bytes;
  options.first_segment = journal_->first_segment(worker);
  return [folder = journal_, writer = journal_writer_.get(), options](WorkerState& state) mutable {
    options.epoch_ns = unix_ns() - (monotonic_ns() - state.loop().origin_ns());
    state.use_journal(std::make_unique<JournalFileSink>(folder, *writer, state.index()), options);
  };
}

std::function<void(WorkerState&)> Outlets::access_log_for(const ProxyConfig& config) const {
  return [log = access_log_, writer = log_writer_.get(), config = config.access_log](WorkerState& state) {
    state.use_access_log(config ? std::make_unique<AccessLog>(state.loop(), *config, log, *writer) : nullptr);
  };
}

}  // namespace meshtwin
