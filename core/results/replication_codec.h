// Replications as bytes, to carry them between processes of one build.
#pragma once

#include <string>
#include <string_view>

#include "core/result.h"
#include "core/results/replication.h"

namespace meshtwin {

// CBOR; every number comes back exactly.
std::string encode(const Replication& replication);
// An error for bytes that encode() hasn't made.
Result<Replication> decode(std::string_view bytes);

}  // namespace meshtwin
