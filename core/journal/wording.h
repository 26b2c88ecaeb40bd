// Inputs and outputs of the core in words, for reports.
#pragma once

#include <span>
#include <string>

#include "core/call/events.h"
#include "core/journal/record.h"

namespace meshtwin {

// "attempt 1 of call 12 answers 503", "a call starts", ...
std::string in_words(const JournalRecord& record);
// "call 12 starts attempt 0 on endpoint 3, wakes in 250.000 ms"; "nothing" where there is none.
std::string in_words(std::span<const Output> outputs, Time now);

}  // namespace meshtwin
