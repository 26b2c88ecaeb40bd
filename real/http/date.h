// The date of a message as HTTP writes it.
#pragma once

#include <ctime>
#include <string>

namespace meshtwin {

// "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110, 5.6.7); seconds since 1970.
std::string http_date(std::time_t time);

}  // namespace meshtwin
