// SPDX-License-Identifier: Apache-2.0
#include "runs/idempotency.h"

#include "tests/support/temp_folder.h"
#include "tests/support/test.h"

using namespace capid;
using namespace capid::runs;

namespace {

struct House : test::TestStore {
  std::string account = add_account("ada");
  Idempotency idempotency{*readers, clock};

  store::IdempotencyKey key(const std::string& text) { return {account, "summary", text}; }

  void keep(const std::string& text, const std::string& fingerprint, const std::string& run) {
    REQUIRE(commit([&](store::Transaction& transaction) {
      return store::keep_acceptance(transaction, key(text), fingerprint, run);
    }));
  }
};

}   // namespace

TEST_CASE("of two at the same time one goes on, and the other is told to come back") {
  House house;
  auto first = house.idempotency.begin(house.key("k"), "f");
  REQUIRE(first);
  CHECK(first->hold);
  const auto second = house.idempotency.begin(house.key("k"), "f");
  REQUIRE_FALSE(second);
  CHECK(second.error().code == Code::kIdempotencyInProgress);
  CHECK(house.idempotency.begin(house.key("other"), "f"));
  first->hold.reset();
  CHECK(house.idempotency.begin(house.key("k"), "f"));   // nothing was kept: the key is free again
}

TEST_CASE("what was accepted is found for a day, by the same request alone") {
  House house;
  const std::string run = house.add_run(house.account);
  house.keep("k", "f", run);
  const auto repeat = house.idempotency.begin(house.key("k"), "f");
  REQUIRE(repeat);
  CHECK_FALSE(repeat->hold);
  REQUIRE(repeat->earlier);
  CHECK(repeat->earlier->run == run);
  CHECK(repeat->earlier->app_name == "Summary");
  const auto reused = house.idempotency.begin(house.key("k"), "another");
  REQUIRE_FALSE(reused);
  CHECK(reused.error().code == Code::kIdempotencyKeyReused);
  house.clock.advance(Idempotency::kKeptMs);
  CHECK(house.idempotency.begin(house.key("k"), "f")->earlier);
  house.clock.advance(1);
  const auto next_day = house.idempotency.begin(house.key("k"), "another");
  REQUIRE(next_day);
  CHECK(next_day->hold);
}

TEST_CASE("a clock that is set makes no key older") {
  House house;
  const std::string run = house.add_run(house.account);
  house.keep("k", "f", run);
  const base::TimeMs right = house.clock.now_ms();
  for (const base::TimeMs set : {right + 3 * Idempotency::kKeptMs, right - 3 * Idempotency::kKeptMs}) {
    CAPTURE(set);
    house.clock.set(set);
    house.idempotency.forget_old(*house.writer);
    CHECK(house.idempotency.begin(house.key("k"), "f")->earlier);
  }
}

TEST_CASE("a key that is used again after a day stands for the new run, and old ones are forgotten") {
  House house;
  const std::string first = house.add_run(house.account), second = house.add_run(house.account);
  house.keep("k", "f", first);
  house.keep("old", "f", first);
  house.clock.advance(Idempotency::kKeptMs + 1);
  house.keep("k", "g", second);
  CHECK(house.idempotency.begin(house.key("k"), "g")->earlier->run == second);
  house.idempotency.forget_old(*house.writer);
  const auto count = house.commit([](store::Transaction& transaction) {
    return store::read_one(transaction.database().query("SELECT count(*) FROM idempotency_keys"),
                           [](store::Query& row) { return row.integer(0); });
  });
  CHECK(count.value() == 1);
}
