// The most important property: whatever happens, no client ever sees another one's bytes, and a response is whole or
// can be told from a whole one.
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "core/random/stream.h"
#include "tests/conformance/http1/live_proxy.h"

namespace meshtwin {
namespace {

// One client with its requests, each marked; what endpoints do about each is drawn by them.
struct Client {
  std::uint64_t number = 0;
  Peer* peer = nullptr;
  std::string bytes;               // all requests that are still to be sent
  std::size_t requests = 0;
  std::size_t answered = 0;
  std::size_t at = 0;              // of `received`, up to which answers were checked
  std::size_t leaves_after = 0;    // bytes received; 0: it stays
  bool cut_short = false;          // its last request never ends
};

// The body that the request `number` of a client has, and gets back.
std::string marked(std::uint64_t client, std::uint64_t number, std::size_t size) {
  std::string out = "<" + std::to_string(client) + "." + std::to_string(number) + ">";
  while (out.size() < size) out += out;
  return out;
}

class Soak {
 public:
  Soak(std::uint64_t seed, const LiveProxy::Options& options) : stream_(seed), proxy_(options) {
    for (std::size_t i = 0; i < options.backends; ++i) script(proxy_.backend(i), mix(seed, i));
  }

  void run(std::size_t clients, std::size_t at_once) {
    std::size_t begun = 0;
    std::vector<Client> active;
    while (begun < clients || !active.empty()) {
      while (begun < clients && active.size() < at_once) active.push_back(begin(begun++));
      proxy_.loop().run_once(proxy_.loop().now() + std::chrono::milliseconds(20));
      for (std::size_t i = active.size(); i-- > 0;) {
        if (!step(active[i])) continue;
        active[i].peer->close();
        active.erase(active.begin() + static_cast<std::ptrdiff_t>(i));
      }
    }
  }
  std::size_t whole() const { return whole_; }
  std::size_t broken() const { return broken_; }

 private:
  std::uint64_t draw(std::uint64_t below) { return stream_.next() % below; }

