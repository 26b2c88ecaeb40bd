// The machine's monotonic clock as the event loop sees it in this program: it stands still until it is moved.
#pragma once

#include "core/time.h"

namespace meshtwin {

// Each run begins at the same moment, so that all of its times are the same.
void reset_clock();
void advance_clock(Duration by);

}  // namespace meshtwin
