#include "sim/cli/interrupt.h"

#include <csignal>

namespace meshtwin {
namespace {

// Signal handlers can reach nothing but such a variable.
volatile std::sig_atomic_t signal_seen = 0;

void on_signal(int signal) {
  signal_seen = 1;
  std::signal(signal, SIG_DFL);
}

}  // namespace

InterruptListener::InterruptListener() {
  signal_seen = 0;
  std::signal(SIGINT, on_signal);
  std::signal(SIGTERM, on_signal);
}

InterruptListener::~InterruptListener() {
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
}

bool InterruptListener::interrupted() const { return signal_seen != 0; }

}  // namespace meshtwin
