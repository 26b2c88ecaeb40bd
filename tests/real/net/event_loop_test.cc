// What the event loop promises of the order within one round.
#include <catch2/catch.hpp>

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include <sys/epoll.h>
#include <sys/eventfd.h>

#include "real/net/event_loop.h"
#include "real/net/fd.h"

namespace meshtwin {
namespace {

// An event that is there from the start, and what is done at it.
class Ready final : public IoHandler {
 public:
  Ready(EventLoop& loop, std::function<void()> at_event, std::function<void()> at_round_end = [] {})
      : loop_(loop), at_event_(std::move(at_event)), at_end_(std::move(at_round_end)), fd_(eventfd(1, EFD_NONBLOCK)) {
    REQUIRE(loop_.watch(fd_.get(), *this, EPOLLIN));
  }
  ~Ready() override {
    loop_.not_at_round_end(*this);
    loop_.unwatch(fd_.get(), *this);
  }
  void on_io(std::uint32_t) override {
    eventfd_t value = 0;
    eventfd_read(fd_.get(), &value);
    at_event_();
  }
  void on_round_end() override { at_end_(); }

 private:
  EventLoop& loop_;
  std::function<void()> at_event_;
  std::function<void()> at_end_;
  Fd fd_;
};

}  // namespace

TEST_CASE("what is asked for at a round's end comes after all of its events, once for each time of asking") {
  EventLoop loop;
  std::string order;
  Ready* first = nullptr;
  Ready a(loop, [&] { order += 'e'; loop.at_round_end(*first); }, [&] { order += 'A'; });
  first = &a;
  Ready b(loop, [&] { order += 'e'; });
  loop.run_once(loop.now());
  CHECK(order == "eeA");
  loop.run_once(loop.now());
  CHECK(order == "eeA");
}

TEST_CASE("a handler may ask for the end of a round at the end of a round, and gets the same one") {
  EventLoop loop;
  int ends = 0;
  Ready* self = nullptr;
  Ready ready(loop, [&] { loop.at_round_end(*self); }, [&] {
    if (++ends < 3) loop.at_round_end(*self);
  });
  self = &ready;
  loop.run_once(loop.now());
  CHECK(ends == 3);
}

TEST_CASE("a handler that is gone by the end of the round isn't called, one that is retired still is") {
  EventLoop loop;
  std::string order;
  auto gone = std::make_unique<Ready>(loop, [] {}, [&] { order += 'g'; });
  auto retired = std::make_unique<Ready>(loop, [] {}, [&] { order += 'r'; });
  loop.at_round_end(*gone);
  loop.at_round_end(*retired);
  gone.reset();
  loop.retire(std::move(retired));
  loop.run_once(loop.now());
  CHECK(order == "r");
}

}  // namespace meshtwin
