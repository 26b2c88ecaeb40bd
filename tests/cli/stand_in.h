// A copy of the program with a stand-in for meshtwin-testbed beside it: a shell script.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

#include "core/results/replication_codec.h"
#include "tests/support/program.h"

namespace meshtwin {

class StandIn {
 public:
  StandIn() { std::filesystem::copy_file(std::getenv("MESHTWIN_PROGRAM"), folder_ / "meshtwin"); }

  // `script` finds the values of --result, --calls and --out in $result, $calls and $out, and the canned files
  // in the folder $here.
  void testbed(const std::string& script) const {
    const std::string head = R"sh(#!/bin/sh
here=$(dirname "$0")
echo "$*" >> "$here/arguments"
while [ $# -gt 0 ]; do
  case $1 in --result) result=$2 ;; --calls) calls=$2 ;; --out) out=$2 ;; esac
  shift
done
)sh";
    const std::string file = folder_.write("meshtwin-testbed", head + script);
    std::filesystem::permissions(file, std::filesystem::perms::owner_all);
  }
  void replication(const Replication& replication) const { folder_.write("canned", encode(replication)); }
  // Those of each start of the testbed, a line each.
  std::string arguments() const { return text_of_file(folder_ / "arguments"); }

  ProgramOptions options() const {
    ProgramOptions options;
    options.program = folder_ / "meshtwin";
    return options;
  }
  const TemporaryFolder& folder() const { return folder_; }

 private:
  TemporaryFolder folder_;
};

}  // namespace meshtwin
