// SPDX-License-Identifier: Apache-2.0
#include "base/paths.h"

#include "tests/support/test.h"

using namespace capid::base;

TEST_CASE("a plain path is absolute and written in one way") {
  for (const char* good : {"/", "/a", "/opt/agents", "/opt/My Tools/ä", "/a/.hidden", "/a/..b", "/a/b..", "/..."})
    CHECK(is_plain_path(good));
  CHECK(is_plain_path("/" + std::string(999, 'a')));
  for (const char* bad :
       {"", "a", "./a", "~/a", "/a/", "//", "//a", "/a//b", "/.", "/..", "/a/../b", "/a/.", "/a/..", "/a\n", "/a\x7f"})
    CHECK_FALSE(is_plain_path(bad));
  CHECK_FALSE(is_plain_path(std::string_view("/a\0b", 4)));
  CHECK_FALSE(is_plain_path("/" + std::string(1'000, 'a')));
}

TEST_CASE("a path is within a folder by whole parts, not by letters") {
  CHECK(is_within("/opt", "/opt"));
  CHECK(is_within("/opt/a/b", "/opt"));
  CHECK(is_within("/opt", "/"));
  CHECK_FALSE(is_within("/optional", "/opt"));
  CHECK_FALSE(is_within("/opt", "/opt/a"));
  CHECK_FALSE(is_within("/srv/opt", "/opt"));
  CHECK(overlap("/opt", "/opt/a"));
  CHECK(overlap("/opt/a", "/opt"));
  CHECK_FALSE(overlap("/opt/a", "/opt/b"));
}

TEST_CASE("a path goes into a line of YAML, in quotes where it must") {
  CHECK(yaml_path("/opt/agents-1.2_x+y") == "/opt/agents-1.2_x+y");
  CHECK(yaml_path("/opt/a, b: {\"c\"}") == R"("/opt/a, b: {\"c\"}")");
}
