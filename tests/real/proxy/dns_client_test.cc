#include "real/proxy/dns_client.h"

#include <algorithm>
#include <atomic>
#include <catch2/catch.hpp>
#include <condition_variable>
#include <mutex>
#include <string>
#include <vector>

#include "tests/real/proxy/loop_helpers.h"

using namespace meshtwin;

namespace {

using Answer = Result<std::vector<EndpointConfig>>;

// Names that begin with "slow" wait until they are let go.
class SlowNames {
 public:
  ~SlowNames() { let_go(); }
  Resolve resolve() {
    return [this](const DnsDiscovery& question) {
      std::unique_lock lock(mutex_);
      most_ = std::max(most_, ++running_);
      changed_.wait(lock, [&] { return released_ || !question.host.starts_with("slow"); });
      --running_;
      return Answer{Error{question.host}};
    };
  }
  void let_go() {
    const std::lock_guard lock(mutex_);
    released_ = true;
    changed_.notify_all();
  }
  std::size_t running() {
    const std::lock_guard lock(mutex_);
    return running_;
  }
  std::size_t most() {
    const std::lock_guard lock(mutex_);
    return most_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool released_ = false;
  std::size_t running_ = 0;
  std::size_t most_ = 0;
};

struct Asking {
  explicit Asking(const Resolve& resolve) : dns(loop, resolve) {}
  void ask(const std::string& name) {
    DnsDiscovery question;
    question.host = name;
    dns.ask(question, asker, [this](const Answer& answer) { answers.push_back(answer.error().message); });
  }
  void run_until_answers(std::size_t count) {
    run_until(loop, [&] { return answers.size() >= count; });
  }

  EventLoop loop;
  DnsClient dns;
  std::shared_ptr<int> asker = std::make_shared<int>();
  std::vector<std::string> answers;
};

}  // namespace

TEST_CASE("a name whose look-up takes long delays no other one") {
  SlowNames names;
  Asking asking(names.resolve());
  asking.ask("slow");
  asking.ask("fast");
  asking.ask("other");
  asking.run_until_answers(2);
  CHECK(std::count(asking.answers.begin(), asking.answers.end(), "slow") == 0);
  names.let_go();
  asking.run_until_answers(3);
  CHECK(asking.answers.back() == "slow");
}

TEST_CASE("a name is looked up once at a time, and those who ask again keep no thread from others") {
  SlowNames names;
  Asking asking(names.resolve());
  for (std::size_t i = 0; i < 2 * DnsClient::kThreadsMax; ++i) asking.ask("slow");
  asking.ask("fast");
  asking.run_until_answers(1);
  CHECK(asking.answers.front() == "fast");
  CHECK(names.most() <= 2);
  names.let_go();
  asking.run_until_answers(1 + 2 * DnsClient::kThreadsMax);
  CHECK(names.most() <= 2);
}

TEST_CASE("look-ups beyond the threads wait, and all are answered") {
  SlowNames names;
  Asking asking(names.resolve());
  const std::size_t count = 3 * DnsClient::kThreadsMax;
  for (std::size_t i = 0; i < count; ++i) asking.ask("slow-" + std::to_string(i));
  while (names.running() < DnsClient::kThreadsMax) {
  }
  names.let_go();
  asking.run_until_answers(count);
  CHECK(names.most() == DnsClient::kThreadsMax);
}
