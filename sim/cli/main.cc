#include "sim/cli/cli.h"

int main(int argc, char** argv) { return meshtwin::run_cli(argc, argv); }
