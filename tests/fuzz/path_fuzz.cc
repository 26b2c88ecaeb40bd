// Canonical targets: the form of the form is the same, and nothing is left in it that servers read
// differently.
#include "real/http/path.h"
#include "tests/conformance/http1/codec_feed.h"
#include "tests/fuzz/fuzz_support.h"

namespace meshtwin {
namespace {

void check_path(std::string_view path) {
  demand(path.front() == '/', "a path begins with a slash", path);
  for (const std::string_view part :
       {"//", "/./", "/../", "\\", "%2F", "%2f", "%5C", "%5c", "%00", "%2E", "%2e", "..;"}) {
    // "..;" behind other characters is a name like any other.
    const std::string_view searched = part == "..;" ? "/..;" : part;
    demand(path.find(searched) == std::string_view::npos, "nothing ambiguous", path);
  }
  demand(!path.ends_with("/.") && !path.ends_with("/.."), "no dot segment at the end", path);
}

}  // namespace
}  // namespace meshtwin

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace meshtwin;
  const ExactCopy target({reinterpret_cast<const char*>(data), size});
  std::string out;
  const std::size_t length = canonical_target(target.view(), out);
  if (length == 0) return 0;
  demand(length <= out.size() && out.size() <= size, "no longer than it was", out);
  demand(length == out.size() || out[length] == '?', "the query is behind the path", out);
  if (out != "*") check_path(std::string_view(out).substr(0, length));
  std::string again;
  demand(canonical_target(out, again) == length && again == out, "the form of the form is the same", out);
  return 0;
}
