// What a run for real has measured, in the form of the simulator's results.
#pragma once

#include "core/config/scenario.h"
#include "core/results/call_log.h"
#include "core/results/replication.h"
#include "real/testbed/records.h"

namespace meshtwin {

// Counted as the simulator counts: calls by the time that they were due, attempts by what the proxies report,
// service times and busy workers by what the instances have seen. Series are recorded. With warnings.
Replication replication_of(const Scenario& scenario, const PlayedRun& run);

// Calls of open loops.
CallLog call_log_of(const Scenario& scenario, const PlayedRun& run);

Outcome outcome_of(const SentCall& call);

}  // namespace meshtwin
