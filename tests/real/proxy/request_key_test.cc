#include "real/proxy/request_key.h"

#include <catch2/catch.hpp>
#include <string>
#include <utility>
#include <vector>

#include "core/random/stream.h"

namespace meshtwin {
namespace {

using Source = HashKeyConfig::Source;
using Fields = std::vector<std::pair<std::string, std::string>>;

std::optional<std::uint64_t> key_of(const HashKeyConfig& config, const Fields& fields) {
  RequestHead head;
  for (const auto& [name, value] : fields) head.fields.push_back({name, value});
  return request_key(&config, head, "192.0.2.7");
}

TEST_CASE("A key is the hash of the client's address, which every request has") {
  CHECK(key_of({Source::address, ""}, {}) == xxh64("192.0.2.7"));
}

TEST_CASE("A key is the hash of the first header field of its name, in whatever case") {
  const HashKeyConfig config{Source::header, "x-user"};
  CHECK(key_of(config, {{"Accept", "*/*"}, {"X-User", "ann"}, {"x-user", "bob"}}) == xxh64("ann"));
  CHECK(key_of(config, {{"x-user", ""}}) == xxh64(""));
  CHECK_FALSE(key_of(config, {{"x-user-id", "ann"}}));
}

TEST_CASE("A key is the hash of the first cookie of its name, in its case") {
  const HashKeyConfig config{Source::cookie, "session"};
  CHECK(key_of(config, {{"Cookie", "a=1; session=abc=; b=2"}}) == xxh64("abc="));
  CHECK(key_of(config, {{"cookie", "a=1"}, {"cookie", " session = x ;"}}) == xxh64("x"));
  CHECK(key_of(config, {{"cookie", "session="}}) == xxh64(""));
  CHECK_FALSE(key_of(config, {{"cookie", "Session=abc; xsession=1; session"}}));
  CHECK_FALSE(key_of(config, {{"cookie", ";;="}}));
  CHECK_FALSE(key_of(config, {{"set-cookie", "session=abc"}}));
}

TEST_CASE("Without a balancer that goes by keys, there is none") {
  CHECK_FALSE(request_key(nullptr, RequestHead{}, "192.0.2.7"));
  CHECK(hash_key(LeastRequestConfig{}) == nullptr);
  CHECK(hash_key(BalancerConfig(C3Config{3, 1, 0.1, {}, HashKeyConfig{Source::cookie, "s"}}))->name == "s");
  CHECK(hash_key(BalancerConfig(MaglevConfig{{Source::header, "x"}, 7, {}}))->name == "x");
}

}  // namespace
}  // namespace meshtwin
