// SPDX-License-Identifier: Apache-2.0
#include "store/readers.h"

#include <future>
#include <optional>
#include <set>

#include "store/accounts.h"
#include "tests/support/temp_folder.h"
#include "tests/support/test.h"

using namespace capid;
using namespace capid::store;

TEST_CASE("each lease has a connection of its own, and gives it back with its scope") {
  const test::TestStore store;
  std::set<Database*> lent;
  for (int round = 0; round < 3; ++round) {
    auto one = store.readers->lend();
    auto two = store.readers->lend();
    CHECK(&*one != &*two);
    lent.insert({&*one, &*two});
  }
  CHECK(lent.size() == 2);
}

TEST_CASE("who asks while every connection is lent gets the one that comes back") {
  const test::TestStore store;
  std::optional<Readers::Lease> one(std::in_place, *store.readers);
  const auto two = store.readers->lend();
  Database* given_back = &**one;
  std::promise<void> asking;
  auto waiting = std::async(std::launch::async, [&] {
    asking.set_value();
    auto lease = store.readers->lend();
    return &*lease;
  });
  asking.get_future().wait();
  one.reset();
  CHECK(waiting.get() == given_back);
}

TEST_CASE("a read transaction sees one moment, and the next look-up what was committed since") {
  test::TestStore store;
  const auto add = [&](const std::string& name) {
    REQUIRE(store.commit([&](Transaction& transaction) { return insert_account(transaction, name, "member"); }));
  };
  add("first");
  auto reader = store.readers->lend();
  {
    const ReadTransaction view(*reader);
    CHECK(list_accounts(*reader).value().size() == 1);
    add("second");
    CHECK(list_accounts(*reader).value().size() == 1);
  }
  CHECK(list_accounts(*reader).value().size() == 2);
}

TEST_CASE("readers of a database that is not there are refused") {
  const test::TempFolder folder;
  const auto refused = Readers::open(folder / "none.db", 2);
  REQUIRE(!refused);
  CHECK(refused.error().code == Code::kStoreUnavailable);
}
