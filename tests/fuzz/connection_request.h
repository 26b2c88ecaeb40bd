// Requests that clients of a script send without its spelling them out.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace meshtwin {

// With "@" where tags belong. With the bit 8, another one follows; with the bit 64, what has a body expects
// to be told to go on, and doesn't wait for it.
inline std::vector<std::string> ready_requests(std::uint8_t manner) {
  const auto head = [](const char* method, const std::string& fields) {
    return std::string(method) + " /@ HTTP/1.1\r\nHost: shop\r\n" + fields + "\r\n";
  };
  const std::string expect = (manner & 64) != 0 ? "Expect: 100-continue\r\n" : "";
  const auto one = [&]() -> std::string {
    switch (manner % 8) {
      case 1:
        return head("POST", expect + "Content-Length: 644\r\n") + "@@" + std::string(600, 'b');
      case 2:
        return head("PUT", expect + "Transfer-Encoding: chunked\r\n") +
               "16\r\n@\r\n3\r\nabc\r\n0\r\nX-Tag: @\r\n\r\n";
      case 3:
        return head("HEAD", "");
      case 4:
        return head("GET", "Connection: close\r\n");
      case 5:
        return "GET /@ HTTP/1.0\r\nHost: shop\r\nConnection: keep-alive\r\n\r\n";
      case 6:
        return head("PUT", expect + "Content-Length: 100000\r\n") + std::string(100'000, 'b');
      case 7:
        return head("GET", "Connection: upgrade\r\nUpgrade: websocket\r\n");
      default:
        return head("GET", "");
    }
  };
  if ((manner & 8) != 0) return {one(), head("GET", "")};
  return {one()};
}

}  // namespace meshtwin
