#include "real/proxy/call_logger.h"

#include <array>

#include "core/config/policy.h"
#include "real/http/head_parser.h"
#include "real/proxy/exchange.h"
#include "real/proxy/listener.h"
#include "real/proxy/upstream_driver.h"

namespace meshtwin {
namespace {

void describe(const RequestHead& head, AccessRecord& record) {
  record.method = head.method_text;
  record.target = head.target;
  record.host = head.host;
  record.request_id = value_of(head, KnownHeader::x_request_id);
  record.traceparent = value_of(head, KnownHeader::traceparent);
}

}  // namespace

// What the request was is read back from the head that the endpoints got, so that requests which aren't
// logged cost nothing.
void CallLogger::log(const Exchange& exchange, Time now) {
  AccessRecord record;
  HeadScan scan;
  const ParseResult parsed = parse_request_head(exchange.request_head(), HeadLimits{1 << 20, 1 << 20, 1 << 12},
                                                head_, scan);
  if (parsed.status == ParseStatus::complete) describe(head_, record);
  UpstreamDriver& driver = exchange.driver();
  std::array<AttemptRecord, kMaxAttempts> attempts;
  for (std::uint8_t n = 0; n < exchange.attempts_begun(); ++n) {
    const Exchange::AttemptView attempt = exchange.attempt(n);
    attempts[n] = {driver.endpoints()[attempt.endpoint]->name, attempt.result, attempt.status};
  }
  record.began = exchange.facts().began;
  record.duration = now - record.began;
  record.listener = exchange.listener().config().name;
  record.client = exchange.peer();
  record.upstream = driver.config().name;
  record.policy_sha256 = driver.config().policy_sha256;
  record.status = exchange.status();
  record.failure = exchange.outcome().failure;
  record.flags = exchange.flags();
  record.bytes_in = exchange.body_bytes();
  record.bytes_out = exchange.response_bytes();
  record.attempts = {attempts.data(), exchange.attempts_begun()};
  log_->log(record);
}

void CallLogger::log_refused(const Listener& listener, std::string_view client, const RequestHead& head,
                             AccessFlag why, std::uint16_t status, Time now) {
  AccessRecord record;
  describe(head, record);
  record.began = now;
  record.listener = listener.config().name;
  record.client = client;
  record.status = status;
  record.flags = why;
  log_->log(record);
}

}  // namespace meshtwin
