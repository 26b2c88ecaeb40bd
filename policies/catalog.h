// The explicit list of algorithms: from the data of a policy file to the objects that carry it out.
#pragma once

#include <cstdint>
#include <memory>

#include "core/config/policy.h"
#include "core/upstream/policy_interfaces.h"
#include "core/upstream/upstream.h"

namespace meshtwin {

// `seed` is the client's own, for what clients are to differ in for good.
std::unique_ptr<Balancer> make_balancer(const BalancerConfig& config, std::uint64_t seed = 0);
std::unique_ptr<Backoff> make_backoff(const BackoffConfig& config);               // null: at once
std::unique_ptr<RetryBudget> make_retry_budget(const RetryBudgetConfig& config);  // null: no budget
PolicyParts make_policy_parts(const PolicyConfig& config, std::uint64_t seed);

// Whether a client with this policy has a use for what endpoints report of their load.
bool reads_reports(const PolicyConfig& config);

// An upstream that follows `config`; `seed` starts its random stream.
std::unique_ptr<Upstream> make_upstream(const PolicyConfig& config, std::uint64_t seed);

}  // namespace meshtwin
