// The listening sockets of all listeners: one for each worker, among which the kernel spreads connections.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/result.h"
#include "real/net/address.h"
#include "real/net/fd.h"
#include "real/proxy/config.h"

namespace meshtwin {

// The sockets of one address. They stay open as long as this does, whatever workers do with their copies, so
// that connections which wait to be accepted outlive a reload.
struct SharedListener {
  std::string key;          // what a listener of a later configuration is recognised by
  Address address;          // with the real port
  std::vector<Fd> sockets;  // by worker
};

// Those of a whole configuration, in the order of its listeners.
class ListenSockets {
 public:
  // Keeps the sockets of `before` whose address stays (where the port is 0: of the listener of that name),
  // and opens the others, one for each worker. `file` stands in errors, which name the listener. Refuses an
  // address that another process listens on, which the kernel would share with it.
  static Result<ListenSockets> open(const ProxyConfig& config, const ListenSockets& before,
                                    const std::string& file);

  // Whether one of `before` is not here any more.
  bool lacks_any_of(const ListenSockets& before) const;
  // Lets no new connection begin on those that `after` has no more: clients' SYNs are dropped, while
  // connections that exist already can be accepted until none is left. Closing at once would reset them.
  void refuse_new_connections(const ListenSockets& after) const;

  // Copies for one worker, in order.
  std::vector<Fd> for_worker(std::uint32_t worker) const;
  const Address& address(std::size_t listener) const { return all_[listener]->address; }
  std::size_t size() const { return all_.size(); }

 private:
  bool has(const SharedListener& listener) const;
  std::vector<std::shared_ptr<SharedListener>> all_;
};

}  // namespace meshtwin
