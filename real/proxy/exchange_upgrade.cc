// Requests that go on as a tunnel.
#include <algorithm>
#include <cassert>
#include <utility>

#include "real/http/head_writer.h"
#include "real/proxy/downstream.h"
#include "real/proxy/exchange.h"
#include "real/proxy/listener.h"
#include "real/proxy/tunnel.h"
#include "real/proxy/upstream_driver.h"
#include "real/proxy/worker_state.h"

namespace meshtwin {

void Exchange::upgraded(std::uint8_t attempt, const ResponseHead& head) {
  statuses_[attempt] = head.status;
  count_answer(attempt);
  in_response_ = true;
  driver_->input(call_, attempt, AttemptInput::response_head(head.status, false));
  in_response_ = false;
  if (finished_) return driver_->conclude_soon(*this);
  if (attempts_[attempt] == nullptr) return;
  assert(client_ != nullptr);
  flag(AccessFlag::upgraded);
  status_ = head.status;
  ++listener_->metrics().downstream_cx_upgrades;
  write_interim_head(head, client_->out());
  Downstream& client = *std::exchange(client_, nullptr);
  EndpointMetrics& endpoint = driver_->metrics_of(*driver_->endpoints()[endpoints_[attempt]]);
  ListenerMetrics& listener = listener_->metrics();
  std::string from_client;
  std::string to_client;
  std::string from_endpoint;
  Fd endpoint_fd = attempts_[attempt]->release(from_endpoint);
  Fd client_fd = client.release(from_client, to_client);
  body_base_ += from_client.size();
  response_bytes_ += from_endpoint.size();
  worker_.replace(client, std::make_unique<Tunnel>(
                              worker_, *this,
                              Tunnel::End{std::move(client_fd), to_client + from_endpoint,
                                          listener.downstream_cx_rx_bytes, listener.downstream_cx_tx_bytes},
                              Tunnel::End{std::move(endpoint_fd), from_client, endpoint.upstream_cx_rx_bytes,
                                          endpoint.upstream_cx_tx_bytes}));
}

void Exchange::tunnel_over(std::uint64_t bytes_from_client, std::uint64_t bytes_from_endpoint, AccessFlag why) {
  body_base_ += bytes_from_client;
  response_bytes_ += bytes_from_endpoint;
  flag(why);
  const auto attempt = static_cast<std::uint8_t>(
      std::find_if(attempts_.begin(), attempts_.end(), [](const auto& one) { return one != nullptr; }) -
      attempts_.begin());
  in_response_ = true;
  driver_->input(call_, attempt, AttemptInput::response_end());
  in_response_ = false;
  assert(finished_);
  drop_attempt(attempt, FailureKind::none);
  ListenerMetrics& metrics = listener_->metrics();
  --metrics.downstream_rq_active;
  if (why == AccessFlag::client_gone) ++metrics.downstream_rq_rx_reset;
  else if (why == AccessFlag::response_incomplete) ++metrics.downstream_rq_tx_reset;
  else ++metrics.downstream_rq_completed;
  listener_->connection_closed();
  end(false);
}

}  // namespace meshtwin
