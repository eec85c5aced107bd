// SPDX-License-Identifier: Apache-2.0
#include "store/keys.h"

#include "base/text.h"
#include "tests/support/temp_folder.h"
#include "tests/support/test.h"

using namespace capid;
using namespace capid::store;
using test::TestStore;

namespace {

std::string time(const std::optional<base::TimeMs>& time) {
  return time ? std::to_string(*time - test::FakeClock::kStart) : "-";
}

std::string show(const std::optional<Key>& key) {
  if (!key) return "none";
  const std::vector<std::string> fields{key->account_name,
                                        key->account_role,
                                        key->account_disabled ? "disabled" : "enabled",
                                        key->name,
                                        key->prefix,
                                        key->app.value_or("-"),
                                        time(key->created_at),
                                        time(key->last_used_at),
                                        time(key->expires_at),
                                        time(key->revoked_at)};
  return base::join(fields, "|");
}

struct Keys : TestStore {
  std::string account = add_account("ada");

  std::string add(const NewKey& key) {
    return commit([&](Transaction& transaction) { return insert_key(transaction, key); }).value();
  }
  std::string find(const std::string& hash) {
    return show(read([&](Database& database) { return find_key_by_hash(database, hash); }));
  }
  bool revoke(const std::string& id) {
    return commit([&](Transaction& transaction) { return revoke_key(transaction, id); }).value();
  }
  void touch(const std::string& id, base::TimeMs at) {
    REQUIRE(commit([&](Transaction& transaction) { return touch_key(transaction, id, at); }));
  }
};

const std::string kHash("\0binary \xff hash", 14);

}   // namespace

TEST_CASE("a key is found by its hash alone, with its account") {
  Keys keys;
  keys.clock.advance(1);
  keys.add({.account = keys.account, .name = "plain", .hash = kHash, .prefix = "capi_1234"});
  keys.add({.account = keys.account,
            .name = "bound",
            .hash = "other",
            .prefix = "capi_5678",
            .app = "summary",
            .expires_at = test::FakeClock::kStart + 9});
  CHECK(keys.find(kHash) == "ada|member|enabled|plain|capi_1234|-|1|-|-|-");
  CHECK(keys.find("other") == "ada|member|enabled|bound|capi_5678|summary|1|-|9|-");
  CHECK(keys.find(kHash.substr(0, 13)) == "none");
  CHECK(keys.find(std::string("\0", 1)) == "none");
  CHECK(keys.find("") == "none");
}

TEST_CASE("a key is revoked once, and keeps the moment") {
  Keys keys;
  const std::string id = keys.add({.account = keys.account, .name = "k", .hash = kHash, .prefix = "capi_"});
  keys.clock.advance(4);
  CHECK(keys.revoke(id));
  keys.clock.advance(4);
  CHECK_FALSE(keys.revoke(id));
  CHECK_FALSE(keys.revoke("none"));
  CHECK(keys.find(kHash) == "ada|member|enabled|k|capi_|-|0|-|-|4");
}

TEST_CASE("the last use moves forward and never back") {
  Keys keys;
  const std::string id = keys.add({.account = keys.account, .name = "k", .hash = kHash, .prefix = "capi_"});
  const auto last_used = [&] {
    return time(keys.read([](Database& database) { return find_key_by_hash(database, kHash); })->last_used_at);
  };
  keys.touch(id, test::FakeClock::kStart + 20);
  CHECK(last_used() == "20");
  keys.touch(id, test::FakeClock::kStart + 10);
  CHECK(last_used() == "20");
  keys.touch(id, test::FakeClock::kStart + 30);
  CHECK(last_used() == "30");
}

TEST_CASE("keys are listed in the order in which they were made") {
  Keys keys;
  for (const char* name : {"c", "a", "b"})
    keys.add({.account = keys.account, .name = name, .hash = name, .prefix = "capi_"});
  std::string names;
  for (const Key& key : keys.read([](Database& database) { return list_keys(database); })) names += key.name;
  CHECK(names == "cab");
}

TEST_CASE("a key of an account that is not there is refused") {
  Keys keys;
  CHECK_FALSE(keys.commit([](Transaction& transaction) {
    return insert_key(transaction, {.account = "none", .name = "k", .hash = "h", .prefix = "capi_"});
  }));
}
