#include "sim/network/simgrid/engine_setup.h"

#include <array>
#include <csignal>
#include <string>

namespace meshtwin {
namespace {

namespace s4u = simgrid::s4u;

// SimGrid installs handlers for these.
constexpr std::array<int, 3> kSignals{SIGINT, SIGSEGV, SIGBUS};

}  // namespace

std::unique_ptr<s4u::Engine> make_engine(double latency_factor, double bandwidth_factor) {
  std::array<struct sigaction, kSignals.size()> handlers{};
  for (std::size_t i = 0; i < kSignals.size(); ++i) sigaction(kSignals[i], nullptr, &handlers[i]);
  // Never the user's arguments: SimGrid takes its own options out of them.
  std::array<std::string, 4> words{"meshtwin", "--log=root.thres:critical", "--log=root.fmt:%m%n",
                                   "--log=no_loc"};
  std::array<char*, 5> argv{};
  for (std::size_t i = 0; i < words.size(); ++i) argv[i] = words[i].data();
  int argc = static_cast<int>(words.size());
  auto engine = std::make_unique<s4u::Engine>(&argc, argv.data());
  for (std::size_t i = 0; i < kSignals.size(); ++i) sigaction(kSignals[i], &handlers[i], nullptr);

  s4u::Engine::set_config("network/model", std::string("CM02"));
  s4u::Engine::set_config("network/optim", std::string("Lazy"));  // the driver's predictions need it
  s4u::Engine::set_config("network/latency-factor", latency_factor);
  s4u::Engine::set_config("network/bandwidth-factor", bandwidth_factor);
  s4u::Engine::set_config("network/crosstraffic", false);
  s4u::Engine::set_config("network/TCP-gamma", 1e300);  // no window bound on a single flow
  s4u::Engine::set_config("network/weight-S", 20537.0);
  return engine;
}

}  // namespace meshtwin
