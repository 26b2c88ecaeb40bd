#include "core/results/call_log.h"

#include <catch2/catch.hpp>

using namespace meshtwin;
using namespace std::chrono_literals;

namespace {

CallLog sample() {
  CallLogger logger(3);
  logger.started(0, 0, Time(5ms));
  logger.started(2, 0, Time(6ms));
  logger.started(0, 1, Time(7ms));
  logger.started(0, 2, Time(8ms));
  logger.finished(0, 1, Time(9ms), {FailureKind::error_5xx, 503, 3}, 7);
  logger.finished(0, 0, Time(25ms), {FailureKind::none, 200, 1}, 4);
  logger.finished(2, 0, Time(26ms), {FailureKind::timeout, 0, 2}, kNoEndpoint);
  return logger.take();
}

}  // namespace

TEST_CASE("a log has the calls by client and number, those that never ended included") {
  const CallLog log = sample();
  REQUIRE(log.size() == 4);
  CHECK(log[0] == LoggedCall{0, 0, Time(5ms), true, 20ms, FailureKind::none, 1, 4});
  CHECK(log[1] == LoggedCall{0, 1, Time(7ms), true, 2ms, FailureKind::error_5xx, 3, 7});
  CHECK(log[2] == LoggedCall{0, 2, Time(8ms)});
  CHECK(log[3] == LoggedCall{2, 0, Time(6ms), true, 20ms, FailureKind::timeout, 2, kNoEndpoint});
}

TEST_CASE("a log comes back as it was") {
  CHECK(encode_call_log(sample()) ==
        "client,number,due_ns,latency_ns,outcome,attempts,endpoint\n"
        "0,0,5000000,20000000,ok,1,4\n"
        "0,1,7000000,2000000,5xx,3,7\n"
        "0,2,8000000,,unfinished,,\n"
        "2,0,6000000,20000000,timeout,2,\n");
  for (const CallLog& log : {sample(), CallLog()}) {
    const Result<CallLog> back = decode_call_log(encode_call_log(log));
    REQUIRE(back.ok());
    CHECK(back.value() == log);
  }
}

TEST_CASE("a damaged log is an error that names the line") {
  const std::string header = "client,number,due_ns,latency_ns,outcome,attempts,endpoint\n";
  CHECK_FALSE(decode_call_log("").ok());
  CHECK_FALSE(decode_call_log("client\n").ok());
  const std::string line =
      GENERATE("0,0,1,2,ok,1", "0,0,1,2,ok,1,2,3\n", "0,0,1,2,fine,1,2\n", "0,0,-1,2,ok,1,2\n",
               "0,1,1,2,ok,1,2\n", "0,0,1,x,ok,1,2\n", "0,0,1,2,ok,999,2\n", "\n", "0,0,1,2,ok,1,2");
  INFO(line);
  const Result<CallLog> log = decode_call_log(header + "0,0,1,2,ok,1,2\n1,0,1,2,ok,1,2\n");
  CHECK(log.ok());
  const Result<CallLog> bad = decode_call_log(header + line);
  REQUIRE_FALSE(bad.ok());
  CHECK(bad.error().message == "line 2 of the log of calls is damaged");
}
