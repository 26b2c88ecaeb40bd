// What operates the proxy, in the test's own loop: what comes in which order is the test's to say.
#include "real/proxy/supervisor.h"

#include <catch2/catch.hpp>
#include <optional>
#include <string>
#include <vector>

#include "real/proxy/config_file.h"
#include "tests/real/proxy/loop_helpers.h"
#include "tests/support/program.h"

using namespace meshtwin;

namespace {

const std::string kRest = R"("workers": 1, "upstreams": {"a": {"endpoints": ["127.0.0.1:9"]}})";
const std::string kRoutes = R"("address": "127.0.0.1:0", "routes": [{"upstream": "a"}])";
const std::string kOne = R"({"listeners": [{"name": "one", )" + kRoutes + "}], " + kRest + "}";
const std::string kTwo =
    R"({"listeners": [{"name": "one", )" + kRoutes + R"(}, {"name": "two", )" + kRoutes + "}], " + kRest + "}";

class Operated {
 public:
  explicit Operated(const std::string& config) : file_(folder_.write("p.json", config)) {
    bool ready = false;
    REQUIRE(supervisor.start(load_proxy_config(file_).value(), [&] { ready = true; }));
    run_until(loop, [&] { return ready; });
  }
  ~Operated() {
    if (!ended) supervisor.drain();
    if (!ended) supervisor.drain();
  }
  const std::string& file() const { return file_; }
  bool reported(const std::string& text) const {
    for (const std::string& line : reports) {
      if (line.find(text) != std::string::npos) return true;
    }
    return false;
  }

 private:
  TemporaryFolder folder_;
  std::string file_;

 public:
  EventLoop loop;
  std::vector<std::string> reports;
  bool ended = false;
  Supervisor supervisor{loop, file_, resolve_by_system,
                        {[this](const std::string& line) { reports.push_back(line); }, [this] { ended = true; }}};
};

}  // namespace

TEST_CASE("reloads that wait when a drain begins are refused, each with the reason") {
  Operated proxy(kTwo);
  std::vector<std::string> answers;
  const auto answered = [&](const std::optional<Error>& error) {
    answers.push_back(error ? error->message : "taken up");
  };
  // The first one waits until the address that it gives up may be closed, the second one for the first.
  proxy.supervisor.reload_text(kOne, "POST /config", answered);
  proxy.supervisor.reload(answered);
  CHECK(answers.empty());
  proxy.supervisor.drain();
  CHECK(answers == std::vector<std::string>{"POST /config is not taken up: the proxy is draining",
                                            proxy.file() + " is not taken up: the proxy is draining"});
  CHECK(proxy.reported("POST /config is not taken up: the proxy is draining"));
  CHECK(proxy.supervisor.reloads_refused() == 2);
  CHECK(proxy.supervisor.config().listeners.size() == 2);
  run_until(proxy.loop, [&] { return proxy.ended; });
  CHECK(answers.size() == 2);
}
