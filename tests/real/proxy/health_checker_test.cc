#include "real/proxy/health_checker.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <catch2/catch.hpp>
#include <string>

#include "real/net/socket.h"
#include "tests/real/proxy/loop_helpers.h"

using namespace meshtwin;
using namespace std::chrono_literals;

namespace {

// Answers every connection with one text, or with nothing, on the loop that the checks run on.
class Backend final : private IoHandler {
 public:
  Backend(EventLoop& loop, std::string first_answer) : answer(std::move(first_answer)), loop_(loop) {
    listener_ = std::move(listen_tcp(Address::loopback(0)).value());
    loop_.watch(listener_.get(), *this, EPOLLIN);
  }
  ~Backend() override { loop_.unwatch(listener_.get(), *this); }
  EndpointConfig endpoint() const { return {"backend", local_address(listener_.get()), 1}; }
  std::string answer;
  int connections = 0;

 private:
  void on_io(std::uint32_t) override {
    Fd connection = accept_tcp(listener_.get());
    if (!connection.valid()) return;
    ++connections;
    if (answer.empty()) {
      kept_ = std::move(connection);
    } else {
      REQUIRE(::send(connection.get(), answer.data(), answer.size(), MSG_NOSIGNAL) > 0);
      ::shutdown(connection.get(), SHUT_WR);
      kept_ = std::move(connection);
    }
  }
  EventLoop& loop_;
  Fd listener_;
  Fd kept_;
};

HealthProbeConfig config(HealthProbeConfig::Type type = HealthProbeConfig::Type::http) {
  HealthProbeConfig out;
  out.type = type;
  out.path = "/healthz";
  out.interval = 2ms;
  out.timeout = 2ms;
  out.healthy_threshold = 2;
  out.unhealthy_threshold = 3;
  return out;
}

const std::string kGood = "HTTP/1.1 204 No Content\r\n\r\n";
const std::string kBad = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n";

}  // namespace

TEST_CASE("an endpoint becomes unhealthy after bad answers in a row, and healthy after good ones") {
  EventLoop loop;
  Backend backend(loop, kGood);
  int changes = 0;
  HealthProbeConfig checks = config();
  // Long enough for a busy machine: a check that isn't over by then counts as failed.
  checks.interval = checks.timeout = 30ms;
  HealthChecker checker(loop, checks, [&] { ++changes; });
  checker.set_endpoints({backend.endpoint()});
  run_until(loop, [&] { return backend.connections >= 3; });
  CHECK(changes == 0);

  backend.answer = kBad;
  run_until(loop, [&] { return changes == 1; });
  CHECK_FALSE(checker.healthy(backend.endpoint()));
  CHECK(checker.problem(backend.endpoint()) == "status 503");

  backend.answer = kGood;
  run_until(loop, [&] { return changes == 2; });
  CHECK(checker.healthy(backend.endpoint()));
  CHECK(checker.problem(backend.endpoint()).empty());
}

TEST_CASE("silence, nonsense and refusal are bad answers") {
  EventLoop loop;
  Backend backend(loop, GENERATE("", "SSH-2.0-OpenSSH_9\r\n", "HTTP/1.1 2x0 Hm\r\n\r\n", "HT"));
  int changes = 0;
  HealthChecker checker(loop, config(), [&] { ++changes; });
  checker.set_endpoints({backend.endpoint()});
  run_until(loop, [&] { return changes == 1; });
  CHECK_FALSE(checker.healthy(backend.endpoint()));
}

TEST_CASE("a TCP check asks for a connection alone") {
  EventLoop loop;
  Backend backend(loop, "");
  int changes = 0;
  HealthProbeConfig checks = config(HealthProbeConfig::Type::tcp);
  HealthChecker checker(loop, checks, [&] { ++changes; });
  EndpointConfig nobody = backend.endpoint();
  {
    const Fd closed = std::move(listen_tcp(Address::loopback(0)).value());
    nobody = {"nobody", local_address(closed.get()), 1};
  }
  checker.set_endpoints({backend.endpoint(), nobody});
  run_until(loop, [&] { return changes == 1 && backend.connections >= 5; });
  CHECK(checker.healthy(backend.endpoint()));
  CHECK_FALSE(checker.healthy(nobody));
  CHECK(checker.problem(nobody) == "Connection refused");
}

TEST_CASE("endpoints that stay keep their health, and others begin healthy") {
  EventLoop loop;
  Backend backend(loop, kBad);
  int changes = 0;
  HealthChecker checker(loop, config(), [&] { ++changes; });
  checker.set_endpoints({backend.endpoint()});
  run_until(loop, [&] { return changes == 1; });
  const EndpointConfig other{"other", Address::loopback(1), 1};
  checker.set_endpoints({other, backend.endpoint()});
  CHECK(checker.healthy(other));
  CHECK_FALSE(checker.healthy(backend.endpoint()));
  checker.set_endpoints({});
  CHECK(checker.healthy(backend.endpoint()));
}