  Client begin(std::uint64_t number) {
    Client client;
    client.number = number;
    client.requests = 1 + draw(6);
    for (std::size_t i = 0; i < client.requests; ++i) {
      static constexpr const char* kMethods[] = {"GET", "PUT", "POST", "DELETE"};
      const std::size_t size = draw(8) == 0 ? draw(200'000) : draw(3) * draw(2000);
      const std::string body = marked(number, i, size);
      const std::string target = "/" + std::to_string(number) + "." + std::to_string(i);
      client.bytes += request(kMethods[draw(4)], target, body);
    }
    if (draw(6) == 0) client.leaves_after = 1 + draw(3000);
    client.cut_short = draw(10) == 0;
    if (client.cut_short) client.bytes.resize(client.bytes.size() - 1 - draw(client.bytes.size() - 1));
    client.peer = &proxy_.connect();
    return client;
  }

  // True once the client is done with.
  bool step(Client& client) {
    if (!client.bytes.empty()) {
      const std::size_t size = 1 + draw(draw(4) == 0 ? 100'000 : 500);
      client.peer->send(std::string_view(client.bytes).substr(0, size));
      client.bytes.erase(0, size);
    }
    std::string& received = client.peer->received;
    while (const auto answer = take_message(received, client.at)) {
      if (answer->status() == 103) continue;
      const std::string mark = "<" + std::to_string(client.number) + "." + std::to_string(client.answered) + ">";
      if (answer->status() == 200) {
        ++whole_;
        REQUIRE(answer->body.starts_with(mark));
        for (std::size_t i = 0; i + mark.size() <= answer->body.size(); i += mark.size()) {
          if (answer->body.compare(i, mark.size(), mark) != 0) FAIL("another's bytes: " << answer->body.substr(i, 40));
        }
      } else {
        ++broken_;
        REQUIRE((answer->status() == 502 || answer->status() == 503 || answer->status() == 504 || answer->status() == 500));
        REQUIRE((answer->status() == 500 || answer->body.find('<') == std::string::npos));
        if (answer->status() == 500) REQUIRE(answer->body == mark);
      }
      ++client.answered;
    }
    // What has come of an answer that isn't whole must be this client's as well. A chunk may end anywhere.
    const std::size_t begun = received.find('<', client.at);
    if (begun != std::string::npos) {
      const std::string mark = "<" + std::to_string(client.number) + ".";
      const std::string_view first = std::string_view(received).substr(begun, mark.size());
      REQUIRE(mark.starts_with(first.substr(0, first.find('\r'))));
    }
    if (client.leaves_after > 0 && received.size() >= client.leaves_after) return true;
    if (client.bytes.empty() && client.answered == client.requests) return true;
    if (client.peer->ended) ++broken_;
    return client.peer->ended || (client.cut_short && client.bytes.empty() && draw(50) == 0);
  }

  void script(Backend& backend, std::uint64_t seed) {
    backend.answer = [stream = RandomStream(seed)](const Message& got) mutable {
      const std::string mark = "<" + got.start_line().substr(got.start_line().find('/') + 1);
      const std::string body = mark.substr(0, mark.find(' ')) + ">";
      std::string whole_body = got.body.empty() ? body : got.body;
      const std::uint64_t kind = stream.next() % 24;
      const std::uint64_t cut = stream.next();
      if (kind == 0) return std::string();
      if (kind == 1) return response(body, 500);
      std::string bytes;
      if (kind % 2 == 0) {
        char size[20];
        std::snprintf(size, sizeof size, "%zx\r\n", whole_body.size());
        bytes = "HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n" + (size + whole_body) + "\r\n0\r\n\r\n";
      } else {
        bytes = response(whole_body);
      }
      if (kind == 2) bytes.resize(cut % bytes.size());
      if (kind == 3) bytes += response("<stray>");
      if (kind == 4) bytes.insert(cut % bytes.find("\r\n\r\n"), 1, '\n');
      if (kind == 5) bytes = "HTTP/1.1 103 X\r\n\r\n" + bytes;
      return bytes;
    };
    backend.after = [stream = RandomStream(mix(seed, 1))](Peer& peer, const Message&) mutable {
      const std::uint64_t kind = stream.next() % 30;
      if (kind == 0) peer.close();
      if (kind == 1) peer.reset();
      if (kind == 2) peer.half_close();
    };
  }

  RandomStream stream_;
  LiveProxy proxy_;
  std::size_t whole_ = 0;
  std::size_t broken_ = 0;
};

LiveProxy::Options soaked(PolicyConfig policy) {
  LiveProxy::Options options;
  options.backends = 4;
  options.upstream.policy = std::move(policy);
  options.upstream.policy.timeout = std::chrono::milliseconds(300);
  options.upstream.idle_connections_max = 3;
  return options;
}

TEST_CASE("live: many clients at once, among failures of all kinds, get their own bytes alone") {
  for (const std::uint64_t seed : {1u, 2u, 3u}) {
    INFO("seed " << seed);
    Soak soak(seed, soaked(retrying(1)));
    soak.run(300, 20);
    CHECK(soak.whole() > 300);
    CHECK(soak.broken() > 20);
  }
}

TEST_CASE("live: clients get their own bytes alone where requests are repeated and hedged, too") {
  for (const std::uint64_t seed : {4u, 5u, 6u}) {
    INFO("seed " << seed);
    PolicyConfig policy =
        retrying(3, RetryOn::connect | RetryOn::reset | RetryOn::error_5xx | RetryOn::timeout);
    policy.retry.per_try_timeout = std::chrono::milliseconds(20);
    policy.hedge = HedgeConfig{std::chrono::milliseconds(2), 2};
    policy.limits.connections = 16;
    Soak soak(seed, soaked(policy));
    soak.run(300, 20);
    CHECK(soak.whole() > 100);  // on a slow machine more of them run into the policy's 20 ms
    CHECK(soak.broken() > 5);
  }
}

}  // namespace
}  // namespace meshtwin
