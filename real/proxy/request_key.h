// The key of a request, for balancers that keep requests with the same one together.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/config/balancer.h"
#include "real/http/head.h"

namespace meshtwin {

// The hash of what `config` names: the address of the client without its port, the value of the first header field
// of the name, or of the first cookie. None where the request hasn't got it, or `config` is null.
std::optional<std::uint64_t> request_key(const HashKeyConfig* config, const RequestHead& head,
                                         std::string_view client_address);

}  // namespace meshtwin
