#include "real/proxy/local_reply.h"

namespace meshtwin {

LocalReply local_reply_for(FailureKind failure) {
  switch (failure) {
    case FailureKind::connect:
      return {503, "no connection to an endpoint\n"};
    case FailureKind::local:
      return {503, "the proxy has no descriptor or port left\n"};
    case FailureKind::unavailable:
      return {503, "no endpoint is available\n"};
    case FailureKind::rejected_breaker:
      return {503, "the breaker is open\n"};
    case FailureKind::rejected_limit:
      return {503, "a limit is reached\n"};
    case FailureKind::throttled:
      return {429, "too many requests\n"};
    case FailureKind::shed:
      return {503, "there is too much to do\n"};
    case FailureKind::timeout:
      return {504, "no response in time\n"};
    case FailureKind::tls:
      return {502, "no secure connection to an endpoint\n"};
    case FailureKind::protocol:
      return {502, "the endpoint's response is not valid\n"};
    case FailureKind::error_5xx:
      return {502, "the endpoints failed\n"};
    case FailureKind::reset:
    case FailureKind::cancelled:
    case FailureKind::none:
      break;
  }
  return {502, "the endpoint closed the connection\n"};
}

}  // namespace meshtwin
