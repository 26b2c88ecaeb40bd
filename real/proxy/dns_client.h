// Looks names up in threads of its own, as the system's resolver blocks: a name that is slow delays itself
// alone.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/result.h"
#include "real/net/event_loop.h"
#include "real/proxy/config.h"

namespace meshtwin {

// Endpoints that a name stands for, or why there are none; blocks. Tests put their own in its place.
using Resolve = std::function<Result<std::vector<EndpointConfig>>(const DnsDiscovery&)>;

// By the system: A and AAAA through getaddrinfo, SRV through libresolv. Each endpoint is named by its
// address; weights are those of the SRV records, and of these only the ones with the lowest priority value
// count.
Result<std::vector<EndpointConfig>> resolve_by_system(const DnsDiscovery& question);

class DnsClient {
 public:
  using OnAnswer = std::function<void(Result<std::vector<EndpointConfig>>)>;

  // Answers come through `loop`, which has to outlive this.
  DnsClient(EventLoop& loop, Resolve resolve);
  // Doesn't wait for the questions under way, whose answers nobody gets any more.
  ~DnsClient();
  DnsClient(const DnsClient&) = delete;
  DnsClient& operator=(const DnsClient&) = delete;

  // At a time, one for each name that is asked for; further names wait.
  static constexpr std::size_t kThreadsMax = 16;

  // `on_answer` is called from the loop, later; questions about one name are answered in order. It is dropped
  // where `asker` has gone by then.
  void ask(const DnsDiscovery& question, std::weak_ptr<void> asker, OnAnswer on_answer);

 private:
  struct Question {
    DnsDiscovery question;
    std::weak_ptr<void> asker;
    OnAnswer on_answer;
  };
  // Shared with the threads, which may have to end long after the client.
  struct Shared {
    std::mutex mutex;
    std::condition_variable changed;
    std::deque<Question> questions;
    std::set<std::string> under_way;  // names
    std::size_t threads = 0;
    std::size_t idle = 0;  // of the threads
    bool ending = false;

    // One about a name that no thread is busy with; under the lock.
    std::optional<Question> take();
  };
  void no_thread();
  static void run(Shared& shared, const Resolve& resolve, EventLoop& loop);

  EventLoop& loop_;
  Resolve resolve_;
  std::shared_ptr<Shared> shared_ = std::make_shared<Shared>();
};

}  // namespace meshtwin
