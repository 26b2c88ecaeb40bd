#include "core/journal/replay.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/config/policy_file.h"
#include "core/journal/wording.h"
#include "core/state_archive.h"

namespace meshtwin {
namespace {

bool same_decision(const Output& a, const Output& b) {
  if (a.kind != b.kind || a.call.slot != b.call.slot) return false;
  if (a.kind == Output::Kind::finish) {
    return a.outcome.failure == b.outcome.failure && a.outcome.status == b.outcome.status &&
           a.outcome.attempts == b.outcome.attempts;
  }
  return a.attempt == b.attempt && a.endpoint == b.endpoint && a.at == b.at && a.failed == b.failed &&
         a.asks == b.asks;
}

Error at(std::uint64_t offset, const std::string& what) {
  return Error{fmt::format("offset {}: {}", offset, what)};
}

}  // namespace

Result<bool> Replayer::replay(ByteSource& segment) {
  SegmentReader reader(segment);
  const std::optional<std::uint64_t> before = last_segment_;
  Result<bool> done = replay_messages(reader);
  report_.bytes += reader.offset();
  torn_at_ = reader.torn_at();
  if (!done) {
    // A file that doesn't belong here has changed nothing: the next segment still follows.
    if (last_segment_ != before) forget_states();
    return done;
  }
  ++report_.segments;
  if (torn_at_) ++report_.torn;
  return true;
}

Result<bool> Replayer::replay_messages(SegmentReader& reader) {
  bool begun = false;
  while (true) {
    const Result<std::optional<JournalMessage>> next = reader.next();
    if (!next) return next.error();
    if (!next.value()) return true;
    const JournalMessage& message = *next.value();
    if (begun == (message.kind == MessageKind::header))
      return at(message.offset, "a segment begins with one header");
    begun = true;
    const Result<bool> done = replay_message(message);
    if (!done) return done;
  }
}

Result<bool> Replayer::replay_message(const JournalMessage& message) {
  switch (message.kind) {
    case MessageKind::header:
      return begin_segment(message);
    case MessageKind::checkpoint:
      return pass_checkpoint(message);
    case MessageKind::records:
      return replay_records(message);
    case MessageKind::gap:
      return pass_gap(message);
  }
  return true;
}

void Replayer::forget_states() {
  replicas_.clear();
  last_replica_ = nullptr;
  in_step_ = checkpointed_ = false;
}

Result<bool> Replayer::begin_segment(const JournalMessage& message) {
  Result<SegmentHeader> decoded = decode_header(message.payload);
  if (!decoded) return at(message.offset, decoded.error().message);
  SegmentHeader& header = decoded.value();
  if (last_segment_ && (header.worker != report_.worker || header.segment <= *last_segment_)) {
    return at(message.offset, fmt::format("segment {} of worker {} can't follow segment {} of worker {}",
                                          header.segment, header.worker, *last_segment_, report_.worker));
  }
  last_segment_ = segment_ = header.segment;
  checkpointed_ = false;
  report_.worker = header.worker;
  report_.epoch_ns = header.epoch_ns;
  report_.program = header.program;
  std::erase_if(replicas_, [&](const auto& replica) {
    return std::ranges::none_of(header.upstreams,
                                [&](const auto& upstream) { return upstream.number == replica.first; });
  });
  last_replica_ = nullptr;
  for (JournaledUpstream& upstream : header.upstreams) {
    const Result<bool> added = add_upstream(std::move(upstream));
    if (!added) return at(message.offset, added.error().message);
  }
  return true;
}

Result<bool> Replayer::add_upstream(JournaledUpstream description) {
  const std::string name = description.name;
  const Result<PolicyConfig> policy = parse_policy(description.policy_text, name);
  if (!policy)
    return Error{
        fmt::format("upstream {}: this program can't read its policy: {}", name, policy.error().message)};
  if (policy_sha256(policy.value()) != description.policy_sha256) {
    return Error{fmt::format("upstream {}: its policy and the SHA-256 of it don't fit each other", name)};
  }
  const std::uint32_t number = description.number;
  Replica& replica = replicas_[number];
  const bool known = replica.calls != nullptr;
  if (known && (replica.description.policy_sha256 != description.policy_sha256 ||
                replica.description.seed != description.seed)) {
    return Error{fmt::format("upstream {}: it has another policy or seed than in the segment before", name)};
  }
  replica.policy = policy.value();
  replica.report = &report_.upstreams[number];
  replica.report->name = name;
  replica.report->policy = policy.value();
  replica.report->policy_sha256 = description.policy_sha256;
  for (const auto& [endpoint, word] : description.endpoint_names) name_endpoint(replica, endpoint, word);
  replica.description = std::move(description);
  return true;
}

void Replayer::name_endpoint(Replica& replica, EndpointIndex endpoint, std::string_view name) {
  replica.report->endpoint_names[endpoint] = name;
  replica.names->add(endpoint, std::string(name));
}

Result<bool> Replayer::pass_checkpoint(const JournalMessage& message) {
  const Result<Checkpoint> decoded = decode_checkpoint(message.payload);
  if (!decoded) return at(message.offset, decoded.error().message);
  const Checkpoint& checkpoint = decoded.value();
  if (checkpoint.inputs < inputs_ || checkpoint.now < now_) {
    return at(message.offset, "the checkpoint is from an earlier time than what is before it");
  }
  const bool follows = in_step_ && checkpoint.inputs == inputs_;
  if (!follows && report_.checkpoints > 0) report_.missing += checkpoint.inputs - inputs_;
  inputs_ = checkpoint.inputs;
  now_ = checkpoint.now;
  ++report_.checkpoints;
  std::size_t given = 0;
  for (const CheckpointPart& part : checkpoint.parts) {
    Replica* replica = find(part.upstream);
    if (replica == nullptr) return at(message.offset, "the checkpoint has an upstream that the header lacks");
    ++given;
    if (follows && replica->calls && !replica->diverged) {
      if (has_state(*replica, part.state)) continue;
      Divergence divergence;
      divergence.input = inputs_;
      divergence.offset = message.offset;
      divergence.now = now_;
      divergence.what = "a checkpoint";
      divergence.recorded = "a state";
      divergence.replayed = "another state, though all decisions before it were the same";
      diverge(*replica, std::move(divergence));
    }
    const Result<bool> loaded = load(*replica, part.state);
    if (!loaded) return at(message.offset, loaded.error().message);
  }
  if (given != replicas_.size()) return at(message.offset, "the checkpoint lacks an upstream of the header");
  in_step_ = checkpointed_ = true;
  return true;
}

Result<bool> Replayer::load(Replica& replica, std::span<const std::byte> state) {
  PolicyParts parts = parts_(replica.policy, replica.description.seed);
  if (other_) {
    auto other = parts_(*other_, replica.description.seed).balancer;
    // A stream of its own: with that of the recorded one, two that draw would draw alike.
    parts.balancer = std::make_unique<ShadowBalancer>(std::move(parts.balancer), std::move(other),
                                                      mix(~replica.description.seed, 1), replica.report->comparison);
  }
  replica.calls.reset();
  replica.upstream = std::make_unique<Upstream>(replica.policy, std::move(parts), replica.description.seed);
  replica.upstream->name_endpoints(replica.names);
  replica.calls = std::make_unique<Calls>(*replica.upstream);
  replica.diverged = false;
  ByteReader reader(state);
  StateArchive archive(reader);
  replica.calls->archive(archive);
  if (archive.failed() || reader.left() > 0) {
    return Error{
        fmt::format("the state of upstream {} makes no sense to this program", replica.description.name)};
  }
  return true;
}

bool Replayer::has_state(Replica& replica, std::span<const std::byte> state) const {
  std::vector<std::byte> own;
  StateArchive archive(own);
  replica.calls->archive(archive);
  return std::ranges::equal(own, state);
}

Result<bool> Replayer::pass_gap(const JournalMessage& message) {
  const Result<JournalGap> gap = decode_gap(message.payload);
  if (!gap) return at(message.offset, gap.error().message);
  ++report_.gaps;
  report_.lost += gap.value().inputs;
  inputs_ += gap.value().inputs;
  now_ = std::max(now_, gap.value().to);
  in_step_ = checkpointed_ = false;
  return true;
}

Replayer::Replica* Replayer::find(std::uint32_t upstream) {
  if (last_replica_ != nullptr && last_replica_->description.number == upstream) return last_replica_;
  const auto found = replicas_.find(upstream);
  return found == replicas_.end() ? nullptr : last_replica_ = &found->second;
}

Result<bool> Replayer::replay_records(const JournalMessage& message) {
  if (!checkpointed_) return at(message.offset, "these records have no checkpoint before them");
  if (!decoder_.begin(message.payload) || decoder_.inputs() != inputs_) {
    return at(message.offset, "these records don't follow those before them");
  }
  while (!decoder_.at_end()) {
    const std::uint64_t offset = message.offset + decoder_.position();
    const JournalRecord* record = decoder_.next();
    if (record == nullptr) return at(offset, "the record makes no sense");
    if (record->now < now_) return at(offset, "the record is from an earlier time than what is before it");
    now_ = record->now;
    Replica* replica = find(record->upstream);
    if (replica == nullptr) return at(offset, "the record is for an upstream that the header lacks");
    inputs_ = decoder_.inputs();
    if (record->kind == JournalRecord::Kind::endpoint_name) {
      name_endpoint(*replica, record->endpoint, record->name);
      continue;
    }
    if (!report_.from) report_.from = now_;
    report_.to = now_;
    feed(*replica, *record);
    compare(*replica, *record, offset);
  }
  return true;
}

void Replayer::feed(Replica& replica, const JournalRecord& record) {
  Calls& calls = *replica.calls;
  calls.outputs().clear();
  target_ = record.stale ? record.call : calls.id_in_slot(record.call.slot);
  was_open_ = calls.is_open(target_);
  switch (record.kind) {
    case JournalRecord::Kind::start:
      target_ = calls.start(record.now, record.begin);
      return;
    case JournalRecord::Kind::handle:
      return calls.handle(record.now, target_, record.attempt, record.input);
    case JournalRecord::Kind::handle_timeout:
      return calls.handle_timeout(record.now, target_);
    case JournalRecord::Kind::cancel:
      return calls.cancel(record.now, target_);
    case JournalRecord::Kind::update_endpoints:
      return calls.update_endpoints(record.now, record.membership);
    case JournalRecord::Kind::forbid_retries:
      return calls.forbid_retries(record.now, target_);
    case JournalRecord::Kind::load_report:
      return calls.handle_report(record.now, record.endpoint, record.report, record.report_for);
    case JournalRecord::Kind::endpoint_name:
      return;
  }
}

void Replayer::compare(Replica& replica, const JournalRecord& record, std::uint64_t offset) {
  const Outputs& outputs = replica.calls->outputs();
  ++report_.inputs;
  ++replica.report->inputs;
  report_.decisions += record.outputs.size();
  replica.report->decisions += record.outputs.size();
  if (other_) count_attempts(replica);
  bool same = std::ranges::equal(outputs, record.outputs, same_decision);
  if (record.kind == JournalRecord::Kind::start) {
    same = same && target_.slot == record.call.slot;
  } else if (record.kind < JournalRecord::Kind::update_endpoints) {
    same = same && was_open_ != record.stale;
  }
  if (!same) [[unlikely]]
    diverge(replica, explain(replica, record, offset));
}

void Replayer::count_attempts(const Replica& replica) {
  for (const Output& output : replica.calls->outputs()) {
    if (output.kind == Output::Kind::start_attempt) ++replica.report->comparison.attempts;
  }
}

void Replayer::diverge(Replica& replica, Divergence divergence) {
  replica.diverged = true;
  ++report_.divergences;
  ++replica.report->divergences;
  if (report_.first) return;
  divergence.segment = segment_;
  divergence.upstream = replica.description.name;
  report_.first = std::move(divergence);
}

Divergence Replayer::explain(const Replica& replica, const JournalRecord& record,
                             std::uint64_t offset) const {
  Divergence divergence;
  if (report_.first) return divergence;
  divergence.input = inputs_;
  divergence.offset = offset;
  divergence.now = record.now;
  divergence.what = in_words(record);
  divergence.recorded = in_words(record.outputs, record.now);
  const Outputs& outputs = replica.calls->outputs();
  divergence.replayed = in_words(outputs, record.now);
  if (record.kind == JournalRecord::Kind::start && target_.slot != record.call.slot) {
    divergence.replayed += fmt::format(" (it is call {})", target_.slot);
  } else if (record.kind != JournalRecord::Kind::start &&
             record.kind < JournalRecord::Kind::update_endpoints && was_open_ == record.stale) {
    divergence.replayed += was_open_ ? " (the call is still open)" : " (the call is over)";
  }
  std::map<EndpointIndex, bool> named;
  for (const std::span<const Output> list : {std::span<const Output>(outputs), record.outputs}) {
    for (const Output& output : list) {
      const bool names =
          output.kind != Output::Kind::finish && output.kind != Output::Kind::wake_at;
      if (names && named.emplace(output.endpoint, true).second) {
        divergence.endpoints.push_back(state_of(replica, output.endpoint));
      }
    }
  }
  return divergence;
}

Divergence::EndpointState Replayer::state_of(const Replica& replica, EndpointIndex endpoint) const {
  Divergence::EndpointState state;
  state.endpoint = endpoint;
  const auto name = replica.report->endpoint_names.find(endpoint);
  if (name != replica.report->endpoint_names.end()) state.name = name->second;
  state.view = replica.upstream->endpoint_view(now_, endpoint);
  return state;
}

}  // namespace meshtwin
