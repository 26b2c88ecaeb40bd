// The proxy's connections as a whole: clients and endpoints do over real sockets what a script says (see
// connection_script.h), at the times that it says. No client gets what is another's or waits for ever, the
// proxy serves afterwards, and nothing is left.
#include <filesystem>

#include "tests/fuzz/connection_clock.h"
#include "tests/fuzz/connection_world.h"
#include "tests/fuzz/fuzz_support.h"

namespace meshtwin {
namespace {

// The kernel may be late with what one end has sent to another, which then looks as if sent later.
constexpr int kTimesToBeSure = 3;

std::ptrdiff_t open_descriptors() {
  const std::filesystem::directory_iterator all("/proc/self/fd");
  return std::distance(begin(all), end(all));
}

// What a client got that it shouldn't have.
std::string run(std::string_view bytes) {
  reset_clock();
  const Tags tags(bytes);
  EventLoop loop;
  ConnectionWorld world(loop, tags, Script(bytes).settings());
  Script script(bytes);
  bool goes_on = true;
  for (Step step; goes_on && script.next(step);) goes_on = world.take(step);
  if (goes_on) world.end();
  return world.complaint();
}

}  // namespace
}  // namespace meshtwin

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace meshtwin;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::ptrdiff_t descriptors = open_descriptors();
  std::string complaint;
  for (int times = 0; times < kTimesToBeSure; ++times) {
    complaint = run(bytes);
    if (complaint.empty()) break;
  }
  demand(complaint.empty(), "a client gets what is its own:", complaint);
  demand(open_descriptors() == descriptors, "no descriptor is left");
  return 0;
}
