#include "core/call/events.h"

namespace meshtwin {

std::string_view name(FailureKind kind) {
  switch (kind) {
    case FailureKind::none:
      return "none";
    case FailureKind::connect:
      return "connect";
    case FailureKind::reset:
      return "reset";
    case FailureKind::timeout:
      return "timeout";
    case FailureKind::error_5xx:
      return "5xx";
    case FailureKind::tls:
      return "tls";
    case FailureKind::protocol:
      return "protocol";
    case FailureKind::rejected_breaker:
      return "rejected_breaker";
    case FailureKind::rejected_limit:
      return "rejected_limit";
    case FailureKind::unavailable:
      return "unavailable";
    case FailureKind::cancelled:
      return "cancelled";
    case FailureKind::throttled:
      return "throttled";
    case FailureKind::local:
      return "local";
    case FailureKind::shed:
      return "shed";
  }
  return "unknown";
}

}  // namespace meshtwin
