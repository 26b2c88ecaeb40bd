#include "real/testbed/connection_pool.h"

#include <algorithm>
#include <utility>

#include "real/net/socket.h"
#include "real/testbed/client_connection.h"

namespace meshtwin {

ConnectionPool::ConnectionPool(EventLoop& loop, const Address& address, OnAnswer on_answer)
    : loop_(loop), address_(address), on_answer_(std::move(on_answer)) {}

ConnectionPool::~ConnectionPool() = default;

void ConnectionPool::prepare(std::size_t connections) {
  for (std::size_t i = 0; i < connections; ++i) {
    bool local = false;
    if (ClientConnection* connection = open(local)) idle_.push_back(connection);
  }
}

void ConnectionPool::send(PooledRequest request) {
  ClientConnection* connection = nullptr;
  bool local = false;
  if (idle_.empty()) {
    connection = open(local);
  } else {
    connection = idle_.back();
    idle_.pop_back();
  }
  if (connection != nullptr) return connection->send(std::move(request));
  if (local) ++without_socket_;
  // Later, as any other answer.
  loop_.post([this, id = request.id, why = local ? FailureKind::local : FailureKind::connect] {
    PooledAnswer answer;
    answer.failure = why;
    on_answer_(id, answer);
  });
}

ClientConnection* ConnectionPool::open(bool& local) {
  Result<Fd> fd = connect_tcp(address_, &local);
  if (!fd) return nullptr;
  auto connection = std::make_unique<ClientConnection>(loop_, std::move(fd).value(), *this);
  local = !connection->watch();
  if (local) return nullptr;
  ++opened_;
  connection->place = all_.size();
  all_.push_back(std::move(connection));
  return all_.back().get();
}

void ConnectionPool::back(ClientConnection& connection) { idle_.push_back(&connection); }

void ConnectionPool::ended(ClientConnection& connection, std::optional<PooledRequest> request, bool again,
                           const PooledAnswer& answer) {
  std::erase(idle_, &connection);
  const std::size_t at = connection.place;
  loop_.retire(std::move(all_[at]));
  all_[at] = std::move(all_.back());
  if (all_[at]) all_[at]->place = at;
  all_.pop_back();
  if (!request) return;
  if (again) return send(std::move(*request));
  on_answer_(request->id, answer);
}

}  // namespace meshtwin
