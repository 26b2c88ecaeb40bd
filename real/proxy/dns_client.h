// Looks names up in a thread of its own, as the system's resolver blocks.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
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
  // Doesn't wait for the question under way, whose answer nobody gets any more.
  ~DnsClient();
  DnsClient(const DnsClient&) = delete;
  DnsClient& operator=(const DnsClient&) = delete;

  // `on_answer` is called from the loop, later; questions are answered in order. It is dropped where `asker`
  // has gone by then.
  void ask(const DnsDiscovery& question, std::weak_ptr<void> asker, OnAnswer on_answer);

 private:
  struct Question {
    DnsDiscovery question;
    std::weak_ptr<void> asker;
    OnAnswer on_answer;
  };
  // Shared with the thread, which may have to end long after the client.
  struct Shared {
    std::mutex mutex;
    std::condition_variable changed;
    std::deque<Question> questions;
    bool ending = false;
  };
  static void run(const std::shared_ptr<Shared>& shared, const Resolve& resolve, EventLoop& loop);

  EventLoop& loop_;
  Resolve resolve_;
  std::shared_ptr<Shared> shared_ = std::make_shared<Shared>();
  bool started_ = false;  // the thread, with the first question
};

}  // namespace meshtwin
