// meshtwin-proxy as whoever operates it meets it.
#include <atomic>
#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "tests/real/proxy/running_proxy.h"
#include "tests/support/program.h"

using namespace meshtwin;
using Object = nlohmann::ordered_json;

namespace {

Object listener(const std::string& name, const std::string& upstream,
                const std::string& address = "127.0.0.1:0") {
  return {{"name", name}, {"address", address}, {"routes", {{{"upstream", upstream}}}}};
}

// A configuration with a listener "in" to the upstream "a" of one endpoint, and an admin server.
Object config_to(const std::string& endpoint) {
  return {{"workers", 2},
          {"listeners", Object::array({listener("in", "a")})},
          {"upstreams", {{"a", {{"endpoints", {endpoint}}}}}},
          {"admin", {{"address", "127.0.0.1:0"}}}};
}

Object parsed(const Answer& answer) { return Object::parse(answer.body); }

}  // namespace

TEST_CASE("a proxy says where it listens, serves, tells of itself, and ends on SIGTERM") {
  const TemporaryFolder folder;
  NamedBackend backend("one");
  RunningProxy proxy({"--config", folder.write("p.json", config_to(backend.address()).dump())});
  INFO(proxy.err());
  REQUIRE(proxy.ready());
  CHECK(proxy.out() == "listening in " + proxy.address("in").text() + "\nadmin " +
                           proxy.address("admin").text() + "\nready\n");
  const Answer answer = Client(proxy.address("in")).ask("GET", "/");
  CHECK(answer.status == 200);
  CHECK(answer.body == "one");

  CHECK(proxy.admin("GET", "/healthz").body == "ok\n");
  CHECK(proxy.admin("GET", "/ready").status == 200);
  const Answer metrics = proxy.admin("GET", "/metrics");
  CHECK(metrics.head.find("text/plain; version=0.0.4") != std::string::npos);
  CHECK(metrics.body.find("downstream_rq_total{listener=\"in\"} 1\n") != std::string::npos);
  CHECK(metrics.body.find("upstream_rq_total{upstream=\"a\",endpoint=\"" + backend.address() + "\"} 1\n") !=
        std::string::npos);
  const Object upstream = parsed(proxy.admin("GET", "/upstreams"))["upstreams"][0];
  CHECK(upstream["endpoints"][0]["standing"] == "eligible");
  CHECK(upstream["endpoints"][0]["totals"]["success"] == 1);
  CHECK(upstream["endpoints"][0]["workers"].size() == 2);
  CHECK(upstream["calls"]["results"]["ok"] == 1);
  const Object decision = parsed(proxy.admin("GET", "/explain?upstream=a&limit=1"))["decisions"][0];
  CHECK(decision["kind"] == "pick");
  CHECK(decision["endpoint"] == backend.address());
  CHECK(decision["candidates"].size() == 1);

  proxy.signal(SIGTERM);
  CHECK(proxy.wait() == 0);
  CHECK(proxy.err().find("drained") != std::string::npos);
}

TEST_CASE("decisions are told by the request id that the access log has, while a request is under way and after") {
  const TemporaryFolder folder;
  NamedBackend backend("one");
  Object config = config_to(backend.address());
  config["access_log"] = {{"path", "access.log"}};
  RunningProxy proxy({"--config", folder.write("p.json", config.dump())});
  REQUIRE(proxy.ready());
  const auto decisions = [&](const std::string& query) {
    return parsed(proxy.admin("GET", "/explain" + query))["decisions"];
  };
  Client held(proxy.address("in"));
  held.send("GET /held HTTP/1.1\r\nHost: a\r\nX-Request-ID: mine-1\r\n\r\n");
  while (decisions("?request_id=mine-1").empty()) {
  }
  CHECK(Client(proxy.address("in")).ask("GET", "/other").status == 200);
  backend.release();
  CHECK(held.receive().status == 200);
  const Object mine = decisions("?request_id=mine-1");
  REQUIRE(mine.size() == 1);
  CHECK(mine[0]["request_id"] == "mine-1");
  CHECK(mine[0]["endpoint"] == backend.address());
  CHECK(decisions("?request_id=mine").empty());
  const std::string made = decisions("?limit=1")[0]["request_id"];
  CHECK(made.size() == 32);
  proxy.signal(SIGTERM);
  CHECK(proxy.wait() == 0);
  const std::string log = text_of_file(folder / "access.log");
  CHECK(log.find("\"request_id\":\"mine-1\"") != std::string::npos);
  CHECK(log.find("\"request_id\":\"" + made + "\"") != std::string::npos);
}

