// Where the load went, in a terminal.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/results/scenario_result.h"

namespace meshtwin {

// A table of the endpoints that stand out of their service by their share of the attempts, their failures or
// how busy they were; the others of a service take one row together. Services of one endpoint are left out;
// empty where there is no other.
std::string endpoints_table(const std::vector<ServiceResult>& services, std::size_t width);

}  // namespace meshtwin
