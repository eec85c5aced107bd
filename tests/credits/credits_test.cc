// SPDX-License-Identifier: Apache-2.0
#include "credits/credits.h"

#include "tests/support/temp_folder.h"
#include "tests/support/test.h"

using namespace capid;
using namespace capid::credits;
using test::TestStore;

namespace {

constexpr int64_t kCredit = 1'000'000;

struct Bank : TestStore {
  std::string account = add_account("ada");
  std::string run = add_run(account);

  Result<void> reserve(const Prices& prices) { return reserve(prices, run); }
  Result<void> reserve(const Prices& prices, const std::string& of) {
    return commit([&](store::Transaction& transaction) { return credits::reserve(transaction, prices, account, of); });
  }
  int64_t settle(Bill bill, int64_t cpu = 0) {
    return commit(
               [&](store::Transaction& transaction) { return credits::settle(transaction, account, run, bill, cpu); })
        .value();
  }
  void charge_call(int64_t amount) {
    REQUIRE(commit(
        [&](store::Transaction& transaction) { return credits::charge_call(transaction, account, run, amount); }));
  }
  std::string admitted(const Prices& prices, std::optional<int64_t> most) {
    const auto admitted = credits::admit_call(*readers->lend(), prices, account, run, most);
    return admitted ? "yes" : std::string(base::to_string(admitted.error().code));
  }
  void grant(int64_t amount) {
    REQUIRE(commit([&](store::Transaction& transaction) { return credits::grant(transaction, account, amount); }));
  }
  int64_t balance() {
    return read([&](store::Database& database) { return store::find_account(database, account); })->balance;
  }
  std::string ledger() {
    store::Database database = another_connection();
    std::string entries;
    auto query = database.query("SELECT kind || amount FROM ledger WHERE account_id = ? ORDER BY id", account);
    for (const std::string& entry :
         store::read_all(std::move(query), [](store::Query& row) { return row.text(0); }).value())
      entries += entry + " ";
    return entries;
  }
};

}   // namespace

TEST_CASE("what was reserved is charged, once, however often the run is settled") {
  Bank bank;
  bank.grant(5 * kCredit);
  REQUIRE(bank.reserve({.enforce = true, .per_run = 2 * kCredit}));
  CHECK(bank.balance() == 3 * kCredit);
  CHECK(bank.settle(Bill::kCharge) == 2 * kCredit);
  CHECK(bank.settle(Bill::kCharge) == 2 * kCredit);
  CHECK(bank.settle(Bill::kRefund) == 2 * kCredit);
  CHECK(bank.balance() == 3 * kCredit);
  CHECK(bank.ledger() == "grant5000000 reserve-2000000 release2000000 charge-2000000 ");
}

TEST_CASE("a refund gives back what was reserved, once") {
  Bank bank;
  bank.grant(5 * kCredit);
  REQUIRE(bank.reserve({.enforce = true, .per_run = 2 * kCredit}));
  CHECK(bank.settle(Bill::kRefund) == 0);
  CHECK(bank.settle(Bill::kRefund) == 0);
  CHECK(bank.settle(Bill::kCharge) == 0);
  CHECK(bank.balance() == 5 * kCredit);
  CHECK(bank.ledger() == "grant5000000 reserve-2000000 release2000000 ");
}

TEST_CASE("where credits are enforced, the balance must cover a run's price to the last micro-credit") {
  struct Case {
    int64_t balance;
    std::string message;   // empty: accepted
  };
  const Case cases[] = {
      {2'500'000, ""},
      {2'500'001, ""},
      {2'499'999, "a run costs at least 2.5 credits and the balance is 2.499999: ask the operator for more"},
      {0, "a run costs at least 2.5 credits and the balance is 0: ask the operator for more"},
      {-1, "a run costs at least 2.5 credits and the balance is -0.000001: ask the operator for more"},
  };
  for (const Case& one : cases) {
    Bank bank;
    bank.grant(one.balance);
    const std::string before = bank.ledger();
    const auto reserved = bank.reserve({.enforce = true, .per_run = 2'500'000});
    CAPTURE(one.balance);
    CHECK((reserved ? "" : reserved.error().message) == one.message);
    if (reserved) continue;
    CHECK(reserved.error().code == Code::kInsufficientCredits);
    CHECK(bank.ledger() == before);
  }
}

