#include "policies/retry/bucket_budget.h"

#include "core/state_archive.h"

namespace meshtwin {

void BucketBudget::archive(StateArchive& archive) {
  archive.value(tokens_);
  archive.require(tokens_ >= 0 && tokens_ <= config_.capacity);
}

}  // namespace meshtwin
