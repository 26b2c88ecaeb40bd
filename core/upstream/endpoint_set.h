// The endpoints of a service as one client sees them: members, who of them is eligible, active requests.
#pragma once

#include <algorithm>
#include <array>
#include <cassert>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/upstream/endpoint_names.h"
#include "core/upstream/membership.h"

namespace meshtwin {

// What an endpoint is to this client.
enum class Standing : std::uint8_t {
  eligible,
  ejected,    // healthy for discovery, kept out by this client
  unhealthy,  // for discovery or active checks, ejected besides or not
  not_a_member,
};

// "eligible", "ejected", "unhealthy", "not_a_member".
std::string_view name(Standing standing);

// Who keeps a healthy endpoint out. It is eligible again when nobody does.
enum class EjectedBy : std::uint8_t { breaker, outlier_detection };

// Four bytes an endpoint while each is eligible, so that a thousand clients can know 100,000 endpoints.
class EndpointSet {
 public:
  bool known() const { return membership_ != nullptr; }
  // Members keep their active counts and ejections; endpoints that left lose their ejection.
  void update(MembershipPtr membership);

  // Members that are healthy and not ejected, in ascending order.
  std::span<const EndpointIndex> eligible() const {
    if (all_eligible_) [[likely]] return all();
    return eligible_;
  }
  // Constant while each member is, else logarithmic.
  bool is_eligible(EndpointIndex endpoint) const {
    if (!membership_ || !membership_->contains(endpoint)) return false;
    return all_eligible_ || !std::binary_search(out_.begin(), out_.end(), endpoint);
  }
  // Whether each member is.
  bool all_eligible() const { return all_eligible_; }
  Standing standing(EndpointIndex endpoint) const;
  // Changes whenever eligible() or a weight does; balancers rebuild their tables on it.
  std::uint64_t version() const { return version_; }

  std::uint32_t weight(EndpointIndex endpoint) const { return membership_->weight(endpoint); }
  bool equal_weights() const { return !membership_ || membership_->equal_weights(); }
  // Members, eligible or not; null while they aren't known. What is made of it holds for as long as it is the same.
  const MembershipPtr& membership() const { return membership_; }

  // Where this client is.
  LocalityIndex own_locality() const { return own_locality_; }
  void set_own_locality(LocalityIndex locality) { own_locality_ = locality; }

  // What the driver calls the endpoints; without names they are called by their numbers.
  void set_names(EndpointNamesPtr names) { names_ = std::move(names); }
  const EndpointNamesPtr& names() const { return names_; }
  std::string name(EndpointIndex endpoint) const {
    return names_ ? names_->of(endpoint) : std::to_string(endpoint);
  }

  // Attempts started and not finished, on members and on endpoints that left.
  std::uint32_t active(EndpointIndex endpoint) const { return active_[endpoint]; }
  // Of all of them.
  std::uint64_t total_active() const { return total_active_; }
  // One more than the largest endpoint that was ever a member.
  std::size_t index_bound() const { return active_.size(); }
  void attempt_started(EndpointIndex endpoint) {
    ++active_[endpoint];
    ++total_active_;
  }
  void attempt_finished(EndpointIndex endpoint) {
    assert(active_[endpoint] > 0);
    --active_[endpoint];
    --total_active_;
  }

  // Takes over the active counts of `whole`, of the own members alone: for sets that are a part of another one.
  void adopt_active(const EndpointSet& whole);

  // Linear in the number of endpoints; a no-op when nothing changes, and for one that is no member.
  void set_ejected(EndpointIndex endpoint, bool ejected, EjectedBy by = EjectedBy::breaker);
  bool is_ejected_by(EndpointIndex endpoint, EjectedBy by) const;
  // While there is one, eligible() and version() stay as they are, and all changes take effect at its end: many
  // ejections cost as much as one.
  class Changes {
   public:
    explicit Changes(EndpointSet& endpoints) : endpoints_(endpoints) { endpoints_.holds_changes_ = true; }
    ~Changes();
    Changes(const Changes&) = delete;
    Changes& operator=(const Changes&) = delete;

   private:
    EndpointSet& endpoints_;
  };
  std::size_t ejected_count(EjectedBy by) const { return ejected_[static_cast<std::size_t>(by)].size(); }

  void archive(StateArchive& archive);

 private:
  std::span<const EndpointIndex> all() const {
    return membership_ ? std::span<const EndpointIndex>(membership_->endpoints())
                       : std::span<const EndpointIndex>();
  }
  void rebuild();

  MembershipPtr membership_;
  EndpointNamesPtr names_;
  LocalityIndex own_locality_ = 0;
  std::uint64_t total_active_ = 0;
  std::vector<std::uint32_t> active_;
  std::array<std::vector<EndpointIndex>, 2> ejected_;  // by whom; ascending, members alone
  std::vector<EndpointIndex> ejected_by_any_;
  std::vector<EndpointIndex> out_;                     // ejected or unhealthy, ascending
  std::vector<EndpointIndex> eligible_;  // members less out_, kept only while out_ is not empty
  bool all_eligible_ = true;
  bool holds_changes_ = false;
  bool changed_ = false;  // while they are held
  std::uint64_t version_ = 0;
};

}  // namespace meshtwin
