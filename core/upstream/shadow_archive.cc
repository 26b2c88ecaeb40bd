// The state of a shadow as bytes, and what must hold of one that was loaded.
#include <algorithm>
#include <utility>
#include <vector>

#include "core/random/stream_archive.h"
#include "core/upstream/shadow.h"

namespace meshtwin {
namespace {

constexpr std::size_t kArchivedTicketsMax = std::size_t{1} << 23;

}  // namespace

void VirtualPlaces::archive(StateArchive& archive) {
  archive.value(placed_);
  archive.require(placed_ <= places_);
  std::vector<Waiting> waiting;
  for (std::size_t i = 0; i < waiting_.size(); ++i) {
    if (!waiting_[i].ended) waiting.push_back(waiting_[i]);
  }
  archive.list(waiting, std::min<std::size_t>(waiting_max_, kArchivedTicketsMax), [&](Waiting& one) {
    archive.value(one.since);
    archive.value(one.holder);
    archive.value(one.is_call);
  });
  archive.require(waiting.empty() || placed_ == places_);
  if (!archive.loading()) return;
  waiting_.clear();
  living_ = next_turn_ = 0;
  for (const Waiting& one : waiting) wait(one);
}

void Shadow::archive(StateArchive& archive, const EndpointSet& live) {
  archive_stream(archive, random_);
  endpoints_.archive(archive);
  archive.require(endpoints_.known() == live.known() && endpoints_.index_bound() == live.index_bound());
  if (archive.failed()) return;
  archive.require(!live.known() || std::ranges::equal(endpoints_.membership()->endpoints(),
                                                      live.membership()->endpoints()));
  if (endpoint_breakers_.enabled()) {
    endpoint_breakers_.archive(archive);
    for (EndpointIndex e = 0; e < endpoints_.index_bound() && !archive.failed(); ++e) {
      archive.require(!endpoints_.is_ejected_by(e, EjectedBy::breaker) || endpoint_breakers_.rejects(e));
    }
  } else {
    archive.require(endpoints_.ejected_count(EjectedBy::breaker) == 0);
  }
  if (parts_.outlier_detector) parts_.outlier_detector->archive(archive, endpoints_);
  if (archive.failed()) return;
  if (parts_.balancer) parts_.balancer->archive(archive, live);
  if (parts_.service_breaker) parts_.service_breaker->archive(archive);
  for (const auto& admission : parts_.admission) admission->archive(archive);
  if (places_) places_->archive(archive);
  archive_tickets(archive);
  if (archive.loading() && !archive.failed() && places_) take_turns(archive);
  for (std::uint64_t& count : counters_.counts) archive.value(count);
  archive.list(shares_, live.index_bound(), [&](PickShare& share) {
    archive.value(share.policy);
    archive.value(share.shadow);
  });
}

void Shadow::archive_tickets(StateArchive& archive) {
  calls_.archive(archive, kArchivedTicketsMax, [&](CallTicket& call) {
    for (bool* flag : {&call.admitted, &call.left_out, &call.was_shed, &call.came, &call.was_placed, &call.started}) {
      archive.value(*flag);
    }
    archive.value(call.place, VirtualPlace::placed);
  });
  attempts_.archive(archive, kArchivedTicketsMax, [&](AttemptTicket& attempt) {
    for (bool* flag :
         {&attempt.is_first, &attempt.released, &attempt.finished, &attempt.at_service, &attempt.at_endpoint}) {
      archive.value(*flag);
    }
    archive.value(attempt.service_breaker);
    archive.value(attempt.endpoint_breaker);
    archive.value(attempt.call);
    archive.value(attempt.place, VirtualPlace::placed);
    archive.require(!attempt.released);
  });
}

// The turns of those that wait are told to them: they aren't part of the state.
void Shadow::take_turns(StateArchive& archive) {
  for (std::size_t i = 0; i < places_->waiting().size(); ++i) {
    const VirtualPlaces::Waiting& one = places_->waiting()[i];
    archive.require(one.is_call ? calls_.holds(one.holder) : attempts_.holds(one.holder));
    if (archive.failed()) return;
    (one.is_call ? calls_[one.holder].turn : attempts_[one.holder].turn) = one.turn;
  }
}

bool Shadow::agrees(const Held& held) const {
  std::vector<bool> calls_seen(calls_.bound());
  std::vector<bool> attempts_seen(attempts_.bound());
  for (const std::uint32_t call : held.calls) {
    if (!calls_.holds(call) || calls_seen[call]) return false;
    calls_seen[call] = true;
  }
  for (const HeldAttempt& one : held.attempts) {
    if (!attempts_.holds(one.ticket) || attempts_seen[one.ticket]) return false;
    attempts_seen[one.ticket] = true;
    const AttemptTicket& attempt = attempts_[one.ticket];
    if (attempt.call != one.call || attempt.finished != one.finished) return false;
    if (attempt.at_service && !parts_.service_breaker) return false;
    const bool counted = attempt.at_endpoint && endpoint_breakers_.enabled();
    if (counted && endpoint_breakers_.find(one.endpoint) == nullptr) return false;
  }
  return calls_.size() == held.calls.size() && attempts_.size() == held.attempts.size() && places_agree();
}

// Each place, and each wait for one, is one holder's.
bool Shadow::places_agree() const {
  std::size_t placed = 0;
  std::size_t waiting = 0;
  const auto count = [&](const auto& holder) {
    placed += holder.place == VirtualPlace::placed ? 1 : 0;
    waiting += holder.place == VirtualPlace::waiting ? 1 : 0;
  };
  calls_.for_each(count);
  attempts_.for_each(count);
  if (!places_) return placed + waiting == 0;
  if (placed != places_->placed() || waiting != places_->waiting().size()) return false;
  std::vector<std::pair<std::uint32_t, bool>> holders;
  for (std::size_t i = 0; i < waiting; ++i) {
    const VirtualPlaces::Waiting& one = places_->waiting()[i];
    const bool known = one.is_call ? calls_.holds(one.holder) && calls_[one.holder].place == VirtualPlace::waiting
                                   : attempts_.holds(one.holder) && attempts_[one.holder].place == VirtualPlace::waiting;
    if (!known) return false;
    holders.emplace_back(one.holder, one.is_call);
  }
  std::ranges::sort(holders);
  return std::ranges::adjacent_find(holders) == holders.end();
}

}  // namespace meshtwin
