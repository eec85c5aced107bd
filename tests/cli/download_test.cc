// SPDX-License-Identifier: Apache-2.0
#include "cli/download.h"

#include "tests/support/test.h"

using namespace capid;
using namespace capid::cli;
using Parts = std::vector<std::string>;

TEST_CASE("an artifact's path stays below the folder") {
  CHECK(*path_parts("chart.png") == Parts{"chart.png"});
  CHECK(*path_parts("a/b c/..d") == Parts{"a", "b c", "..d"});
  for (const std::string& title : {std::string(""), std::string("/etc/passwd"), std::string(".."),
                                   std::string("a/../b"), std::string("./a"), std::string("a//b"), std::string("a/"),
                                   std::string("a\0b", 3), std::string(256, 'x'), std::string(2100, 'x')}) {
    CAPTURE(title);
    CHECK_FALSE(path_parts(title));
  }
}
