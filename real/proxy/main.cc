// meshtwin-proxy: the policy core behind real sockets.
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "core/version.h"
#include "real/net/event_loop.h"
#include "real/net/signals.h"
#include "real/net/socket.h"
#include "real/proxy/admin_pages.h"
#include "real/proxy/admin_server.h"
#include "real/proxy/config_check.h"
#include "real/proxy/config_file.h"
#include "real/proxy/supervisor.h"

namespace meshtwin {
namespace {

constexpr int kBadInput = 2;

void report(const std::string& line) { fmt::print(stderr, "meshtwin-proxy: {}\n", line); }

void say(const std::string& line) {
  fmt::print("{}\n", line);
  std::fflush(stdout);
}

int check(const std::string& file) {
  const Result<std::string> checked = check_proxy_config(file);
  if (!checked) return report(checked.error().message), kBadInput;
  say(checked.value());
  return EXIT_SUCCESS;
}

int serve(const std::string& file) {
  const Result<ProxyConfigPtr> config = load_proxy_config(file);
  if (!config) return report(config.error().message), kBadInput;

  EventLoop loop;
  std::signal(SIGPIPE, SIG_IGN);
  // A journal or log that reaches the limit of a file's size is a write that fails, and not the end.
  std::signal(SIGXFSZ, SIG_IGN);
  allow_many_files();
  Supervisor supervisor(loop, file, resolve_by_system, {report, [&loop] { loop.stop(); }});
  const Signals signals(loop, {SIGHUP, SIGTERM, SIGINT}, [&](int number) {
    if (number != SIGHUP) return supervisor.drain();
    supervisor.reload([](const std::optional<Error>&) {});
  });
  AdminPages pages(loop, supervisor);
  std::unique_ptr<AdminServer> admin;
  const Result<bool> started = supervisor.start(config.value(), [&] {
    for (std::size_t i = 0; i < supervisor.config().listeners.size(); ++i) {
      say(fmt::format("listening {} {}", supervisor.config().listeners[i].name,
                      supervisor.listener_address(i).text()));
    }
    if (admin) say(fmt::format("admin {}", admin->address().text()));
    say("ready");
  });
  if (!started) return report(started.error().message), kBadInput;
  if (config.value()->admin) {
    Result<Fd> listener = listen_tcp(config.value()->admin->address);
    if (!listener) {
      report(fmt::format(
          "{}: $.admin.address: {} can't be listened on ({}); give another one, or end what has it", file,
          config.value()->admin->address.text(), listener.error().message));
      return kBadInput;
    }
    admin =
        std::make_unique<AdminServer>(loop, std::move(listener).value(),
                                      [&](const AdminRequest& request, const AdminServer::Respond& respond) {
                                        pages.handle(request, respond);
                                      });
  }
  loop.run();
  return EXIT_SUCCESS;
}

int run(int argc, char** argv) {
  CLI::App app("Carries HTTP/1.1 requests to upstreams by the policies that meshtwin simulates.",
               "meshtwin-proxy");
  std::string file;
  bool only_check = false;
  app.add_option("--config", file, "The configuration, proxy.json")->required()->option_text("FILE");
  app.add_flag("--check", only_check,
               "Validate FILE and what it names, and exit: 0 where all is well, else 2");
  app.set_version_flag("--version", fmt::format("meshtwin-proxy {}", version()));
  app.footer(
      "SIGHUP reads FILE again: a good one is taken up with no request lost, a bad one refused.\n"
      "SIGTERM drains and ends; a second one ends at once.\n\n"
      "Example: meshtwin-proxy --config scenarios/proxy/sidecar.json");
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& success) {
    return app.exit(success);
  } catch (const CLI::ParseError& error) {
    report(fmt::format("{}; see meshtwin-proxy --help", error.what()));
    return kBadInput;
  }
  return only_check ? check(file) : serve(file);
}

}  // namespace
}  // namespace meshtwin

int main(int argc, char** argv) { return meshtwin::run(argc, argv); }