TEST_CASE("the admin server refuses what it doesn't know, and what pages of a browser could send") {
  const TemporaryFolder folder;
  NamedBackend backend("one");
  RunningProxy proxy({"--config", folder.write("p.json", config_to(backend.address()).dump())});
  REQUIRE(proxy.ready());
  const Answer unknown = proxy.admin("GET", "/metric");
  CHECK(unknown.status == 404);
  CHECK(unknown.body.find("GET  /metrics ") != std::string::npos);
  const Answer other = proxy.admin("DELETE", "/config");
  CHECK(other.status == 405);
  CHECK(other.head.find("Allow: GET, POST\r\n") != std::string::npos);
  CHECK(proxy.admin("POST", "/metrics").status == 405);
  CHECK(proxy.admin("POST", "/config", "", "Origin: http://evil.example\r\n").status == 403);
  CHECK(proxy.admin("GET", "/config", "", "Host: evil.example\r\n").status == 403);
  CHECK(proxy.admin("GET", "/config", "", "Host: 127.0.0.1:1\r\n").status == 200);
  CHECK(proxy.admin("GET", "/explain?limit=0").status == 400);
  CHECK(proxy.admin("GET", "/explain?upstream=b").body.find("there is no upstream") != std::string::npos);
  CHECK(proxy.admin("POST", "/config", "", "Transfer-Encoding: chunked\r\n").status == 411);
  CHECK(proxy.admin("POST", "/config", "", "Content-Length: 100000000\r\n").status == 413);
  Client broken(proxy.address("admin"));
  broken.send("GET /\r\n\r\n");
  CHECK(broken.receive().status == 400);
}

TEST_CASE("SIGHUP takes up a good file and refuses a bad one, and both are told") {
  const TemporaryFolder folder;
  NamedBackend one("one");
  NamedBackend two("two");
  const std::string file = folder.write("p.json", config_to(one.address()).dump());
  RunningProxy proxy({"--config", file});
  REQUIRE(proxy.ready());
  const std::string version = parsed(proxy.admin("GET", "/config"))["version"];

  folder.write("p.json", config_to(two.address()).dump());
  proxy.reload();
  CHECK(Client(proxy.address("in")).ask("GET", "/").body == "two");
  Object page = parsed(proxy.admin("GET", "/config"));
  CHECK(page["version"] != version);
  CHECK(page["last_reload"]["ok"] == true);
  CHECK(page["last_reload"]["from"] == file);
  CHECK(page["config"]["upstreams"]["a"]["endpoints"][0]["address"] == two.address());

  Object bad = config_to(one.address());
  bad["listeners"][0]["routs"] = 1;
  folder.write("p.json", bad.dump());
  proxy.reload();
  CHECK(Client(proxy.address("in")).ask("GET", "/").body == "two");
  page = parsed(proxy.admin("GET", "/config"));
  CHECK(page["last_reload"]["ok"] == false);
  const std::string error = page["last_reload"]["error"];
  CHECK(error.starts_with(file + ": $.listeners[0].routs: unknown key \"routs\"; did you mean \"routes\"?"));
  CHECK(proxy.err().find(error) != std::string::npos);
  CHECK(page["reloads"] == 1);
  CHECK(page["reloads_refused"] == 1);
}

TEST_CASE("POST /config takes up its body, or says why not") {
  const TemporaryFolder folder;
  NamedBackend one("one");
  NamedBackend two("two");
  RunningProxy proxy({"--config", folder.write("p.json", config_to(one.address()).dump())});
  REQUIRE(proxy.ready());
  Client kept(proxy.address("in"));
  CHECK(kept.ask("GET", "/").body == "one");

  const Answer taken = proxy.admin("POST", "/config", config_to(two.address()).dump());
  CHECK(taken.status == 200);
  CHECK(parsed(taken)["version"] == parsed(proxy.admin("GET", "/config"))["version"]);
  CHECK(kept.ask("GET", "/").body == "two");
  CHECK(proxy.admin("POST", "/config").status == 200);
  CHECK(kept.ask("GET", "/").body == "one");

  const auto refused = [&](const Object& config) -> std::string {
    const Answer answer = proxy.admin("POST", "/config", config.dump());
    CHECK(answer.status == 400);
    return parsed(answer)["error"];
  };
  Object change = config_to(two.address());
  change["workers"] = 3;
  CHECK(refused(change) == "POST /config: $.workers: a change from 2 to 3 needs a restart");
  change = config_to(two.address());
  change["journal"] = {{"folder", "/tmp"}};
  CHECK(refused(change).find("$.journal: a change from none to /tmp") != std::string::npos);
  change = config_to(two.address());
  change["listeners"].push_back(listener("taken", "a", proxy.address("admin").text()));
  CHECK(refused(change).find("POST /config: $.listeners[1].address: " + proxy.address("admin").text() +
                             " can't be listened on (Address already in use)") != std::string::npos);
  change = config_to(two.address());
  change["upstreams"]["a"]["policy"] = "none.json";
  CHECK(refused(change).starts_with("POST /config: $.upstreams.a.policy: \"none.json\" can't be read"));
  const Answer unread = proxy.admin("POST", "/config", "{\n  \"listeners\": [}\n");
  CHECK(parsed(unread)["error"].get<std::string>().starts_with("POST /config:2:17: not JSON: "));
  CHECK(kept.ask("GET", "/").body == "one");
}

