#include "core/random/distributions.h"
#include "core/result.h"
#include "core/time.h"

int main() {
  const meshtwin::Result<double> seconds = meshtwin::to_seconds(std::chrono::milliseconds(1500));
  return seconds && seconds.value() == 1.5 ? 0 : 1;
}
