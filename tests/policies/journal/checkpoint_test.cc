// The state of calls as a checkpoint keeps it.
#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <vector>

#include "core/call/calls.h"
#include "core/state_archive.h"
#include "policies/catalog.h"

namespace meshtwin {
namespace {

using std::chrono::milliseconds;

constexpr Time at(std::int64_t ms) { return Time(milliseconds(ms)); }

TEST_CASE("A call that waits for a retry is kept with its last failure, whichever it was") {
  for (const FailureKind kind : {FailureKind::connect, FailureKind::reset, FailureKind::timeout, FailureKind::tls,
                                 FailureKind::protocol, FailureKind::local}) {
    INFO(name(kind));
    PolicyConfig policy;
    policy.retry.max_attempts = 2;
    policy.retry.on = RetryOn::connect | RetryOn::reset | RetryOn::timeout;
    policy.retry.backoff = ExponentialBackoff{.base = milliseconds(10)};
    const auto before = make_upstream(policy, 1);
    Calls saved(*before);
    saved.update_endpoints(at(0), std::make_shared<const Membership>(std::vector<Member>{{0, 1}}));
    const CallId call = saved.start(at(0));
    saved.handle(at(1), call, 0, AttemptInput::failed(kind));
    REQUIRE(saved.is_open(call));
    std::vector<std::byte> bytes;
    StateArchive save(bytes);
    saved.archive(save);

    const auto after = make_upstream(policy, 1);
    Calls loaded(*after);
    ByteReader reader(bytes);
    StateArchive load(reader);
    loaded.archive(load);
    REQUIRE_FALSE(load.failed());
    for (Calls* calls : {&saved, &loaded}) {
      calls->outputs().clear();
      calls->forbid_retries(at(2), call);
      REQUIRE(calls->outputs().size() == 1);
      CHECK(calls->outputs()[0].outcome.failure == kind);
    }
  }
}

}  // namespace
}  // namespace meshtwin
