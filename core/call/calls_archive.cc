// The state of calls as bytes, and what must hold of a state that was loaded.
#include <utility>
#include <vector>

#include "core/call/calls.h"
#include "core/state_archive.h"

namespace meshtwin {
namespace {

// A bound on what a checkpoint may make a reader allocate.
constexpr std::size_t kArchivedCallsMax = std::size_t{1} << 20;

}  // namespace

void Call::archive(StateArchive& archive, const PolicyConfig& config) {
  archive.value(state_, State::backoff);
  archive.value(began_);
  for (Time* time : {&waits_since_, &deadline_, &armed_, &retry_at_, &hedge_at_, &resume_at_, &retry_granted_}) {
    archive.value(*time);
  }
  for (std::uint8_t* count : {&started_, &tries_, &hedges_, &live_, &hedged_, &connected_, &committed_}) {
    archive.value(*count);
  }
  for (bool* flag : {&holds_retry_, &idempotent_, &sealed_, &counted_}) archive.value(*flag);
  bool has_key = key_.has_value();
  archive.value(has_key);
  if (has_key) {
    std::uint64_t key = key_.value_or(0);
    archive.word(key);
    key_ = key;
  }
  if (config.shadow) archive.value(shadow_);
  archive.value(last_failure_, kLastFailureKind);
  archive.value(status_);
  archive.require(state_ != State::idle && counted_);
  archive.require(started_ <= kMaxAttempts);
  if (archive.failed()) return;  // attempts are bits of a byte below
  archive.require(live_ >> started_ == 0);
  archive.require((state_ == State::active) == (live_ != 0));
  archive.require(committed_ == kNoAttempt || is_live(committed_));
  // What keeps the number of attempts within its bound.
  archive.require(tries_ <= config.retry.max_attempts && (started_ == 0 || tries_ > 0));
  archive.require(state_ == State::active || tries_ < config.retry.max_attempts);
  const std::uint32_t hedges_max = config.hedge ? config.hedge->max : 0;
  archive.require(hedges_ <= hedges_max && (hedge_at_ == kNever || hedges_ < hedges_max));
  archive.require(started_ <= tries_ + hedges_);
  for (std::uint8_t n = 0; n < started_ && !archive.failed(); ++n) {
    archive.value(tried_[n]);
    if (!is_live(n)) continue;
    archive.value(attempts_[n].deadline);
    archive.value(attempts_[n].ticket.started);
    archive.value(attempts_[n].ticket.answered);
    archive.value(attempts_[n].ticket.service_breaker);
    archive.value(attempts_[n].ticket.endpoint_breaker);
    if (config.shadow) archive.value(attempts_[n].ticket.shadow);
    attempts_[n].ticket.endpoint = tried_[n];
  }
}

void Calls::archive(StateArchive& archive) {
  upstream_->archive(archive);
  archive_slots(archive);
  archive_waiting(archive);
  if (archive.loading() && !archive.failed()) archive.require(counters_agree());
}

void Calls::archive_slots(StateArchive& archive) {
  std::size_t free = 0;
  archive.list(slots_, kArchivedCallsMax, [&](Slot& slot) {
    archive.value(slot.generation);
    archive.value(slot.in_use);
    if (slot.in_use) slot.call.archive(archive, upstream_->config());
    free += slot.in_use ? 0 : 1;
  });
  std::vector<bool> listed(slots_.size());
  archive.list(free_, slots_.size(), [&](std::uint32_t& slot) {
    archive.value(slot);
    const bool sound = slot < slots_.size() && !slots_[slot].in_use && !listed[slot];
    archive.require(sound);
    if (sound) listed[slot] = true;
  });
  archive.require(free_.size() == free);
  free_.reserve(slots_.capacity());
}

void Calls::archive_waiting(StateArchive& archive) {
  std::vector<CallId> waiting;
  for (std::size_t i = 0; i < pending_.size(); ++i) waiting.push_back(pending_[i]);
  archive.list(waiting, kArchivedCallsMax, [&](CallId& id) {
    archive.value(id.slot);
    archive.value(id.generation);
  });
  if (!archive.loading()) return;
  pending_.clear();
  for (const CallId id : waiting) pending_.push_back(id);
}

// The upstream counts what its calls hold: where the two don't agree, something would fall below zero later.
bool Calls::counters_agree() const {
  std::uint32_t open = 0;
  std::uint32_t retries = 0;
  std::uint32_t waiting = 0;
  std::uint32_t attempts = 0;
  std::vector<std::uint32_t> active(upstream_->endpoints().index_bound());
  Shadow::Held held;
  for (const Slot& slot : slots_) {
    if (!slot.in_use) continue;
    const Call::Share share = slot.call.share();
    open += share.counted ? 1 : 0;
    retries += share.retry ? 1 : 0;
    waiting += slot.call.state() == Call::State::pending ? 1 : 0;
    held.calls.push_back(slot.call.shadow_ticket());
    for (std::uint8_t n = 0; n < share.endpoints.size(); ++n) {
      if ((share.live >> n & 1) == 0) continue;
      held.attempts.push_back(slot.call.shadow_attempt(n));
      const EndpointIndex endpoint = share.endpoints[n];
      if (endpoint >= active.size()) return false;
      ++attempts;
      ++active[endpoint];
    }
  }
  for (EndpointIndex e = 0; e < active.size(); ++e) {
    if (active[e] != upstream_->endpoints().active(e)) return false;
  }
  const Shadow* shadow = std::as_const(*upstream_).shadow();
  if (shadow != nullptr && !shadow->agrees(held)) return false;
  return open == upstream_->open_calls() && retries == upstream_->open_retries() &&
         waiting == upstream_->pending() && attempts == upstream_->active_attempts();
}

}  // namespace meshtwin
