#include "real/proxy/request_ids.h"

#include <catch2/catch.hpp>

using namespace meshtwin;

TEST_CASE("the request ids of the last calls are kept, each for its own call alone") {
  RequestIds ids;
  ids.add({0, 0}, "before any are kept");
  CHECK(ids.find({{0, 0}}) == std::vector<std::string>{""});
  ids.keep(2);
  ids.add({0, 0}, "a");
  ids.add({0, 1}, "b");
  CHECK(ids.find({{0, 1}, {0, 0}, {1, 0}, {0, 1}}) == std::vector<std::string>{"b", "a", "", "b"});
  ids.add({7, 0}, std::string(RequestIds::kBytesMax + 1, 'c'));
  CHECK(ids.find({{0, 0}, {7, 0}}) ==
        std::vector<std::string>{"", std::string(RequestIds::kBytesMax, 'c')});
  ids.keep(0);
  ids.add({0, 2}, "d");
  CHECK(ids.find({{0, 1}, {0, 2}}) == std::vector<std::string>{"", ""});
}
