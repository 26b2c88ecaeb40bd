// A table for the terminal: columns as wide as their cells, numbers to the right.
#pragma once

#include <cstddef>
#include <limits>
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
    int rank = 0;  // where the table is too wide, the columns of the highest rank go first; those of 0 stay
  };

  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}
  // As many cells as there are columns; UTF-8.
  void add(std::vector<std::string> cells);
  // Lines that end in '\n', each begun by `indent`; the first one has the titles. Columns are left out until
  // a line takes at most `width` characters, if there are any that may be.
  std::string text(std::string_view indent = "",
                   std::size_t width = std::numeric_limits<std::size_t>::max()) const;

 private:
  std::vector<std::size_t> fitting_columns(const std::vector<std::size_t>& widths, std::size_t room) const;

  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

// Characters that a UTF-8 text shows on a terminal, as far as each takes one column.
std::size_t shown_width(std::string_view text);
std::string padded(std::string_view text, std::size_t width, Table::Align align);

}  // namespace meshtwin
