// SPDX-License-Identifier: Apache-2.0
#include "base/clock.h"

#include "tests/support/temp_folder.h"
#include "tests/support/test.h"

using namespace capid;
using namespace capid::base;

TEST_CASE("a time is shown in UTC to the second") {
  CHECK(to_iso8601(test::FakeClock::kStart) == "2026-04-27T07:01:11Z");
  CHECK(to_iso8601(test::FakeClock::kStart + 999) == "2026-04-27T07:01:11Z");
  CHECK(to_iso8601(0) == "1970-01-01T00:00:00Z");
  CHECK(to_iso8601(951'782'400'000) == "2000-02-29T00:00:00Z");
  CHECK(to_iso8601(253'402'300'799'999) == "9999-12-31T23:59:59Z");
}
