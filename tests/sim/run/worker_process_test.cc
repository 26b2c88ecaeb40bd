#include <catch2/catch.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <stdexcept>

#include "sim/run/worker_process.h"

using namespace meshtwin;

namespace {

bool no_child_left() { return waitpid(-1, nullptr, WNOHANG) == -1 && errno == ECHILD; }

std::string error_of(const WorkerProcess::Work& work) {
  const Result<std::string> result = run_in_child(work);
  return result ? "" : result.error().message;
}

}  // namespace

TEST_CASE("a child's value comes back whole, however long it is") {
  for (const std::size_t length : {0, 1, 65'536, 3'000'000}) {
    const auto result = run_in_child([&]() -> Result<std::string> { return std::string(length, 'x'); });
    REQUIRE(result.ok());
    CHECK(result.value() == std::string(length, 'x'));
  }
  CHECK(no_child_left());
}

TEST_CASE("what goes wrong in a child is the error") {
  CHECK(error_of([]() -> Result<std::string> { return Error{"no such thing"}; }) == "no such thing");
  CHECK(error_of([]() -> Result<std::string> { throw std::runtime_error("thrown"); }) == "thrown");
  SECTION("or its last words") {
    CHECK(error_of([]() -> Result<std::string> {
            std::fputs("first\nlast words \n\n", stderr);
            std::abort();
          }) == "last words");
    CHECK(error_of([]() -> Result<std::string> {
            std::raise(SIGKILL);
            return std::string();
          }) == "a worker process died: Killed");
    CHECK(error_of([]() -> Result<std::string> { _exit(0); }) == "a worker process ended without a result");
  }
  CHECK(no_child_left());
}

TEST_CASE("a child ignores the interrupts that its parent hears too") {
  const auto result = run_in_child([]() -> Result<std::string> {
    std::raise(SIGINT);
    std::raise(SIGTERM);
    return std::string("still there");
  });
  REQUIRE(result.ok());
  CHECK(result.value() == "still there");
}

TEST_CASE("a child that is no longer wanted is ended and reaped") {
  {
    const auto worker = WorkerProcess::start([]() -> Result<std::string> {
      while (true) pause();
    });
    REQUIRE(worker.ok());
    CHECK_FALSE(no_child_left());
  }
  CHECK(no_child_left());
}

TEST_CASE("nothing that is buffered for output is written twice") {
  std::FILE* file = std::tmpfile();
  REQUIRE(file != nullptr);
  std::fputs("once", file);
  REQUIRE(run_in_child([]() -> Result<std::string> { return std::string(); }).ok());
  std::fflush(file);
  CHECK(std::ftell(file) == 4);
  std::fseek(file, 0, SEEK_END);
  CHECK(std::ftell(file) == 4);
  std::fclose(file);
}
