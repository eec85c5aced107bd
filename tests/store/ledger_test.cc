// SPDX-License-Identifier: Apache-2.0
#include "store/ledger.h"

#include <array>
#include <random>

#include "tests/support/temp_folder.h"
#include "tests/support/test.h"

using namespace capid;
using namespace capid::store;
using test::TestStore;

namespace {

int64_t number(Result<Query> query) {
  return read_one(std::move(query), [](Query& row) { return row.integer(0); }).value().value();
}

}   // namespace

TEST_CASE("after random entries, some of them undone, each balance is the sum of its ledger") {
  TestStore store;
  const std::array accounts{store.add_account("ada"), store.add_account("bob"), store.add_account("charles")};
  const std::array runs{store.add_run(accounts[0]), store.add_run(accounts[1]), store.add_run(accounts[2])};
  std::mt19937 random(20'260'427);   // the same entries in every run of this test
  std::array<int64_t, 3> expected{};
  for (int i = 0; i < 300; ++i) {
    const size_t who = random() % accounts.size();
    const int64_t amount = static_cast<int64_t>(random() % 2'000'001) - 1'000'000;
    const bool undone = random() % 4 == 0;
    const auto added = store.commit([&](Transaction& transaction) -> Result<void> {
      TRY(add_entry(transaction, accounts[who], runs[who], static_cast<EntryKind>(random() % 4), amount));
      if (undone) return Error{Code::kInternal, "undone"};
      return {};
    });
    REQUIRE(static_cast<bool>(added) == !undone);
    if (!undone) expected[who] += amount;
  }
  Database database = store.another_connection();
  for (size_t who = 0; who < accounts.size(); ++who) {
    CHECK(number(database.query("SELECT sum(amount) FROM ledger WHERE account_id = ?", accounts[who])) ==
          expected[who]);
    CHECK(find_account(database, accounts[who]).value()->balance == expected[who]);
  }
}

TEST_CASE("what is reserved for a run is what was reserved and not released, whatever was charged or granted") {
  TestStore store;
  const std::string account = store.add_account("ada");
  const std::string run = store.add_run(account), other = store.add_run(account);
  const auto reserved_after = [&](const std::string& of, EntryKind kind, int64_t amount) {
    return store
        .commit([&](Transaction& transaction) -> Result<int64_t> {
          TRY(add_entry(transaction, account, of, kind, amount));
          return reserved_for_run(transaction, run);
        })
        .value();
  };
  CHECK(reserved_after(run, EntryKind::kGrant, 9'000'000) == 0);
  CHECK(reserved_after(run, EntryKind::kReserve, -2'000'000) == 2'000'000);
  CHECK(reserved_after(other, EntryKind::kReserve, -5'000'000) == 2'000'000);
  CHECK(reserved_after(run, EntryKind::kReserve, -500'000) == 2'500'000);
  CHECK(reserved_after(run, EntryKind::kCharge, -2'500'000) == 2'500'000);
  CHECK(reserved_after(run, EntryKind::kRelease, 2'500'000) == 0);
}

TEST_CASE("an entry for an account that is not there is refused, and one of a run stays when that is gone") {
  TestStore store;
  const std::string account = store.add_account("ada");
  const auto add = [&](const std::string& to, const std::optional<std::string>& run) {
    return store.commit(
        [&](Transaction& transaction) { return add_entry(transaction, to, run, EntryKind::kGrant, 1); });
  };
  CHECK_FALSE(add("none", std::nullopt));
  CHECK(add(account, "a run of long ago"));
  CHECK(store.read([&](Database& database) { return find_account(database, account); })->balance == 1);
}

TEST_CASE("an amount that the balance cannot hold is refused, and nothing of it stays") {
  TestStore store;
  const std::string account = store.add_account("ada");
  const auto grant = [&](int64_t amount) {
    return store.commit([&](Transaction& transaction) {
      return add_entry(transaction, account, std::nullopt, EntryKind::kGrant, amount);
    });
  };
  CHECK(grant(INT64_MAX));
  CHECK_FALSE(grant(1));
  Database database = store.another_connection();
  CHECK(find_account(database, account).value()->balance == INT64_MAX);
  CHECK(number(database.query("SELECT count(*) FROM ledger")) == 1);
}
