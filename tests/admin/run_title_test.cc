// SPDX-License-Identifier: Apache-2.0
#include "admin/run_title.h"

#include "base/text.h"
#include "tests/support/test.h"

using capid::admin::title_of;

TEST_CASE("a run is called by its inputs") {
  CHECK(title_of(R"({"region": "EMEA", "year": 2026, "all": true})") == "all true, region EMEA, year 2026");
  CHECK(title_of(R"({"prompt": "Look\nat this"})") == "Look at this");
  CHECK(title_of(R"({"prompt": "", "note": null, "nested": {"a": 1}, "list": [1]})").empty());
  CHECK(title_of("{}").empty());
  CHECK(title_of("").empty());
  CHECK(title_of("[1]").empty());
}

TEST_CASE("a long name is cut between letters") {
  std::string text;
  for (int i = 0; i < 60; ++i) text += "é";
  const std::string title = title_of(R"({"prompt": ")" + text + "\"}");
  CHECK(title.size() <= 103);
  CHECK(capid::base::is_utf8(title));
  CHECK(title.ends_with("é…"));
}
