// A table for the terminal: columns as wide as their cells, numbers to the right.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace meshtwin {

class Table {
 public:
  enum class Align { left, right };
  struct Column {
    std::string title;
    Align align = Align::right;
  };

  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}
  // As many cells as there are columns; UTF-8.
  void add(std::vector<std::string> cells);
  // Lines that end in '\n', each begun by `indent`; the first one has the titles.
  std::string text(std::string_view indent = "") const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

// Characters that a UTF-8 text shows on a terminal, as far as each takes one column.
std::size_t shown_width(std::string_view text);
std::string padded(std::string_view text, std::size_t width, Table::Align align);

}  // namespace meshtwin
