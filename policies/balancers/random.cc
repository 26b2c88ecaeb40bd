#include "policies/balancers/random.h"

#include "policies/balancers/uniform.h"

namespace meshtwin {

Pick RandomBalancer::pick(const PickContext& context) { return Pick::picked(pick_uniform(context)); }

}  // namespace meshtwin
