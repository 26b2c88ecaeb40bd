// Which upstream a request goes to.
#pragma once

#include <span>
#include <string_view>

#include "real/http/head.h"
#include "real/proxy/config.h"

namespace meshtwin {

// The first of `routes` that fits, or null. `host` as the client sent it; `path` is canonical, without query.
const RouteConfig* find_route(std::span<const RouteConfig> routes, std::string_view host,
                              std::string_view path, std::span<const HeaderField> fields);

// `host` without its port.
std::string_view without_port(std::string_view host);

}  // namespace meshtwin
