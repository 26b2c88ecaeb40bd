#include "sim/cli/table.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace meshtwin {

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

std::string Table::text(std::string_view indent) const {
  std::vector<std::size_t> widths;
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    std::size_t width = shown_width(columns_[c].title);
    for (const auto& row : rows_) width = std::max(width, shown_width(row[c]));
    widths.push_back(width);
  }
  const auto line = [&](const auto& cell_at) {
    std::string result(indent);
    for (std::size_t c = 0; c < columns_.size(); ++c) {
      result += (c > 0 ? "  " : "") + padded(cell_at(c), widths[c], columns_[c].align);
    }
    result.erase(result.find_last_not_of(' ') + 1);
    return result + "\n";
  };
  std::string result = line([&](std::size_t c) { return columns_[c].title; });
  for (const auto& row : rows_) result += line([&](std::size_t c) { return row[c]; });
  return result;
}

}  // namespace meshtwin