TEST_CASE("reloads under load lose no request, neither on listeners that stay nor on those that go") {
  const TemporaryFolder folder;
  NamedBackend backend("one");
  const Object plain = config_to(backend.address());
  RunningProxy proxy({"--config", folder.write("p.json", plain.dump())});
  REQUIRE(proxy.ready());
  std::atomic<bool> stop{false};
  std::atomic<int> bad{0};
  std::atomic<int> good{0};
  std::thread load([&] {
    try {
      while (!stop) {
        Client client(proxy.address("in"));
        for (int i = 0; i < 3; ++i) ++(client.ask("GET", "/").status == 200 ? good : bad);
      }
    } catch (const std::exception&) {
      ++bad;
    }
  });
  constexpr int kRounds = 4;
  for (int round = 0; round < kRounds; ++round) {
    // A listener comes on a port that was free a moment ago, and goes while requests are on their way to it.
    const std::string address = NamedBackend("gone").address();
    Object more = plain;
    more["listeners"].push_back(listener("more", "a", address));
    CHECK(proxy.admin("POST", "/config", more.dump()).status == 200);
    std::vector<Client> waiting;
    for (int i = 0; i < 20; ++i) waiting.emplace_back(Address::parse(address).value());
    for (Client& client : waiting) client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    CHECK(proxy.admin("POST", "/config", plain.dump()).status == 200);
    for (Client& client : waiting) CHECK(client.receive().body == "one");
  }
  stop = true;
  load.join();
  CHECK(bad == 0);
  CHECK(good > 0);
}

TEST_CASE("a drain lets what is under way end, and takes nothing new") {
  const TemporaryFolder folder;
  NamedBackend backend("one");
  Object config = config_to(backend.address());
  config["drain"] = "60s";
  RunningProxy proxy({"--config", folder.write("p.json", config.dump())});
  REQUIRE(proxy.ready());
  Client idle(proxy.address("in"));
  CHECK(idle.ask("GET", "/").status == 200);
  Client busy(proxy.address("in"));
  busy.send("GET /held HTTP/1.1\r\nHost: a\r\n\r\n");
  proxy.signal(SIGTERM);
  while (proxy.admin("GET", "/ready").status == 200) {
  }
  CHECK(proxy.admin("GET", "/ready").body == "draining\n");
  CHECK(proxy.admin("POST", "/config").status == 400);
  CHECK(idle.at_end());
  backend.release();
  CHECK(busy.receive().body == "one");
  CHECK(proxy.wait() == 0);
}

TEST_CASE("a second signal ends a drain at once") {
  const TemporaryFolder folder;
  NamedBackend backend("one");
  Object config = config_to(backend.address());
  config["drain"] = "10m";
  RunningProxy proxy({"--config", folder.write("p.json", config.dump())});
  REQUIRE(proxy.ready());
  Client busy(proxy.address("in"));
  busy.send("GET /held HTTP/1.1\r\nHost: a\r\n\r\n");
  proxy.signal(SIGTERM);
  while (proxy.admin("GET", "/ready").status == 200) {
  }
  proxy.signal(SIGINT);
  const int code = proxy.wait();
  INFO(proxy.err());
  CHECK(code == 0);
}

TEST_CASE("a log that nobody reads neither stops requests nor the end") {
  NamedBackend backend("one");
  const TemporaryFolder folder;
  Object config = config_to(backend.address());
  config["access_log"] = {{"path", "-"}};
  RunningProxy proxy({"--config", folder.write("p.json", config.dump())});
  REQUIRE(proxy.ready());
  Client client(proxy.address("in"));
  const std::string path = "/" + std::string(2000, 'x');
  for (int i = 0; i < 100; ++i) REQUIRE(client.ask("GET", path).status == 200);
  proxy.signal(SIGTERM);
  CHECK(proxy.wait() == 0);
}

