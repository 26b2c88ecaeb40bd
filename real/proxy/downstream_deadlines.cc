// How long a client may take for what it is waited for.
#include "real/proxy/downstream.h"
#include "real/proxy/exchange.h"
#include "real/proxy/listener.h"
#include "real/proxy/worker_state.h"

namespace meshtwin {

void Downstream::set_deadline(Duration from_now) {
  deadline_ = saturating_add(worker_.loop().now(), from_now);
  moved_ = 0;
  if (timer_.due() > deadline_) worker_.loop().timers().arm(timer_, deadline_);
}

// Deadlines move with each request, the timer only when it has run out.
void Downstream::time_is_up(Time now) {
  if (deadline_ == kNever) return;
  if (now < deadline_) return worker_.loop().timers().arm(timer_, deadline_);
  const ListenerConfig& config = listener_.config();
  const bool takes_response = !out_.empty() && moved_ >= config.body_bytes_min;
  if (takes_response && state_ == State::idle) return set_deadline(config.idle_timeout);
  if (takes_response && state_ == State::closing) return set_deadline(config.body_timeout);
  switch (state_) {
    case State::idle:
      if (head_begun_) {
        ++listener_.metrics().downstream_rq_header_timeout;
        return reject(408, "the head took too long");
      }
      ++listener_.metrics().downstream_cx_idle_timeout;
      return close();
    case State::body:
    case State::response:
      return body_time_is_up();
    case State::closing:
    case State::lingering:
      return close();
  }
}

// A client that is waited for has to move something; one that waits for an endpoint has not.
void Downstream::body_time_is_up() {
  const bool awaited = !out_.empty() || (state_ == State::body && socket_.reads());
  if (awaited && moved_ < listener_.config().body_bytes_min) {
    ++listener_.metrics().downstream_rq_timeout;
    if (exchange_ != nullptr) exchange_->flag(AccessFlag::body_timeout);
    if (!out_.empty()) return gone();
    return reject(408, "the body came too slowly");
  }
  if (state_ == State::response && out_.empty()) {
    deadline_ = kNever;
    return;
  }
  set_deadline(listener_.config().body_timeout);
}

}  // namespace meshtwin
