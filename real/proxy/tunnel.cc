#include "real/proxy/tunnel.h"

#include <sys/socket.h>

#include <utility>

#include "real/net/transfer.h"
#include "real/proxy/exchange.h"
#include "real/proxy/worker_state.h"

namespace meshtwin {
namespace {

constexpr std::size_t kCongested = 64 * 1024;
constexpr Duration kIdleMax = std::chrono::hours(1);

}  // namespace

Tunnel::Side::Side(Tunnel& of, EventLoop& loop, End end)
    : tunnel(of),
      socket(loop, *this, std::move(end.fd)),
      received_bytes(end.received_bytes),
      sent_bytes(end.sent_bytes) {
  out.append(end.pending);
}

void Tunnel::Side::on_io(std::uint32_t events) {
  if ((events & EPOLLERR) != 0 || (events & (EPOLLHUP | EPOLLIN)) == EPOLLHUP) return tunnel.broken(*this);
  if ((events & EPOLLOUT) != 0) tunnel.flush(*this);
  if (!tunnel.closed_ && (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP)) != 0) tunnel.read_from(*this);
}

Tunnel::Tunnel(WorkerState& worker, Exchange& exchange, End client, End endpoint)
    : worker_(worker),
      exchange_(exchange),
      client_(*this, worker.loop(), std::move(client)),
      endpoint_(*this, worker.loop(), std::move(endpoint)) {
  client_.other = &endpoint_;
  endpoint_.other = &client_;
}

void Tunnel::begin() {
  last_moved_ = worker_.loop().now();
  worker_.loop().timers().arm(timer_, last_moved_ + kIdleMax);
  flush(client_);
  if (!closed_) flush(endpoint_);
}

void Tunnel::read_from(Side& side) {
  if (side.input_ended || !side.socket.reads()) return;
  const auto scratch = worker_.scratch();
  const Transfer got = read_some(side.socket.fd(), scratch);
  if (got.status == Transfer::Status::blocked) return;
  if (got.status == Transfer::Status::failed) return broken(side);
  if (got.status == Transfer::Status::closed) side.input_ended = true;
  side.received_bytes += got.bytes;
  side.passed_on += got.bytes;
  side.other->out.append({scratch.data(), got.bytes});
  flush(*side.other);
}

void Tunnel::flush(Side& side) {
  last_moved_ = worker_.loop().now();
  const std::size_t before = side.out.size();
  const Transfer::Status status = meshtwin::flush(side.socket.fd(), side.out);
  side.sent_bytes += before - side.out.size();
  if (status == Transfer::Status::failed) return broken(side);
  if (side.out.empty() && side.other->input_ended && !std::exchange(side.output_ended, true)) {
    ::shutdown(side.socket.fd(), SHUT_WR);
  }
  if (client_.output_ended && endpoint_.output_ended) return close(AccessFlag::none);
  update(side);
  if (!closed_) update(*side.other);
}

void Tunnel::update(Side& side) {
  const bool reading = !side.input_ended && side.other->out.size() < kCongested;
  // Once both directions have ended, a hang-up is no reset: what came before it may still have to be read.
  if (!side.socket.watch_for(reading, !side.out.empty(), !side.output_ended)) broken(side);
}

void Tunnel::broken(const Side& side) {
  close(&side == &client_ ? AccessFlag::client_gone : AccessFlag::response_incomplete);
}

void Tunnel::cut_off() { close(AccessFlag::response_incomplete); }

void Tunnel::close(AccessFlag why) {
  if (std::exchange(closed_, true)) return;
  client_.socket.close();
  endpoint_.socket.close();
  worker_.loop().timers().stop(timer_);
  exchange_.tunnel_over(client_.passed_on, endpoint_.passed_on, why);
  worker_.remove(*this);
}

void Tunnel::idle(Time now) {
  if (now - last_moved_ >= kIdleMax) return close(AccessFlag::idle_timeout);
  worker_.loop().timers().arm(timer_, last_moved_ + kIdleMax);
}

}  // namespace meshtwin
