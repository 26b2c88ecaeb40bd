// `meshtwin model`: formulas beside the simulation, over a range of loads.
#include <memory>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/results/model_study.h"
#include "sim/cli/arguments.h"
#include "sim/cli/commands.h"
#include "sim/cli/execute.h"
#include "sim/cli/run_flags.h"
#include "sim/cli/table.h"
#include "sim/cli/terminal.h"
#include "sim/cli/wording.h"

namespace meshtwin {
namespace {

struct ModelOptions {
  std::string file;
  std::vector<double> loads = {.1, .2, .3, .4, .5, .6, .7, .8, .9, .95};
  RunFlags flags;
};

std::string error_of(double formula, double simulated) {
  return fmt::format("{:+.0f} %", (formula / simulated - 1) * 100);
}

std::string with_error(double formula, double simulated) {
  return fmt::format("{} {:>5}", as_latency(formula), error_of(formula, simulated));
}

std::string text_of(const ModelStudy& study, const std::vector<std::string>& warnings, const Paint& paint) {
  const ModelInput& in = study.input;
  std::string text = fmt::format(
      "{}\n  {}\n\n",
      paint.bold(fmt::format("{}: {} instance{} of {} worker{}", in.service, in.instances,
                             in.instances == 1 ? "" : "s", in.workers, in.workers == 1 ? "" : "s")),
      paint.dim(fmt::format("mean service {}, squared variation {:.3g}, communication {}",
                            as_latency(in.mean_service), in.service_cv2, as_latency(in.communication))));
  Table table({{"load"},
               {"calls/s"},
               {"n/c", Table::Align::right, 4},
               {"simulated"},
               {"", Table::Align::left, 5},
               {"T = n/c·s + t"},
               {"fitted", Table::Align::right, 3},
               {"M/M/c split", Table::Align::right, 1},
               {"M/M/c shared", Table::Align::right, 2},
               {"Allen-Cunneen"}});
  for (const ModelPoint& p : study.points) {
    const double sim = p.simulated.value;
    table.add({fmt::format("{:g}", p.load), as_number(p.rate), fmt::format("{:.2f}", p.requests_per_instance),
               as_latency(sim), as_margin(p.simulated.ci95), with_error(p.document_formula, sim),
               error_of(p.fitted_formula, sim), error_of(p.mmc_split, sim), error_of(p.mmc_shared, sim),
               error_of(p.allen_cunneen, sim)});
  }
  const std::size_t width = stdout_width();
  text += table.text("  ", width) + "  " +
          paint.dim("n/c: requests in the system per instance; percentages: off the simulation") + "\n\n";
  for (const std::string& finding : study.findings) {
    text += "  - " + wrapped(finding, "    ", width).substr(4);
  }
  for (const std::string& warning : warnings) {
    text += fmt::format("  {} {}", paint.warn("!"), wrapped(warning, "    ", width).substr(4));
  }
  return text;
}

nlohmann::ordered_json document_of(const ModelStudy& study, const std::vector<std::string>& warnings) {
  nlohmann::ordered_json points = nlohmann::ordered_json::array();
  for (const ModelPoint& p : study.points) {
    points.push_back({{"load", p.load},
                      {"rate", p.rate},
                      {"requests_per_instance", p.requests_per_instance},
                      {"simulated_ms", p.simulated.value},
                      {"simulated_ci95_ms", {p.simulated.ci95.low, p.simulated.ci95.high}},
                      {"document_formula_ms", p.document_formula},
                      {"fitted_formula_ms", p.fitted_formula},
                      {"mmc_split_ms", p.mmc_split},
                      {"mmc_shared_ms", p.mmc_shared},
                      {"allen_cunneen_ms", p.allen_cunneen}});
  }
  return {{"service", study.input.service},
          {"instances", study.input.instances},
          {"workers", study.input.workers},
          {"mean_service_ms", study.input.mean_service},
          {"communication_ms", study.input.communication},
          {"fit",
           {{"single_latency_ms", study.fit.formula.single_latency},
            {"communication_latency_ms", study.fit.formula.communication_latency},
            {"r_squared", study.fit.r_squared},
            {"largest_relative_residual", study.fit.largest_relative_residual}}},
          {"points", points},
          {"findings", study.findings},
          {"warnings", warnings}};
}

int model(const ModelOptions& options) {
  const Result<Scenario> scenario = load_with_flags(options.file, options.flags);
  if (!scenario) return bad_input(scenario.error().message);
  Result<ModelInput> input = model_input(scenario.value());
  if (!input) return bad_input(fmt::format("{}: {}", options.file, input.error().message));
  const std::set<double> different(options.loads.begin(), options.loads.end());
  if (different.size() < 2) return bad_input("--loads: give at least two loads, such as 0.2,0.5,0.9");
  const InterruptListener interrupt;
  std::vector<Estimate> latencies;
  std::vector<std::vector<std::string>> warnings_by_load;
  for (const double load : options.loads) {
    ExecuteOptions execute_options;
    execute_options.threads = options.flags.threads;
    execute_options.label = fmt::format("load {:g}", load);
    const Result<Execution> execution =
        execute(at_load(scenario.value(), input.value(), load), execute_options, interrupt);
    if (interrupt.interrupted()) {
      return bad_input("interrupted: the formulas need all loads"), kInterrupted;
    }
    if (!execution) return bad_input(fmt::format("{}: {}", options.file, execution.error().message));
    const std::size_t service = scenario.value().clients.front().service;
    latencies.push_back(execution.value().result.services[service].latency.mean);
    warnings_by_load.push_back(execution.value().result.warnings);
  }
  const Result<ModelStudy> study = study_model(input.value(), options.loads, latencies);
  if (!study) return bad_input(fmt::format("{}: {}", options.file, study.error().message));
  std::vector<std::string> warnings = left_out(scenario.value());
  for (std::string& warning : load_warnings(input.value(), options.loads, warnings_by_load)) {
    warnings.push_back(std::move(warning));
  }
  if (options.flags.json) {
    fmt::print("{}\n", document_of(study.value(), warnings).dump(2));
  } else {
    fmt::print("{}", text_of(study.value(), warnings, Paint::for_stdout()));
  }
  return 0;
}

}  // namespace

void add_model_command(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<ModelOptions>();
  CLI::App* command =
      app.add_subcommand("model", "Latency formulas beside the simulation, over a range of loads");
  command
      ->add_option("FILE", options->file, "A scenario file; its first client and the service that it calls")
      ->required()
      ->option_text(" ");
  command->add_option("--loads", options->loads, "Loads of each worker, from 0.001 to 0.999")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(number(0.001, 0.999))
      ->option_text("LOAD,...");
  add_run_flags(*command, options->flags);
  command->footer(
      "T = n/c·s + t is the linear rule: requests in the system per instance, times the latency of a single\n"
      "request, plus communication; its n comes from the simulation by Little's law. \"fitted\" has s and t "
      "by\n"
      "least squares. M/M/c is given with a queue for each instance (split) and one for all (shared).\n"
      "Allen-Cunneen takes the variation of service and arrivals into account, with the queue that is "
      "nearer\n"
      "to the balancer. Instances have to be alike and queues without a bound. Faults, changes and all of\n"
      "the policy but its balancer are left out, of the simulation too.\n\n"
      "Example: meshtwin model scenarios/random.json --loads 0.2,0.5,0.8,0.9");
  command->callback([options, &exit_code] { exit_code = model(*options); });
}

}  // namespace meshtwin
