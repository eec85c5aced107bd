// SPDX-License-Identifier: Apache-2.0
#include "runs/expire.h"

#include "tests/support/temp_folder.h"
#include "tests/support/test.h"

using namespace capid;
using namespace capid::runs;

namespace {

constexpr base::TimeMs kTtl = 60'000, kDay = 86'400'000;

// A run that waits in the queue, behind nothing, with a minute to begin in.
struct House : test::TestStore {
  threads::Feed feed;
  RunMetrics metrics;
  Queue queue{1, 10};
  Settle settle{"", feed, metrics, [] {}};
  WaitingClock waiting_clock{clock};
  int wakes = 0;
  Expiry expiry{queue, *writer, *readers, waiting_clock, settle, [this] { ++wakes; }};
  std::string run = add_waiting(add_account("ada"));

  std::string add_waiting(const std::string& account) {
    const std::string id = commit([&](store::Transaction& transaction) -> Result<std::string> {
                             TRY(store::insert_app_version(transaction, {.app = "summary", .version = "v1"}));
                             return store::insert_run(transaction, {.account = account,
                                                                    .app = "summary",
                                                                    .app_name = "Summary",
                                                                    .app_version = "v1",
                                                                    .inputs = "{}",
                                                                    .expires_at = waiting_clock.now_ms() + kTtl});
                           }).value();
    queue.push({.id = id, .app = "summary", .workspace = {}});
    return id;
  }

  // How it is with the run after one more look.
  std::string look() {
    expiry.end_due();
    const auto found = read([&](store::Database& database) { return store::find_run(database, run); }).value();
    return std::string(to_string(found.status)) + found.error_code.value_or("");
  }
};

}   // namespace

TEST_CASE("a run that has waited for its time is ended and leaves the queue") {
  House house;
  house.clock.advance(kTtl - 1);
  CHECK(house.look() == "pending");
  CHECK(house.queue.waiting() == 1);
  house.clock.advance(1);
  CHECK(house.look() == "failedEXPIRED");
  CHECK(house.queue.waiting() == 0);
}

TEST_CASE("a run that is accepted while nobody has noticed that the clock was set has its time as well") {
  House house;
  for (const base::TimeMs by : {3 * kDay, -400 * kDay}) {
    house.clock.set(house.clock.now_ms() + by);
    house.run = house.add_waiting(house.add_account("set by " + std::to_string(by)));
    house.clock.advance(kTtl - 1);
    CHECK(house.look() == "pending");
    house.clock.advance(1);
    CHECK(house.look() == "failedEXPIRED");
  }
}

TEST_CASE("a clock that is set, however often, leaves a waiting run the time that it had") {
  House house;
  for (const base::TimeMs by : {3 * kDay, -400 * kDay, 397 * kDay}) {
    house.clock.advance(10'000);
    house.clock.set(house.clock.now_ms() + by);
    CHECK(house.look() == "pending");
  }
  house.clock.advance(kTtl - 30'000 - 1);
  CHECK(house.look() == "pending");
  house.clock.advance(1);
  CHECK(house.look() == "failedEXPIRED");
}
