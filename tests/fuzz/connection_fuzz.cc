// The proxy's connections as a whole: clients and endpoints do over real sockets what a script says (see
// connection_script.h). No client gets what is another's, the proxy serves afterwards, and nothing is left.
#include <filesystem>

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

// A client's foreign tag.
std::string run(std::string_view bytes) {
  const Tags tags(bytes);
  EventLoop loop;
  ConnectionWorld world(loop, tags, Script(bytes).settings());
  Script script(bytes);
  for (Step step; script.next(step);) world.take(step);
  world.end();
  return world.foreign_tag();
}

}  // namespace
}  // namespace meshtwin

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace meshtwin;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::ptrdiff_t descriptors = open_descriptors();
  std::string foreign;
  for (int times = 0; times < kTimesToBeSure; ++times) {
    foreign = run(bytes);
    if (foreign.empty()) break;
  }
  demand(foreign.empty(), "a client gets what is its own:", foreign);
  demand(open_descriptors() == descriptors, "no descriptor is left");
  return 0;
}
