// Responses that endpoints of a script send without its spelling them out.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace meshtwin {

inline std::string framed_response(std::string_view body, std::string_view fields, std::string_view status) {
  return "HTTP/1.1 " + std::string(status) + "\r\n" + std::string(fields) +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

// With the field `size_field`, where the body can't be taken for something else.
inline std::string ready_response(const std::string& tag, std::uint8_t manner,
                                  const std::string& size_field) {
  const auto sized = [&](std::size_t size) { return size_field + ": " + std::to_string(size) + "\r\n"; };
  const auto plain = [&](std::string_view body, const std::string& fields, std::string_view status) {
    return framed_response(body, sized(body.size()) + fields, status);
  };
  switch (manner % 8) {
    case 1:
      return "HTTP/1.1 200 OK\r\n" + sized(23) + "Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n16\r\n" + tag +
             std::string(22 - tag.size(), '-') + "\r\n0\r\nX-Tag: " + tag + "\r\n\r\n";
    case 2:
      return "HTTP/1.1 200 OK\r\nX-Tag: " + tag + "\r\n\r\n" + tag;
    case 3:
      return plain(tag, "Connection: close\r\n", "200 OK");
    case 4:
      return "HTTP/1.1 103 Early\r\nLink: " + tag + "\r\n\r\n" + plain(tag, "", "404 No");
    case 5:
      return "HTTP/1.1 204 None\r\nX-Tag: " + tag + "\r\n\r\n";
    case 6:
      return plain(tag, "", "503 Not now");
    case 7:
      return plain(std::string(300'000, 'y') + tag, "", "200 OK");
    default:
      return plain(tag, "", "200 OK");
  }
}

}  // namespace meshtwin
