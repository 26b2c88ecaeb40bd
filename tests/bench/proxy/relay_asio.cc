// The same relay as relay_epoll.cc, on Boost.Asio: what the library costs is the ratio of the two.
//
// meshtwin-bench-relay-asio LISTEN UPSTREAM...   (addresses are 127.0.0.1:PORT; prints its port)
//
// Asio reads into a buffer that must last until the read ends, so that each direction needs its own. The
// sockets name their executor's type and the context takes no locks: the cheapest way to use the library.
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <cstdio>
#include <memory>
#include <vector>

#include "tests/bench/proxy/sockets.h"

namespace meshtwin::bench {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using Tcp = asio::ip::tcp;
using Executor = asio::io_context::executor_type;
using Socket = asio::basic_stream_socket<Tcp, Executor>;
using Acceptor = asio::basic_socket_acceptor<Tcp, Executor>;

constexpr std::size_t kBufferBytes = 64 * 1024;

class Pair : public std::enable_shared_from_this<Pair> {
 public:
  Pair(Socket client, asio::io_context& context)
      : client_(std::move(client)), upstream_(context), up_(kBufferBytes), down_(kBufferBytes) {}

  void start(const Tcp::endpoint& upstream) {
    upstream_.async_connect(upstream, [self = shared_from_this()](error_code error) {
      if (error) return;
      self->client_.set_option(Tcp::no_delay(true));
      self->upstream_.set_option(Tcp::no_delay(true));
      self->copy(self->client_, self->upstream_, self->up_);
      self->copy(self->upstream_, self->client_, self->down_);
    });
  }

 private:
  void copy(Socket& from, Socket& to, std::vector<char>& buffer) {
    from.async_read_some(asio::buffer(buffer), [self = shared_from_this(), &from, &to, &buffer](
                                                   error_code error, std::size_t count) {
      if (error) return self->end(to, error);
      asio::async_write(to, asio::buffer(buffer.data(), count),
                        [self, &from, &to, &buffer](error_code write_error, std::size_t) {
                          if (write_error) return self->end(to, write_error);
                          self->copy(from, to, buffer);
                        });
    });
  }

  void end(Socket& to, error_code why) {
    error_code ignored;
    if (why == asio::error::eof) {
      to.shutdown(Socket::shutdown_send, ignored);
    } else {
      client_.close(ignored);
      upstream_.close(ignored);
    }
  }

  Socket client_;
  Socket upstream_;
  std::vector<char> up_;
  std::vector<char> down_;
};

class Relay {
 public:
  Relay(const Tcp::endpoint& address, std::vector<Tcp::endpoint> upstreams)
      : context_(BOOST_ASIO_CONCURRENCY_HINT_UNSAFE),
        acceptor_(context_, address),
        upstreams_(std::move(upstreams)) {}

  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

  void run() {
    accept();
    context_.run();
  }

 private:
  void accept() {
    acceptor_.async_accept([this](error_code error, Socket client) {
      if (error) fail("accept: %s", error.message().c_str());
      std::make_shared<Pair>(std::move(client), context_)->start(upstreams_[next_]);
      next_ = (next_ + 1) % upstreams_.size();
      accept();
    });
  }

  asio::io_context context_;
  Acceptor acceptor_;
  std::vector<Tcp::endpoint> upstreams_;
  std::size_t next_ = 0;
};

Tcp::endpoint endpoint_of(const char* text) {
  const sockaddr_in address = parse_address(text);
  return {asio::ip::address_v4(ntohl(address.sin_addr.s_addr)), ntohs(address.sin_port)};
}

}  // namespace
}  // namespace meshtwin::bench

int main(int argc, char** argv) {
  using namespace meshtwin::bench;
  if (argc < 3) fail("usage: %s LISTEN UPSTREAM...", argv[0]);
  raise_descriptor_limit();
  std::vector<Tcp::endpoint> upstreams;
  for (int i = 2; i < argc; ++i) upstreams.push_back(endpoint_of(argv[i]));
  Relay relay(endpoint_of(argv[1]), std::move(upstreams));
  std::printf("%d\n", relay.port());
  std::fflush(stdout);
  relay.run();
}
