// `meshtwin-testbed backend`: services that answer after a drawn time, until they are told to end.
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "real/files.h"
#include "real/net/signals.h"
#include "real/testbed/backend.h"
#include "real/testbed/commands.h"
#include "real/testbed/plain_scenario.h"
#include "real/testbed/playable.h"

namespace meshtwin {
namespace {

struct BackendFlags {
  std::string scenario;
  std::vector<std::string> set;
  PlainService service;
  std::uint16_t port = 0;
  std::uint64_t seed = 1;
};

int serve(const BackendFlags& flags) {
  const Result<Scenario> scenario =
      flags.scenario.empty() ? plain_scenario(flags.service, {}) : read_scenario(flags.scenario, flags.set);
  if (!scenario) return bad_input(scenario.error().message);
  if (!flags.scenario.empty()) {
    if (const auto playable = check_playable(scenario.value(), flags.scenario); !playable) {
      return bad_input(playable.error().message);
    }
  }
  const Result<std::unique_ptr<Backend>> backend =
      Backend::open(scenario.value(), {flags.seed, false, flags.port});
  if (!backend) return bad_input(backend.error().message);
  EventLoop loop;
  const Signals signals(loop, {SIGINT, SIGTERM}, [&](int) { loop.stop(); });
  if (const auto started = backend.value()->start(loop.origin_ns()); !started) {
    return bad_input(started.error().message);
  }
  for (std::size_t s = 0; s < backend.value()->addresses().size(); ++s) {
    const std::vector<Address>& addresses = backend.value()->addresses()[s];
    for (std::size_t i = 0; i < addresses.size(); ++i) {
      fmt::print("listening {}/{} {}\n", scenario.value().services[s].name, i, addresses[i].text());
    }
  }
  fmt::print("ready\n");
  std::fflush(stdout);
  loop.run();
  backend.value()->stop();
  return 0;
}

}  // namespace

void add_backend_command(CLI::App& app, int& exit_code) {
  auto flags = std::make_shared<BackendFlags>();
  PlainService& service = flags->service;
  CLI::App* command = app.add_subcommand("backend", "Serve as a scenario's services would, until Ctrl-C");
  auto* file =
      command
          ->add_option("SCENARIO", flags->scenario,
                       "Play the services and faults of a scenario; else one service, by the options")
          ->option_text("[FILE]");
  command->add_option("--set", flags->set, "Change a value of the scenario first; may be repeated")
      ->allow_extra_args(false)
      ->needs(file)
      ->option_text("PATH=VALUE");
  command->add_option("--port", flags->port, "Of the first instance, the others follow (default: free ones)")
      ->option_text("N");
  command->add_option("--seed", flags->seed, "Of service times and errors (default: 1)")->option_text("N");
  for (CLI::Option* option :
       {command->add_option("--service-time", service.service_time,
                            "A duration, or a distribution as in scenarios, as JSON (default: 0ms)"),
        command->add_option("--instances", service.instances, "Ports (default: 1)"),
        command->add_option("--concurrency", service.concurrency, "Requests served at a time (default: 1)"),
        command->add_option("--queue", service.queue,
                            "Requests that wait; further ones get 503 (default: no bound)"),
        command->add_option("--response-bytes", service.response_bytes,
                            "Of a response's body (default: 100)"),
        command->add_option("--error-rate", service.error_rate,
                            "Share of requests answered 500 (default: 0)")}) {
    option->excludes(file)->option_text("VALUE");
  }
  command->footer("Example: meshtwin-testbed backend --port 8080 --instances 4 --service-time 5ms");
  command->callback([flags, &exit_code] { exit_code = serve(*flags); });
}

}  // namespace meshtwin
