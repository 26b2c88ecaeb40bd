#include "real/proxy/dns_client.h"

#include <thread>
#include <utility>

namespace meshtwin {

DnsClient::DnsClient(EventLoop& loop, Resolve resolve) : loop_(loop), resolve_(std::move(resolve)) {}

DnsClient::~DnsClient() {
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->ending = true;
    shared_->questions.clear();
  }
  shared_->changed.notify_one();
}

void DnsClient::ask(const DnsDiscovery& question, std::weak_ptr<void> asker, OnAnswer on_answer) {
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->questions.push_back({question, std::move(asker), std::move(on_answer)});
  }
  shared_->changed.notify_one();
  if (!std::exchange(started_, true)) {
    std::thread([shared = shared_, resolve = resolve_, &loop = loop_] {
      run(shared, resolve, loop);
    }).detach();
  }
}

void DnsClient::run(const std::shared_ptr<Shared>& shared, const Resolve& resolve, EventLoop& loop) {
  std::unique_lock lock(shared->mutex);
  while (true) {
    shared->changed.wait(lock, [&] { return shared->ending || !shared->questions.empty(); });
    if (shared->ending) return;
    Question next = std::move(shared->questions.front());
    shared->questions.pop_front();
    lock.unlock();
    auto answer = resolve(next.question);
    lock.lock();
    if (shared->ending) return;
    // Under the lock, as the loop may end as soon as the client has.
    loop.post([next = std::move(next), answer = std::move(answer)] {
      if (!next.asker.expired()) next.on_answer(answer);
    });
  }
}

}  // namespace meshtwin
