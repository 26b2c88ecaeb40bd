#include "policies/placement/slow_start.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/random/deterministic_math.h"
#include "core/state_archive.h"

namespace meshtwin {
namespace {

constexpr Duration kShortest = std::chrono::seconds(1);

}  // namespace

SlowStartBalancer::SlowStartBalancer(const SlowStartConfig& config, std::unique_ptr<Balancer> balancer)
    : config_(config), balancer_(std::move(balancer)) {}

void SlowStartBalancer::refresh(const PickContext& context) {
  if (version_ == context.endpoints.version()) return;
  version_ = context.endpoints.version();
  earliest_ = kNever;
  std::vector<Time> since(context.endpoints.index_bound(), kNever);
  for (const EndpointIndex e : context.endpoints.eligible()) {
    since[e] = e < since_.size() && since_[e] != kNever ? since_[e] : context.now;
    latest_ = latest_ == kNever ? since[e] : std::max(latest_, since[e]);
    earliest_ = std::min(earliest_, since[e]);
  }
  since_ = std::move(since);
}

double SlowStartBalancer::share(Time since, Time now) const {
  const Duration age = now - since;
  if (age >= config_.window) return 1;
  const double part =
      static_cast<double>(std::max(age, kShortest).count()) / static_cast<double>(config_.window.count());
  return std::clamp(meshtwin::pow(part, 1 / config_.aggression), config_.min_share, 1.0);
}

Pick SlowStartBalancer::pick(const PickContext& context) {
  refresh(context);
  if (latest_ == kNever || context.now - latest_ >= config_.window) [[likely]] return balancer_->pick(context);
  const double most = share(earliest_, context.now);
  std::array<EndpointIndex, kMaxAttempts + kRefusalsMax> excluded;
  std::size_t count = std::min<std::size_t>(context.excluded.size(), kMaxAttempts);
  std::copy_n(context.excluded.begin(), count, excluded.begin());
  PickContext again = context;
  for (std::size_t refusals = 0;; ++refusals) {
    const Pick pick = balancer_->pick(again);
    if (pick.kind != Pick::Kind::picked || refusals == kRefusalsMax) return pick;
    const bool stands = context.random.bernoulli(share(since_[pick.endpoint], context.now) / most);
    if (stands || again.excludes(pick.endpoint)) return pick;
    excluded[count++] = pick.endpoint;
    again.excluded = std::span(excluded).first(count);
  }
}

void SlowStartBalancer::archive(StateArchive& archive, const EndpointSet& endpoints) {
  archive.value(version_);
  archive.value(earliest_);
  archive.value(latest_);
  archive.list(since_, kArchivedEndpointsMax, [&](Time& since) { archive.value(since); });
  if (archive.loading() && version_ == endpoints.version() && !archive.failed()) {
    archive.require(since_.size() == endpoints.index_bound());
    for (const EndpointIndex e : endpoints.eligible()) {
      if (!archive.failed()) archive.require(since_[e] != kNever && since_[e] >= earliest_);
    }
  }
  if (!archive.failed()) balancer_->archive(archive, endpoints);
}

}  // namespace meshtwin
