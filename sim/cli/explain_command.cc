// `meshtwin explain`: why one call of a simulation went as it did.
#include <algorithm>
#include <limits>
#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/config/wording.h"
#include "sim/cli/arguments.h"
#include "sim/cli/call_report.h"
#include "sim/cli/commands.h"
#include "sim/cli/run_flags.h"
#include "sim/cli/terminal.h"
#include "sim/simulation.h"

namespace meshtwin {
namespace {

struct ExplainOptions {
  std::string file;
  std::string client;
  std::uint64_t call = 0;
  RunFlags flags;
};

Result<std::uint32_t> find_client(const Scenario& scenario, const std::string& name) {
  std::vector<std::string> names;
  for (std::uint32_t i = 0; i < scenario.clients.size(); ++i) {
    names.push_back(scenario.clients[i].name);
    if (name.empty() ? i > 0 : scenario.clients[i].name != name) continue;
    if (!std::holds_alternative<ClosedArrivals>(scenario.clients[i].arrivals)) return i;
    return Error{fmt::format("$.clients.{}: calls of a closed loop have no numbers; name an open one by --client",
                             scenario.clients[i].name)};
  }
  return Error{fmt::format("--client: there is no client {}{}; the file has {}", in_quotes(name),
                           did_you_mean(name, names), fmt::join(names, ", "))};
}

int explain_call(const ExplainOptions& options) {
  const Result<Scenario> scenario = load_with_flags(options.file, options.flags);
  if (!scenario) return bad_input(scenario.error().message);
  const auto about_file = [&](const std::string& what) { return bad_input(fmt::format("{}: {}", options.file, what)); };
  if (!std::holds_alternative<NativeNetwork>(scenario.value().network)) {
    return about_file("$.network: calls are explained on the native network; leave the network out");
  }
  const Result<std::uint32_t> client = find_client(scenario.value(), options.client);
  if (!client) return about_file(client.error().message);
  CallExplanation call;
  call.client = client.value();
  call.number = options.call;
  SimulationOptions simulation;
  simulation.seed = scenario.value().seed;
  simulation.explain = &call;
  RunControl control;
  Simulation(scenario.value(), simulation).run(control);
  if (!call.started) {
    return about_file(fmt::format("client {} makes fewer calls than {} before the end; give --call a smaller number",
                                  scenario.value().clients[call.client].name, options.call + 1));
  }
  if (options.flags.json) {
    fmt::print("{}\n", call_document(scenario.value(), call).dump(2));
  } else {
    fmt::print("{}", call_report(scenario.value(), call, Paint::for_stdout()));
  }
  return 0;
}

}  // namespace

void add_explain_command(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<ExplainOptions>();
  CLI::App* command =
      app.add_subcommand("explain", "Simulate a scenario and tell why one of its calls went where it went");
  command->add_option("FILE", options->file, "Scenario file")->required()->option_text(" ");
  command->add_option("--call", options->call, "Number of the client's call, from 0")
      ->required()
      ->check(whole_number(0, std::numeric_limits<std::uint32_t>::max()))
      ->option_text("N");
  command->add_option("--client", options->client, "Whose call (default: the file's first client)")
      ->check(not_empty("a client"))
      ->option_text("NAME");
  add_run_flags(*command, options->flags);
  command->footer(
      "The run is the first replication. For each decision: who was looked at, by which rule, with what scores, by\n"
      "what margin, and the nearest change that would have led elsewhere. A running proxy tells the same of its last\n"
      "requests at /explain on its admin address.\n"
      "Exit status: 0 explained, 2 bad input.\n\n"
      "Example: meshtwin explain scenarios/quickstart.json --call 1000");
  command->callback([options, &exit_code] { exit_code = explain_call(*options); });
}

}  // namespace meshtwin
