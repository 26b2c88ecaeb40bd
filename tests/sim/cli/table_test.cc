#include "sim/cli/table.h"

#include <catch2/catch.hpp>

using namespace meshtwin;

TEST_CASE("columns are as wide as their cells, which may hold more than ASCII") {
  Table table({{"name", Table::Align::left}, {"value"}});
  table.add({"a", "±1"});
  table.add({"longer", "1000"});
  CHECK(table.text("> ") ==
        "> name    value\n"
        "> a          ±1\n"
        "> longer   1000\n");
}

TEST_CASE("a table that is too wide loses its least important columns") {
  Table table(
      {{"name", Table::Align::left}, {"b", Table::Align::right, 1}, {"c"}, {"d", Table::Align::right, 2}});
  table.add({"row", "1", "2", "3"});
  CHECK(table.text("", 13) == "name  b  c  d\nrow   1  2  3\n");
  CHECK(table.text("", 12) == "name  b  c\nrow   1  2\n");
  CHECK(table.text("", 9) == "name  c\nrow   2\n");
  // The others stay whatever the width.
  CHECK(table.text("", 1) == "name  c\nrow   2\n");
}
