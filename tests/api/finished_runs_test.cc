// SPDX-License-Identifier: Apache-2.0
#include "api/finished_runs.h"

#include "tests/support/test.h"

using namespace capid::api;

TEST_CASE("what was kept is found as it was, and the latest wins") {
  FinishedRuns runs;
  CHECK_FALSE(runs.find("1"));
  runs.keep({.id = "1", .account = "ada", .app = "a", .json = "{}"});
  runs.keep({.id = "2", .account = "bob", .app = "b", .json = "[]"});
  REQUIRE(runs.find("1"));
  CHECK(runs.find("1")->account == "ada");
  CHECK(runs.find("1")->app == "a");
  CHECK(runs.find("1")->json == "{}");
  CHECK(runs.find("2")->json == "[]");
  runs.keep({.id = "1", .account = "ada", .app = "a", .json = "{1}"});
  CHECK(runs.find("1")->json == "{1}");
}

TEST_CASE("it holds so much and no more: what was not asked for lately goes") {
  FinishedRuns runs;
  const std::string large(30'000, 'x');
  for (int i = 0; i < 1000; ++i) {
    runs.keep({.id = std::to_string(i), .json = large});
    CHECK(runs.find("0"));   // asked for again and again
  }
  int kept = 0;
  for (int i = 0; i < 1000; ++i) kept += runs.find(std::to_string(i)) != nullptr;
  CHECK(kept == (4 << 20) / (30'000 + 256));
  CHECK(runs.find("999"));
  CHECK_FALSE(runs.find("1"));
  runs.keep({.id = "huge", .json = std::string(40'000, 'x')});
  CHECK_FALSE(runs.find("huge"));
}
