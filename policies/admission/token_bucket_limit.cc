#include "policies/admission/token_bucket_limit.h"

#include <algorithm>

#include "core/state_archive.h"

namespace meshtwin {

bool TokenBucketLimit::admits(const AdmissionRequest& request, RandomStream&) {
  const Time now = request.now;
  tokens_ = std::min(config_.burst, tokens_ + config_.rate * to_seconds(now - filled_));
  filled_ = now;
  if (tokens_ < 1) return false;
  tokens_ -= 1;
  return true;
}

void TokenBucketLimit::archive(StateArchive& archive) {
  archive.value(tokens_);
  archive.value(filled_);
  archive.require(tokens_ >= 0 && tokens_ <= config_.burst && filled_ != kNever);
}

}  // namespace meshtwin
