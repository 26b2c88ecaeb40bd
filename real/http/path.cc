#include "real/http/path.h"

#include <algorithm>

#include "real/http/characters.h"

namespace meshtwin {
namespace {

bool unescape(std::string_view path, std::string& out) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (path[i] == '\\') return false;
    if (path[i] != '%') {
      out.push_back(path[i]);
      continue;
    }
    const int high = i + 2 < path.size() ? hex_digit(path[i + 1]) : -1;
    const int low = i + 2 < path.size() ? hex_digit(path[i + 2]) : -1;
    if (high < 0 || low < 0) return false;
    const int c = high * 16 + low;
    if (c < ' ' || c == 0x7f || c == '/' || c == '\\') return false;
    if (is_in(static_cast<char>(c), kNameCharacter)) {  // RFC 3986 calls them unreserved
      out.push_back(static_cast<char>(c));
    } else {
      out.push_back('%');
      out.push_back(kDigits[static_cast<std::size_t>(high)]);
      out.push_back(kDigits[static_cast<std::size_t>(low)]);
    }
    i += 2;
  }
  return true;
}

// What some servers take for "." or ".." once they have cut the parameters off.
bool is_dots_with_parameters(std::string_view segment) {
  if (!segment.starts_with('.')) return false;
  segment.remove_prefix(segment.starts_with("..") ? 2 : 1);
  return segment.starts_with(';') || segment.starts_with("%3B");
}

// Resolves the segments of `path` in place; false for what is refused.
bool resolve(std::string& path) {
  std::size_t kept = 1;  // of the path so far, which ends with a slash
  for (std::size_t begin = 1; begin <= path.size();) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    const std::string_view segment = std::string_view(path).substr(begin, end - begin);
    const bool last = end == path.size();
    if (is_dots_with_parameters(segment)) return false;
    if (segment == "..") {
      if (kept == 1) return false;
      kept = path.rfind('/', kept - 2) + 1;
    } else if (segment != "." && !segment.empty()) {
      std::copy(segment.begin(), segment.end(), path.begin() + static_cast<std::ptrdiff_t>(kept));
      kept += segment.size();
      if (!last) path[kept++] = '/';
    }
    begin = end + 1;
  }
  path.resize(kept);
  return true;
}

bool is_plain(std::string_view path) {
  char before = 0;
  for (const char c : path) {
    if (c == '%' || c == '\\' || (before == '/' && (c == '/' || c == '.'))) return false;
    before = c;
  }
  return true;
}

}  // namespace

std::size_t canonical_target(std::string_view target, std::string& out) {
  out.clear();
  if (target == "*") {
    out.push_back('*');
    return 1;
  }
  if (target.empty() || target.front() != '/') return 0;
  const std::string_view path = target.substr(0, target.find('?'));
  const std::string_view query = target.substr(path.size());
  if (is_plain(path)) {
    out.append(target);
    return path.size();
  }
  if (!unescape(path, out) || !resolve(out)) return 0;
  const std::size_t length = out.size();
  out.append(query);
  return length;
}

}  // namespace meshtwin
