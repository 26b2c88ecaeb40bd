// The client of the benchmark, in one thread.
//
// meshtwin-bench-load closed|reconnect|open|idle address=127.0.0.1:PORT [NAME=VALUE]...
//   address may come several times: connections go round them; connections, warmup and seconds, rate (a second; open
//   only), response and body (bytes), tolerant (1: of closed and reconnect, takes any status and connections that
//   end), process (id of a process under test, whose use is reported; may come several times)
#include <cstdlib>
#include <string>

#include "tests/bench/proxy/load.h"

namespace meshtwin::bench {
namespace {

void set_option(LoadOptions& options, const std::string& name, const char* value) {
  char* end = nullptr;
  const double number = std::strtod(value, &end);
  if (name == "address") {
    options.addresses.push_back(parse_address(value));
    return;
  }
  if (*value == '\0' || *end != '\0' || number < 0) fail("%s=%s is no number", name.c_str(), value);
  if (name == "connections") {
    options.connections = static_cast<std::uint64_t>(number);
  } else if (name == "warmup") {
    options.warmup_s = number;
  } else if (name == "seconds") {
    options.seconds = number;
  } else if (name == "rate") {
    options.rate_per_s = number;
  } else if (name == "response") {
    options.shape.response_bytes = static_cast<std::uint64_t>(number);
  } else if (name == "body") {
    options.shape.body_bytes = static_cast<std::uint64_t>(number);
  } else if (name == "tolerant") {
    options.shape.tolerant = number != 0;
  } else if (name == "process") {
    options.processes.push_back(static_cast<pid_t>(number));
  } else {
    fail("unknown option \"%s\"", name.c_str());
  }
}

}  // namespace
}  // namespace meshtwin::bench

int main(int argc, char** argv) {
  using namespace meshtwin::bench;
  if (argc < 3) fail("usage: %s closed|reconnect|open|idle address=127.0.0.1:PORT [NAME=VALUE]...", argv[0]);
  LoadOptions options;
  for (int i = 2; i < argc; ++i) {
    const std::string argument = argv[i];
    const std::size_t equals = argument.find('=');
    if (equals == argument.npos) fail("\"%s\" should be NAME=VALUE", argv[i]);
    set_option(options, argument.substr(0, equals), argv[i] + equals + 1);
  }
  if (options.addresses.empty()) fail("nothing says where to; give address=127.0.0.1:PORT");
  raise_descriptor_limit();
  const std::string kind = argv[1];
  if (kind == "closed") {
    closed_loop(options, false);
  } else if (kind == "reconnect") {
    closed_loop(options, true);
  } else if (kind == "open") {
    open_loop(options);
  } else if (kind == "idle") {
    idle_connections(options);
  } else {
    fail("unknown kind of load \"%s\"", argv[1]);
  }
}
