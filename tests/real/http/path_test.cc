#include "real/http/path.h"

#include <catch2/catch.hpp>
#include <string>

namespace meshtwin {
namespace {

// The canonical form; "refused" where there is none. The form of the form has to be the same.
std::string canonical(std::string_view target) {
  std::string out = "held something before";
  const std::size_t path = canonical_target(target, out);
  if (path == 0) return "refused";
  std::string again;
  if (canonical_target(out, again) != path || again != out) return "not canonical: " + out;
  return out;
}

TEST_CASE("plain targets stay as they are") {
  for (const std::string target :
       {"/", "/a", "/a/", "/a/b.c", "/a?b=c", "/a?", "/a.b/c..d/e.", "/a;b=c/d", "/...", "/a:b@c",
        "/a?b=/../c", "/a?//", "/a?%2f%00%zz\\", "*", "/a%20b", "/a%C3%A9", "/?/"}) {
    CHECK(canonical(target) == target);
  }
}

TEST_CASE("the length of the path comes without its query") {
  std::string out;
  CHECK(canonical_target("/a/b?c/d", out) == 4);
  CHECK(canonical_target("/%61/./b?c/d", out) == 4);
  CHECK(canonical_target("/a", out) == 2);
  CHECK(canonical_target("/?x", out) == 1);
  CHECK(canonical_target("*", out) == 1);
}

TEST_CASE("escapes are brought to one form") {
  CHECK(canonical("/%61%7A%41%5A%30%39%2d%2e%5f%7e") == "/azAZ09-._~");
  CHECK(canonical("/%c3%a9%3a%3A%20%25") == "/%C3%A9%3A%3A%20%25");
  CHECK(canonical("/%252e%252e/%252f") == "/%252e%252e/%252f");
  CHECK(canonical("/%7euser?%7e") == "/~user?%7e");
}

TEST_CASE("dot segments are resolved, also those that were escaped") {
  CHECK(canonical("/a/./b") == "/a/b");
  CHECK(canonical("/a/.") == "/a/");
  CHECK(canonical("/./") == "/");
  CHECK(canonical("/.") == "/");
  CHECK(canonical("/a/../b") == "/b");
  CHECK(canonical("/a/..") == "/");
  CHECK(canonical("/a/b/../../c/") == "/c/");
  CHECK(canonical("/a/%2e%2E/b") == "/b");
  CHECK(canonical("/a/.%2e/b") == "/b");
  CHECK(canonical("/a/%2e/b") == "/a/b");
  CHECK(canonical("/abc/../abcd/../x?/../y") == "/x?/../y");
  CHECK(canonical("/a/..b/.c/d..") == "/a/..b/.c/d..");
}

TEST_CASE("slashes that follow one another become one") {
  CHECK(canonical("//") == "/");
  CHECK(canonical("//a///b//") == "/a/b/");
  CHECK(canonical("//a//../b") == "/b");
  CHECK(canonical("/a//..") == "/");
  CHECK(canonical("/.//a") == "/a");
}

TEST_CASE("what servers read in different ways is refused") {
  for (const std::string target :
       {"",       "a",       "?a",           "a/b",        "**",         "*/",        "/%",     "/%2",
        "/%zz",   "/%2x",    "/a%",          "/a%2?b",     "/%00",       "/a%00b",    "/%0a",   "/%0d%0a",
        "/%1f",   "/%7f",    "/a%2fb",       "/a%2Fb",     "/a%5cb",     "/a%5Cb",    "/a\\b",  "/a/..\\b",
        "/..",    "/../a",   "/a/../..",     "/%2e%2e",    "/a/../../b", "/./..",     "/..;/a", "/a/..;x/b",
        "/a/..;", "/a/.;/b", "/a/%2e%2e;/b", "/a/..%3b/b", "/a/.%3B",    "/%2e%2E%2f"}) {
    INFO(target);
    CHECK(canonical(target) == "refused");
  }
}

}  // namespace
}  // namespace meshtwin
