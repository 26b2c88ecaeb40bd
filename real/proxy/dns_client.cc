#include "real/proxy/dns_client.h"

#include <algorithm>
#include <iterator>
#include <system_error>
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
  shared_->changed.notify_all();
}

void DnsClient::ask(const DnsDiscovery& question, std::weak_ptr<void> asker, OnAnswer on_answer) {
  bool start = false;
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->questions.push_back({question, std::move(asker), std::move(on_answer)});
    start = shared_->idle < shared_->questions.size() && shared_->threads < kThreadsMax;
    if (start) ++shared_->threads;
  }
  shared_->changed.notify_one();
  if (!start) return;
  try {
    std::thread([shared = shared_, resolve = resolve_, &loop = loop_] {
      run(*shared, resolve, loop);
    }).detach();
  } catch (const std::system_error&) {
    no_thread();
  }
}

// The threads that there are take the question; with none, all that wait hear of it, and ask again in their time.
void DnsClient::no_thread() {
  std::vector<Question> unheard;
  {
    const std::lock_guard lock(shared_->mutex);
    if (--shared_->threads > 0) return;
    unheard.assign(std::make_move_iterator(shared_->questions.begin()),
                   std::make_move_iterator(shared_->questions.end()));
    shared_->questions.clear();
  }
  for (Question& one : unheard) {
    loop_.post([one = std::move(one)] {
      if (!one.asker.expired()) one.on_answer(Error{"this machine has no thread left to resolve names with"});
    });
  }
}

std::optional<DnsClient::Question> DnsClient::Shared::take() {
  std::erase_if(questions, [](const Question& one) { return one.asker.expired(); });
  const auto next = std::find_if(questions.begin(), questions.end(), [this](const Question& one) {
    return !under_way.contains(one.question.host);
  });
  if (next == questions.end()) return std::nullopt;
  Question out = std::move(*next);
  questions.erase(next);
  under_way.insert(out.question.host);
  return out;
}

void DnsClient::run(Shared& shared, const Resolve& resolve, EventLoop& loop) {
  std::unique_lock lock(shared.mutex);
  while (true) {
    std::optional<Question> next;
    ++shared.idle;
    shared.changed.wait(lock, [&] { return shared.ending || (next = shared.take()).has_value(); });
    --shared.idle;
    if (shared.ending) return;
    lock.unlock();
    auto answer = resolve(next->question);
    lock.lock();
    if (shared.ending) return;
    shared.under_way.erase(next->question.host);
    shared.changed.notify_one();
    // Under the lock, as the loop may end as soon as the client has.
    loop.post([next = std::move(*next), answer = std::move(answer)] {
      if (!next.asker.expired()) next.on_answer(answer);
    });
  }
}

}  // namespace meshtwin
