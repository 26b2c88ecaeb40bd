#include "real/net/signals.h"

#include <pthread.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>

#include <csignal>
#include <utility>

namespace meshtwin {

Signals::Signals(EventLoop& loop, std::initializer_list<int> numbers, std::function<void(int)> on_signal)
    : loop_(loop), on_signal_(std::move(on_signal)) {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : numbers) sigaddset(&set, number);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  fd_ = Fd(signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC));
  loop_.watch(fd_.get(), *this, EPOLLIN);
}

Signals::~Signals() { loop_.unwatch(fd_.get(), *this); }

void Signals::on_io(std::uint32_t) {
  signalfd_siginfo info{};
  while (::read(fd_.get(), &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
    on_signal_(static_cast<int>(info.ssi_signo));
  }
}

}  // namespace meshtwin
