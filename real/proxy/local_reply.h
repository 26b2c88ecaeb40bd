// What a client is answered where no endpoint's response can be.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/call/events.h"

namespace meshtwin {

struct LocalReply {
  std::uint16_t status = 503;
  std::string_view text;
};

// 503: nothing could be reached or was let through; 502: what was reached broke off or made no sense; 504:
// time was up.
LocalReply local_reply_for(FailureKind failure);

}  // namespace meshtwin
