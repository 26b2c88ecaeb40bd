// What instances answer where they don't serve a request, and when they want it again.
#include "core/config/scenario_readers.h"

namespace meshtwin {
namespace {

constexpr std::uint16_t kTooManyRequests = 429;
constexpr Duration kNeverAgain{-1};

Duration read_retry_after(const Value& value) {
  if (value.is_text() && value.text() == "never") return kNeverAgain;
  const Duration wish = value.duration();
  if (wish % std::chrono::milliseconds(1) != Duration::zero()) {
    value.refuse("is no whole number of milliseconds, as answers say it; round it, or write \"never\"");
  }
  return wish;
}

}  // namespace

RefusalConfig read_refusal(const Value& value, std::uint16_t status) {
  RefusalConfig out{status};
  ObjectReader object(value, "refusal");
  if (const auto given = object.find("status")) {
    out.status = static_cast<std::uint16_t>(given->whole(0, 999));
    if (out.status != kTooManyRequests && (out.status < 500 || out.status > 599)) {
      given->refuse("is no status of a failure; give 429, or 500 to 599");
    }
  }
  if (const auto wish = object.find("retry_after")) out.retry_after = read_retry_after(*wish);
  object.finish();
  return out;
}

}  // namespace meshtwin
