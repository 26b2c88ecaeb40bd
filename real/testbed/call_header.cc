#include "real/testbed/call_header.h"

#include <charconv>

#include <fmt/format.h>

#include "core/workload/keys.h"

namespace meshtwin {
namespace {

constexpr std::size_t kSeedDigits = 16;

template <class Number>
bool read_number(std::string_view text, Number& out, int base = 10) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out, base);
  return error == std::errc{} && end == text.data() + text.size();
}

bool read_kind(std::string_view text, FailureKind& out) {
  for (int i = 0; i < kFailureKinds; ++i) {
    out = static_cast<FailureKind>(i);
    if (text == name(out)) return true;
  }
  return false;
}

// Takes `prefix` off the front of `text`.
bool take_prefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

bool read_attempt(std::string_view text, AttemptReport& out) {
  const std::size_t colon = text.find(':');
  return colon != std::string_view::npos && read_number(text.substr(0, colon), out.endpoint) &&
         read_kind(text.substr(colon + 1), out.failure);
}

bool read_held(std::string_view text, CallReport& out) {
  if (!take_prefix(text, "held=")) return false;
  const std::size_t dash = text.find('-');
  return dash != std::string_view::npos && read_number(text.substr(0, dash), out.held_from_ns) &&
         read_number(text.substr(dash + 1), out.held_to_ns);
}

}  // namespace

std::string seed_text(std::uint64_t seed) { return fmt::format("{:016x}", seed); }

std::string key_field(const HashKeyConfig& config, std::uint64_t key) {
  switch (config.source) {
    case HashKeyConfig::Source::address:
      break;
    case HashKeyConfig::Source::header:
      return fmt::format("{}: {}\r\n", config.name, key_text(key));
    case HashKeyConfig::Source::cookie:
      return fmt::format("cookie: {}={}\r\n", config.name, key_text(key));
  }
  return {};
}

std::optional<std::uint64_t> parse_seed(std::string_view text) {
  std::uint64_t seed = 0;
  if (text.size() != kSeedDigits || !read_number(text, seed, 16)) return std::nullopt;
  return seed;
}

std::optional<CallReport> parse_call_report(std::string_view text) {
  CallReport report;
  const std::size_t semicolon = text.find(';');
  if (semicolon == std::string_view::npos) return std::nullopt;
  std::string_view outcome = text.substr(0, semicolon);
  std::string_view attempts = text.substr(semicolon + 1);
  if (!take_prefix(outcome, "outcome=") || !read_kind(outcome, report.outcome)) return std::nullopt;
  take_prefix(attempts, " ");
  if (!take_prefix(attempts, "attempts=")) return std::nullopt;
  if (const std::size_t end = attempts.find("; "); end != std::string_view::npos) {
    if (!read_held(attempts.substr(end + 2), report)) return std::nullopt;
    attempts = attempts.substr(0, end);
  }
  if (attempts.empty()) return report;
  while (true) {
    const std::size_t comma = attempts.find(',');
    if (report.attempts_made == kMaxAttempts) return std::nullopt;
    if (!read_attempt(attempts.substr(0, comma), report.attempts[report.attempts_made++]))
      return std::nullopt;
    if (comma == std::string_view::npos) return report;
    attempts.remove_prefix(comma + 1);
  }
}

}  // namespace meshtwin
