// SPDX-License-Identifier: Apache-2.0
#include "base/ids.h"

#include <set>

#include "tests/support/temp_folder.h"
#include "tests/support/test.h"

using namespace capid::base;
using capid::test::FakeClock;

TEST_CASE("an id is a UUID of version 7 that begins with the time") {
  FakeClock clock;
  clock.set(0x018fedcba987);
  IdSequence ids(clock);
  std::set<char> variants;
  for (int i = 0; i < 200; ++i) {
    const std::string id = ids.next();
    REQUIRE(is_uuid(id));
    REQUIRE(id.starts_with("018fedcb-a987-7"));
    variants.insert(id[19]);
  }
  CHECK(variants == std::set<char>{'8', '9', 'a', 'b'});
}

TEST_CASE("ids grow within one millisecond, over the end of its counter, and although the clock jumps back") {
  FakeClock clock;
  IdSequence ids(clock);
  std::string last = ids.next();
  const auto grows = [&](int times) {
    for (int i = 0; i < times; ++i) {
      const std::string next = ids.next();
      if (next <= last) return false;
      last = next;
    }
    return true;
  };
  CHECK(grows(10'000));   // 4,096 fit into one millisecond
  clock.advance(1);
  CHECK(grows(10));
  clock.advance(-3'600'000);
  CHECK(grows(10'000));
  clock.advance(3'600'001 + 10);
  CHECK(grows(1));
  clock.set(0);
  CHECK(grows(1));
  clock.set(-5);
  CHECK(grows(1));
}

TEST_CASE("after 4,096 ids of one millisecond the next one is taken from the future") {
  FakeClock clock;
  clock.set(0x018000000000);
  IdSequence ids(clock);
  std::string id;
  for (int i = 0; i < 4'096; ++i) id = ids.next();
  CHECK(id.starts_with("01800000-0000-7fff-"));
  CHECK(ids.next().starts_with("01800000-0001-7000-"));
}

TEST_CASE("ids continue after one that was issued before") {
  FakeClock clock;
  clock.set(0x018000000000);
  struct Case {
    std::string after, expected;
  };
  const Case cases[] = {
      {"01800000-0000-7005-bfff-ffffffffffff", "01800000-0000-7006-"},
      {"01800000-0000-7fff-bfff-ffffffffffff", "01800000-0001-7000-"},
      {"01800000-ffff-7003-8000-000000000000", "01800000-ffff-7004-"},   // issued by a clock that ran ahead
      {"017fffff-ffff-7fff-bfff-ffffffffffff", "01800000-0000-7000-"},   // older than now
      {"", "01800000-0000-7000-"},
      {"no id", "01800000-0000-7000-"},
  };
  for (const Case& one : cases) {
    CAPTURE(one.after);
    IdSequence ids(clock);
    ids.continue_after(one.after);
    const std::string next = ids.next();
    CHECK(next.substr(0, 19) == one.expected);
    if (is_uuid(one.after)) CHECK(next > one.after);
  }
}

TEST_CASE("an older id does not take the sequence back") {
  FakeClock clock;
  clock.set(0x018000000000);
  IdSequence ids(clock);
  ids.continue_after("01800000-0000-7005-8000-000000000000");
  ids.continue_after("01800000-0000-7002-8000-000000000000");
  ids.continue_after("01700000-0000-7fff-8000-000000000000");
  CHECK(ids.next().starts_with("01800000-0000-7006-"));
}

TEST_CASE("a UUID is recognised in its canonical form alone") {
  CHECK(is_uuid("0190b7c2-9a3e-7abc-8def-0123456789ab"));
  for (const char* bad : {"", "0190b7c2-9a3e-7abc-8def-0123456789a", "0190b7c2-9a3e-7abc-8def-0123456789abc",
                          "0190B7C2-9a3e-7abc-8def-0123456789ab", "0190b7c29a3e-7abc-8def-0123456789abc",
                          "0190b7c2-9a3e-7abc-8def-0123456789ag", "{190b7c2-9a3e-7abc-8def-0123456789ab"}) {
    CAPTURE(bad);
    CHECK_FALSE(is_uuid(bad));
  }
}

TEST_CASE("ids go on after a foreign id, too") {
  FakeClock clock;
  clock.set(0x018000000000);
  IdSequence ids(clock);
  const std::string foreign = "01800000-0000-f000-8000-000000000000";
  ids.continue_after(foreign);
  CHECK(ids.next() > foreign);
}
