// A small model checker for the call machine: it goes through every order of events, by replay of decisions.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tests/core/call/contract_driver.h"

namespace meshtwin::test {

// What is explored: a policy, and which events there are. Every call makes attempts that may be answered with
// 200 or 503, with or without a body that follows, fail to connect or break; its timers fire; time passes.
struct Model {
  std::string title;
  PolicyConfig config;
  Duration backoff = Duration::zero();
  std::uint32_t endpoints = 3;
  std::size_t calls = 1;
  bool connections = false;  // "connected" is an event of its own
  bool cancels = true;       // the caller may go away
  bool idempotent = true;    // each call
  bool forbids = false;      // the driver may forbid further attempts
};

// What the paths came across, to show that the enumeration reaches what it is meant to reach.
struct Coverage {
  std::uint64_t paths = 0;
  std::uint64_t events = 0;
  std::size_t most_outputs = 0;
  std::size_t most_attempts = 0;
  int most_live = 0;
  std::uint32_t most_pending = 0;
  std::uint64_t forbidden = 0;  // calls whose retries were forbidden
  std::map<FailureKind, std::uint64_t> outcomes;
  std::string failure;  // the first path that breaks the contract, and how; empty: there is none
};

// Depth-first over all choices, no sampling. Each path runs twice, the second time with every late event and
// every spurious timeout before each event; both runs must put out the same.
Coverage explore(const Model& model);

}  // namespace meshtwin::test
