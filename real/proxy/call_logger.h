// What the access log says of each request.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "core/call/events.h"
#include "real/http/head.h"
#include "real/proxy/access_log.h"

namespace meshtwin {

class Exchange;
class Listener;

class CallLogger {
 public:
  explicit CallLogger(std::unique_ptr<AccessLog> log) : log_(std::move(log)) {}

  // A request that was with the policy core, at its end.
  void log(const Exchange& exchange, Time now);
  // One that was answered before it came to that; `head` is empty where it could not be read.
  void log_refused(const Listener& listener, std::string_view client, const RequestHead& head, AccessFlag why,
                   std::uint16_t status, Time now);
  std::uint64_t dropped() const { return log_->dropped(); }

 private:
  std::unique_ptr<AccessLog> log_;
  RequestHead head_;
};

}  // namespace meshtwin
