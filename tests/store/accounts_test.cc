// SPDX-License-Identifier: Apache-2.0
#include "store/accounts.h"

#include "tests/support/temp_folder.h"
#include "tests/support/test.h"

using namespace capid;
using namespace capid::store;
using test::TestStore;

namespace {

std::string show(const std::optional<Account>& account) {
  if (!account) return "none";
  return account->name + "|" + account->role + "|" + std::to_string(account->balance) + "|" +
         std::to_string(account->created_at - test::FakeClock::kStart) + "|" +
         (account->disabled ? "disabled" : "enabled");
}

}   // namespace

TEST_CASE("an account is found by its id and by its name") {
  TestStore store;
  store.clock.advance(3);
  const std::string id =
      store.commit([](Transaction& transaction) { return insert_account(transaction, "ada", "admin"); }).value();
  CHECK(show(store.read([&](Database& database) { return find_account(database, id); })) == "ada|admin|0|3|enabled");
  CHECK(show(store.read([](Database& database) { return find_account_by_name(database, "ada"); })) ==
        "ada|admin|0|3|enabled");
  CHECK(show(store.read([](Database& database) { return find_account(database, "ada"); })) == "none");
  CHECK(show(store.read([&](Database& database) { return find_account_by_name(database, id); })) == "none");
}

TEST_CASE("a name that is taken is refused") {
  TestStore store;
  store.add_account("ada");
  const auto refused =
      store.commit([](Transaction& transaction) { return insert_account(transaction, "ada", "admin"); });
  REQUIRE(!refused);
  CHECK(refused.error().code == Code::kInvalidParameter);
  CHECK(refused.error().field == "name");
  CHECK(refused.error().message == "there is an account named \"ada\" already: choose another name");
  const auto all = store.read([](Database& database) { return list_accounts(database); });
  REQUIRE(all.size() == 1);
  CHECK(show(all[0]) == "ada|member|0|0|enabled");
}

TEST_CASE("accounts are listed by name") {
  TestStore store;
  for (const char* name : {"charles", "ada", "bob"}) store.add_account(name);
  std::string names;
  for (const Account& account : store.read([](Database& database) { return list_accounts(database); }))
    names += account.name + " ";
  CHECK(names == "ada bob charles ");
}

TEST_CASE("a role that the schema does not know is refused") {
  TestStore store;
  CHECK_FALSE(store.commit([](Transaction& transaction) { return insert_account(transaction, "ada", "owner"); }));
  CHECK(show(store.read([](Database& database) { return find_account_by_name(database, "ada"); })) == "none");
}
