#include "policies/balancers/random.h"

#include "core/upstream/uniform_pick.h"

namespace meshtwin {

Pick RandomBalancer::pick(const PickContext& context) { return Pick::picked(pick_uniform(context)); }

}  // namespace meshtwin
