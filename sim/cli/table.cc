#include "sim/cli/table.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace meshtwin {
namespace {

constexpr std::string_view kGap = "  ";

}  // namespace

std::size_t shown_width(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

std::string padded(std::string_view text, std::size_t width, Table::Align align) {
  const std::size_t shown = shown_width(text);
  const std::string space(width > shown ? width - shown : 0, ' ');
  return align == Table::Align::left ? std::string(text) + space : space + std::string(text);
}

void Table::add(std::vector<std::string> cells) {
  assert(cells.size() == columns_.size());
  rows_.push_back(std::move(cells));
}

std::vector<std::size_t> Table::fitting_columns(const std::vector<std::size_t>& widths,
                                                std::size_t room) const {
  std::vector<std::size_t> kept;
  for (std::size_t c = 0; c < columns_.size(); ++c) kept.push_back(c);
  const auto taken = [&] {
    std::size_t sum = 0;
    for (const std::size_t c : kept) sum += widths[c] + kGap.size();
    return sum - kGap.size();
  };
  while (taken() > room) {
    const auto least = std::max_element(kept.begin(), kept.end(), [&](std::size_t a, std::size_t b) {
      return columns_[a].rank < columns_[b].rank;
    });
    if (columns_[*least].rank == 0) break;
    kept.erase(least);
  }
  return kept;
}

std::string Table::text(std::string_view indent, std::size_t width) const {
  std::vector<std::size_t> widths;
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    std::size_t widest = shown_width(columns_[c].title);
    for (const auto& row : rows_) widest = std::max(widest, shown_width(row[c]));
    widths.push_back(widest);
  }
  const std::vector<std::size_t> kept =
      fitting_columns(widths, width > indent.size() ? width - indent.size() : 0);
  const auto line = [&](const auto& cell_at) {
    std::string result(indent);
    for (const std::size_t c : kept) {
      if (c != kept.front()) result += kGap;
      result += padded(cell_at(c), widths[c], columns_[c].align);
    }
    result.erase(result.find_last_not_of(' ') + 1);
    return result + "\n";
  };
  std::string result = line([&](std::size_t c) { return columns_[c].title; });
  for (const auto& row : rows_) result += line([&](std::size_t c) { return row[c]; });
  return result;
}

}  // namespace meshtwin
