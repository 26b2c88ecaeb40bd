#include "real/proxy/discovery.h"

#include <catch2/catch.hpp>
#include <cstdio>
#include <filesystem>
#include <mutex>
#include <string>
#include <vector>

#include "real/proxy/dns_client.h"
#include "tests/real/proxy/loop_helpers.h"
#include "tests/support/program.h"

using namespace meshtwin;
using namespace std::chrono_literals;

namespace {

using Answer = Result<std::vector<EndpointConfig>>;

EndpointConfig endpoint(const std::string& address, std::uint32_t weight = 1) {
  return {address, Address::parse(address).value(), weight};
}

// Gives its answers in order, and the last one again and again.
struct Script {
  std::vector<Answer> answers;
  std::size_t asked = 0;
  std::mutex mutex;

  Resolve resolve() {
    return [this](const DnsDiscovery&) {
      const std::lock_guard lock(mutex);
      return answers[std::min(asked++, answers.size() - 1)];
    };
  }
};

struct Told {
  std::vector<std::vector<std::string>> lists;
  std::vector<std::string> problems;

  DiscoveryEvents events() {
    return {[this](const std::vector<EndpointConfig>& endpoints) {
              lists.emplace_back();
              for (const EndpointConfig& one : endpoints) lists.back().push_back(one.name);
            },
            [this](const std::string& problem) { problems.push_back(problem); }};
  }
};

UpstreamConfig by_dns() {
  UpstreamConfig out;
  out.name = std::string("a");
  out.discovery = DnsDiscovery{"a.example.org", 80, DnsDiscovery::Record::a, 1us};
  return out;
}

}  // namespace

TEST_CASE("static endpoints are told at once") {
  EventLoop loop;
  DnsClient dns(loop, resolve_by_system);
  UpstreamConfig config;
  config.discovery = StaticDiscovery{{endpoint("10.0.0.1:80"), endpoint("10.0.0.2:80")}};
  Told told;
  const auto discovery = make_discovery(loop, config, dns, told.events());
  discovery->start();
  CHECK(told.lists == std::vector<std::vector<std::string>>{{"10.0.0.1:80", "10.0.0.2:80"}});
}

TEST_CASE("DNS is asked again and again, and told where it has changed") {
  EventLoop loop;
  Script script;
  script.answers = {Answer{{endpoint("10.0.0.1:80")}}, Answer{{endpoint("10.0.0.1:80")}},
                    Answer{{endpoint("10.0.0.1:80"), endpoint("10.0.0.2:80")}},
                    Answer{{endpoint("10.0.0.1:80", 5), endpoint("10.0.0.2:80")}}};
  DnsClient dns(loop, script.resolve());
  Told told;
  const auto discovery = make_discovery(loop, by_dns(), dns, told.events());
  discovery->start();
  run_until(loop, [&] { return discovery->status().update_success >= 6; });
  CHECK(told.lists.size() == 3);
  CHECK(told.lists.back() == std::vector<std::string>{"10.0.0.1:80", "10.0.0.2:80"});
  CHECK(told.problems.empty());
}

TEST_CASE("a look-up that fails or finds nothing keeps the last good endpoints") {
  EventLoop loop;
  Script script;
  script.answers = {Answer{{endpoint("10.0.0.1:80")}}, Answer{Error{"no such name"}},
                    Answer{Error{"no such name"}}, Answer{std::vector<EndpointConfig>{}},
                    Answer{{endpoint("10.0.0.1:80")}}};
  DnsClient dns(loop, script.resolve());
  Told told;
  const auto discovery = make_discovery(loop, by_dns(), dns, told.events());
  discovery->start();
  run_until(loop, [&] { return discovery->status().update_success >= 2; });
  CHECK(told.lists.size() == 1);
  CHECK(told.problems == std::vector<std::string>{"no such name", "a.example.org has no addresses"});
  CHECK(discovery->status().update_failure == 3);
  CHECK(discovery->status().problem.empty());
}

TEST_CASE("an answer that comes after its asker has gone is dropped") {
  EventLoop loop;
  Script script;
  script.answers = {Answer{{endpoint("10.0.0.1:80")}}};
  DnsClient dns(loop, script.resolve());
  Told told;
  auto discovery = make_discovery(loop, by_dns(), dns, told.events());
  discovery->start();
  discovery.reset();
  bool answered = false;
  const auto asker = std::make_shared<int>();
  const DnsDiscovery same_name = std::get<DnsDiscovery>(by_dns().discovery);
  dns.ask(same_name, asker, [&](const Answer&) { answered = true; });
  run_until(loop, [&] { return answered; });
  CHECK(told.lists.empty());
}

TEST_CASE("the client ends while a look-up is under way") {
  EventLoop loop;
  // The thread may come to it when this test is over.
  const auto blocked = std::make_shared<std::mutex>();
  blocked->lock();
  {
    DnsClient dns(loop, [blocked](const DnsDiscovery&) {
      const std::lock_guard wait(*blocked);
      return Answer{Error{"too late"}};
    });
    dns.ask({}, std::make_shared<int>(), [](const Answer&) { FAIL("nobody asks any more"); });
  }
  blocked->unlock();
  loop.run_once(Time{});
}

TEST_CASE("the system resolves loopback's own name") {
  const auto answer = resolve_by_system({"localhost", 8080, DnsDiscovery::Record::a, 1s});
  INFO((answer ? "" : answer.error().message));
  REQUIRE(answer.ok());
  REQUIRE_FALSE(answer.value().empty());
  for (const EndpointConfig& one : answer.value()) {
    CHECK(one.address.is_loopback());
    CHECK(one.address.port() == 8080);
  }
}

TEST_CASE(
    "a file of endpoints is read again when it is written or replaced, and a bad one keeps the last good") {
  const TemporaryFolder folder;
  const std::string path = folder.write("list.json", R"(["10.0.0.1:80"])");
  EventLoop loop;
  DnsClient dns(loop, resolve_by_system);
  UpstreamConfig config;
  config.discovery = FileDiscovery{path};
  Told told;
  const auto discovery = make_discovery(loop, config, dns, told.events());
  discovery->start();
  REQUIRE(told.lists.size() == 1);

  folder.write("list.json", R"(["10.0.0.2:80"])");
  run_until(loop, [&] { return told.lists.size() == 2; });
  CHECK(told.lists.back() == std::vector<std::string>{"10.0.0.2:80"});

  const std::string next = folder.write("next", R"(["10.0.0.3:80", "10.0.0.4:80"])");
  std::filesystem::rename(next, path);
  run_until(loop, [&] { return told.lists.size() == 3; });
  CHECK(told.lists.back() == std::vector<std::string>{"10.0.0.3:80", "10.0.0.4:80"});

  folder.write("list.json", "[]");
  run_until(loop, [&] { return told.problems.size() == 1; });
  CHECK(told.problems.back() == path + ": $: an empty list is too short; give at least 1");
  std::filesystem::remove(path);
  run_until(loop, [&] { return told.problems.size() == 2; });
  CHECK(told.problems.back() == path + ": No such file or directory");

  folder.write("list.json", R"(["10.0.0.3:80", "10.0.0.4:80"])");
  run_until(loop, [&] { return discovery->status().problem.empty(); });
  CHECK(told.lists.size() == 3);
}