TEST_CASE("what is reserved cannot be reserved again") {
  Bank bank;
  bank.grant(3 * kCredit);
  const Prices prices{.enforce = true, .per_run = 2 * kCredit};
  REQUIRE(bank.reserve(prices));
  CHECK_FALSE(bank.reserve(prices, bank.add_run(bank.account)));
  CHECK(bank.balance() == kCredit);
}

TEST_CASE("where credits are not enforced, a run is metered below zero and never refused") {
  Bank bank;
  REQUIRE(bank.reserve({.enforce = false, .per_run = 2 * kCredit}));
  CHECK(bank.balance() == -2 * kCredit);
  CHECK(bank.settle(Bill::kCharge) == 2 * kCredit);
  CHECK(bank.balance() == -2 * kCredit);
}

TEST_CASE("a run that costs nothing writes nothing") {
  Bank bank;
  REQUIRE(bank.reserve({.enforce = true, .per_run = 0}));
  CHECK(bank.settle(Bill::kCharge) == 0);
  CHECK(bank.ledger().empty());
}

TEST_CASE("a run is settled at the price at which it was accepted") {
  Bank bank;
  REQUIRE(bank.reserve({.per_run = 2 * kCredit}));
  REQUIRE(bank.reserve({.per_run = 9 * kCredit}, bank.add_run(bank.account)));
  CHECK(bank.settle(Bill::kCharge) == 2 * kCredit);
}

TEST_CASE("a new account is granted its starting balance") {
  Bank bank;
  const auto open = [&](int64_t starting_balance) {
    return bank.commit([&](store::Transaction& transaction) {
      return open_account(transaction, {.starting_balance = starting_balance}, bank.account);
    });
  };
  REQUIRE(open(0));
  CHECK(bank.ledger().empty());
  REQUIRE(open(7 * kCredit));
  CHECK(bank.balance() == 7 * kCredit);
  CHECK(bank.ledger() == "grant7000000 ");
}

TEST_CASE(
    "calls of models are charged as they come, stay charged whatever becomes of the run, and its end tells their sum") {
  Bank charged, refunded;
  for (Bank* bank : {&charged, &refunded}) {
    bank->grant(5 * kCredit);
    REQUIRE(bank->reserve({.enforce = true, .per_run = 2 * kCredit}));
    bank->charge_call(kCredit / 4);
    bank->charge_call(0);
    bank->charge_call(1);
  }
  CHECK(charged.settle(Bill::kCharge, 7) == 2 * kCredit + kCredit / 4 + 8);
  CHECK(charged.ledger() ==
        "grant5000000 reserve-2000000 charge-250000 charge-1 release2000000 charge-2000000 charge-7 ");
  CHECK(refunded.settle(Bill::kRefund, 7) == kCredit / 4 + 1);
  CHECK(refunded.ledger() == "grant5000000 reserve-2000000 charge-250000 charge-1 release2000000 ");
  CHECK(refunded.balance() == 5 * kCredit - kCredit / 4 - 1);
}

TEST_CASE("a call is let in while the run's own bound lasts, and the balance where that is enforced") {
  Bank bank;
  bank.grant(3 * kCredit);
  REQUIRE(bank.reserve({.per_run = 2 * kCredit}));
  const Prices metered{.enforce = false}, enforced{.enforce = true};
  CHECK(bank.admitted(metered, {}) == "yes");
  CHECK(bank.admitted(metered, 2 * kCredit) == "BUDGET_EXCEEDED");
  CHECK(bank.admitted(metered, 2 * kCredit + 1) == "yes");
  CHECK(bank.admitted(enforced, {}) == "yes");
  bank.charge_call(kCredit - 1);
  CHECK(bank.admitted(enforced, {}) == "yes");
  CHECK(bank.admitted(enforced, 3 * kCredit - 1) == "BUDGET_EXCEEDED");
  bank.charge_call(1);
  CHECK(bank.admitted(enforced, {}) == "INSUFFICIENT_CREDITS");
  CHECK(bank.admitted(metered, {}) == "yes");
  bank.charge_call(10 * kCredit);
  CHECK(bank.admitted(metered, 100 * kCredit) == "yes");
  CHECK(bank.admitted(enforced, 100 * kCredit) == "INSUFFICIENT_CREDITS");
}