TEST_CASE("access log and journal are written, and the log is opened anew on SIGHUP") {
  const TemporaryFolder folder;
  NamedBackend backend("one");
  Object config = config_to(backend.address());
  config["access_log"] = {{"path", "access.log"}};
  config["journal"] = {{"folder", "."}};
  RunningProxy proxy({"--config", folder.write("p.json", config.dump())});
  INFO(proxy.err());
  REQUIRE(proxy.ready());
  CHECK(Client(proxy.address("in")).ask("GET", "/first").status == 200);
  std::filesystem::rename(folder / "access.log", folder / "access.log.1");
  proxy.reload();
  CHECK(Client(proxy.address("in")).ask("GET", "/second").status == 200);
  proxy.signal(SIGTERM);
  CHECK(proxy.wait() == 0);
  const std::string both = text_of_file(folder / "access.log.1") + text_of_file(folder / "access.log");
  CHECK(both.find("\"path\":\"/first\"") != std::string::npos);
  CHECK(text_of_file(folder / "access.log").find("\"path\":\"/second\"") != std::string::npos);
  CHECK(std::filesystem::file_size(folder / "journal-0-000001.mtj") +
            std::filesystem::file_size(folder / "journal-1-000001.mtj") >
        0);
}

TEST_CASE("the flag --check reads everything that a configuration names and starts nothing") {
  const TemporaryFolder folder;
  Object config = config_to("127.0.0.1:9");
  config["workers"] = 1;
  const auto check = [&](const Object& what) {
    RunningProxy proxy({"--check", "--config", folder.write("p.json", what.dump())});
    CHECK_FALSE(proxy.ready());
    const int code = proxy.wait();
    return std::to_string(code) + " " + proxy.out() + proxy.err();
  };
  CHECK(check(config).starts_with(
      "0 " + folder / "p.json" +
      std::string(": good: proxy with 1 listener, 1 upstream and 1 worker; version ")));
  config["upstreams"]["a"] = {{"endpoints_file", "none.json"}};
  CHECK(check(config) == "2 meshtwin-proxy: " + (folder / "none.json") + ": No such file or directory\n");
  config["upstreams"]["a"] = {{"endpoints", {"127.0.0.1:9"}}, {"policy", "none.json"}};
  CHECK(check(config).starts_with("2 meshtwin-proxy: " + (folder / "p.json") +
                                  ": $.upstreams.a.policy: \"none.json\" can't be read"));
  config["upstreams"]["a"] = {{"endpoints", {"127.0.0.1:9"}}};
  config["journal"] = {{"folder", "none"}};
  CHECK(check(config).find("$.journal.folder:") != std::string::npos);
}

TEST_CASE("the flag --check says which addresses this machine doesn't have, and leaves ports alone") {
  const TemporaryFolder folder;
  const auto check = [&](const Object& what) {
    RunningProxy proxy({"--check", "--config", folder.write("p.json", what.dump())});
    const int code = proxy.wait();
    return std::to_string(code) + " " + proxy.out() + proxy.err();
  };
  NamedBackend uses_its_port("one");
  Object config = config_to("127.0.0.1:9");
  config["listeners"][0]["address"] = uses_its_port.address();
  CHECK(check(config).starts_with("0 "));
  // An address for documentation, which no machine has.
  config["listeners"][0]["address"] = "192.0.2.1:8080";
  CHECK(check(config) == "2 meshtwin-proxy: " + (folder / "p.json") +
                             ": $.listeners[0].address: 192.0.2.1:8080 can't be listened on (Cannot assign "
                             "requested address); give an address of this machine (ip address)\n");
  config["listeners"][0]["address"] = "127.0.0.1:0";
  config["admin"] = {{"address", "192.0.2.1:0"}, {"allow_remote", true}};
  CHECK(check(config).find(": $.admin.address: 192.0.2.1:0 can't be listened on (") != std::string::npos);
}

TEST_CASE("a start that can't be is told in one line, with exit code 2") {
  const TemporaryFolder folder;
  NamedBackend backend("one");
  Object config = config_to(backend.address());
  config["listeners"][0]["address"] = backend.address();
  RunningProxy proxy({"--config", folder.write("p.json", config.dump())});
  CHECK_FALSE(proxy.ready());
  CHECK(proxy.wait() == 2);
  CHECK(proxy.err() ==
        "meshtwin-proxy: " + (folder / "p.json") + ": $.listeners[0].address: " + backend.address() +
            " can't be listened on (Address already in use); give another one, or end what has it\n");
  RunningProxy unknown({"--confg", "x"});
  CHECK(unknown.wait() == 2);
  RunningProxy version({"--version"});
  CHECK(version.wait() == 0);
  CHECK(version.out().starts_with("meshtwin-proxy "));
}
