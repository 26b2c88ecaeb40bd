// What the steps of a script do.
#include <algorithm>
#include <chrono>

#include "tests/fuzz/connection_world.h"

namespace meshtwin {
namespace {

constexpr std::size_t kFill = 16 * 1024;

}  // namespace

bool ConnectionWorld::take(const Step& step) {
  constexpr std::string_view kOfWorld = "smlt";
  constexpr std::string_view kOfClients = "cnvfhxrp";
  if (step.what == 'z') return false;
  if (kOfWorld.find(step.what) != std::string_view::npos) take_world_step(step);
  else if (kOfClients.find(step.what) != std::string_view::npos) take_client_step(step);
  else take_endpoint_step(step);
  return true;
}

void ConnectionWorld::take_world_step(const Step& step) {
  switch (step.what) {
    case 's':
      return step.whom == 0 ? settle() : turn(step.whom);
    case 'm':
      return set_members(step.whom);
    case 'l':
      return load(Settings(step.bytes));
    default:
      return pass_time(std::chrono::milliseconds(1 << step.whom));
  }
}

void ConnectionWorld::take_client_step(const Step& step) {
  FuzzedClient*& client = present_[step.whom % kClientsAtOnce];
  if (client == nullptr || !client->peer().open()) {
    const bool sends = step.what == 'c' || step.what == 'n' || step.what == 'v';
    if (!sends || (client = connect()) == nullptr) return;
  }
  switch (step.what) {
    case 'c':
      return client->send_by_hand(step.bytes);
    case 'n':
      return client->ask(step.manner());
    case 'v':
      return client->ask(step.manner(), true);
    case 'f':
      return client->send_by_hand(fill(step.manner(), 'c'));
    case 'h':
      return client->half_close();
    case 'x':
      return client->peer().close();
    case 'r':
      return client->peer().reset();
    default:
      return client->read_on(!client->reads());
  }
}

// What the proxy has sent on it by now is taken in first: the tag is of that request, and whatever comes
// without one is nobody's.
void ConnectionWorld::take_endpoint_step(const Step& step) {
  FuzzedEndpoint* const of = endpoint(step.whom);
  if (of == nullptr) return;
  for (std::size_t before = ~std::size_t{0}; before != of->peer().received.size() && of->peer().open();) {
    before = of->peer().received.size();
    of->peer().on_io(EPOLLIN);
  }
  switch (step.what) {
    case 'a':
    case 'u':
      return of->answer_all(step.manner(), step.what == 'u');
    case 'e': {
      std::string bytes;
      for (const char c : step.bytes) bytes += c == '@' ? of->latest_tag() : std::string(1, c);
      return of->send_by_hand(bytes);
    }
    case 'g':
      return of->send_by_hand(fill(step.manner(), 'e'));
    case 'k':
      return of->half_close();
    case 'y':
      return of->peer().close();
    case 'q':
      return of->peer().reset();
    case 'w':
      return of->read_on(step.manner() % 2 != 0);
    default:
      return;
  }
}

std::string ConnectionWorld::fill(std::uint8_t manner, char with) {
  const std::size_t size = std::min(manner * kFill, fill_left_);
  fill_left_ -= size;
  return std::string(size, with);
}

FuzzedEndpoint* ConnectionWorld::endpoint(std::uint8_t whom) {
  std::vector<FuzzedEndpoint*> open;
  for (const auto& one : endpoints_) {
    if (one->peer().open()) open.push_back(one.get());
  }
  return open.empty() ? nullptr : open[whom % open.size()];
}

}  // namespace meshtwin
