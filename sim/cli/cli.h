// The command line as a function, so that tests can call it.
#pragma once

namespace meshtwin {

// Runs `meshtwin ARGS...` and returns its exit status. A verb that is not its own is looked for as the
// program meshtwin-VERB beside this one, which then takes this one's place.
int run_cli(int argc, char** argv);

}  // namespace meshtwin
