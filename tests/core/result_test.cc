#include "core/result.h"

#include <catch2/catch.hpp>
#include <memory>
#include <string>

namespace meshtwin {
namespace {

Result<int> half(int number) {
  if (number % 2 != 0) return Error{"odd: " + std::to_string(number)};
  return number / 2;
}

TEST_CASE("a result holds a value or an error") {
  const Result<int> good = half(8);
  REQUIRE(good.ok());
  CHECK(good.value() == 4);

  const Result<int> bad = half(7);
  REQUIRE_FALSE(bad);
  CHECK(bad.error().message == "odd: 7");
}

TEST_CASE("a result hands over a value that cannot be copied") {
  Result<std::unique_ptr<int>> result = std::make_unique<int>(3);
  const std::unique_ptr<int> owned = std::move(result).value();
  CHECK(*owned == 3);
}

}  // namespace
}  // namespace meshtwin
