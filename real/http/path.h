// One canonical form of a request's target, for router, authoriser and endpoint alike.
#pragma once

#include <string>
#include <string_view>

namespace meshtwin {

// Puts the canonical form of `target` (a path with an optional query) into `out`, and says how long its path
// is; 0 where the target is refused. In the path
// - escaped unreserved characters (RFC 3986, 2.3) are unescaped, the others' digits are written in capitals;
// - "." and ".." are resolved, slashes that follow one another become one;
// - refused are: broken escapes, escaped controls, slashes and backslashes (%00, %2F, %5C), dot segments with
//   parameters ("..;x", also with the semicolon escaped), and a ".." above the root, since servers differ in
//   what they make of them.
// Nothing is unescaped twice: %252E stays. The query stays as it is. "*" stays as well. The form of a
// canonical target is itself.
std::size_t canonical_target(std::string_view target, std::string& out);

}  // namespace meshtwin
