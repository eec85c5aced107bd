// SPDX-License-Identifier: Apache-2.0
#include "webhooks/secrets.h"

#include <algorithm>

#include "tests/support/temp_folder.h"
#include "tests/support/test.h"

using namespace capid;
using namespace capid::webhooks;

namespace {

base::SecretKey key_of(unsigned char byte) {
  std::array<unsigned char, base::SecretKey::kSize> bytes{};
  bytes.fill(byte);
  return base::SecretKey(bytes);
}

struct House : test::TestStore {
  Secrets secrets{key_of(1)};
  std::string ada = add_account("ada");

  std::vector<std::string> texts(Result<std::vector<Secret>> found) {
    std::vector<std::string> texts;
    for (const Secret& secret : found.value()) texts.push_back(secret.text);
    return texts;
  }
  std::vector<std::string> open(const std::string& account) {
    return texts(commit([&](store::Transaction& transaction) { return secrets.open(transaction, account); }));
  }
  Result<std::vector<Secret>> rotate(const std::string& account) {
    return commit([&](store::Transaction& transaction) { return secrets.rotate(transaction, account); });
  }
};

}   // namespace

TEST_CASE("an account's secret is made at the first need, and stays") {
  House house;
  const auto first = house.open(house.ada);
  CHECK(first.size() == 1);
  CHECK(house.open(house.ada) == first);
  CHECK(house.open(house.add_account("bob")) != first);
}

TEST_CASE("a secret that was replaced signs for a day, then no more") {
  House house;
  const std::string old = house.open(house.ada).front();
  const auto both = house.texts(house.rotate(house.ada));
  CHECK(both.size() == 2);
  CHECK(both.back() == old);
  house.clock.advance(Secrets::kOverlapMs - 1);
  CHECK(house.open(house.ada) == both);
  house.clock.advance(1);
  CHECK(house.open(house.ada) == std::vector{both.front()});
}

TEST_CASE("replacing what nobody has seen makes one secret, not two") {
  House house;
  CHECK(house.rotate(house.ada).value().size() == 1);
}

TEST_CASE("five may sign at once") {
  House house;
  for (size_t i = 0; i < Secrets::kMost; ++i) REQUIRE(house.rotate(house.ada));
  const auto refused = house.rotate(house.ada);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().message ==
        "the secret was replaced 4 times within a day, and all of them still sign: wait until 2026-04-28T07:01:11Z, "
        "or end them all with --now");
  house.clock.advance(Secrets::kOverlapMs);
  CHECK(house.rotate(house.ada).value().size() == 2);
}

TEST_CASE("a secret that got into wrong hands ends at once, with those before it") {
  House house;
  for (size_t i = 0; i < Secrets::kMost; ++i) REQUIRE(house.rotate(house.ada));
  const auto now = house.commit([&](store::Transaction& t) { return house.secrets.replace(t, house.ada); });
  REQUIRE(now);
  CHECK(now->size() == 1);
  CHECK(house.open(house.ada) == house.texts(now));
  CHECK(house.rotate(house.ada).value().size() == 2);
}

TEST_CASE("no secret lies open in the database, and none opens under another instance's secret or account") {
  House house;
  const std::string secret = house.open(house.ada).front();
  REQUIRE(house.another_connection().execute("PRAGMA wal_checkpoint(TRUNCATE)"));
  CHECK(test::content_of(house.path).find(secret.substr(6)) == std::string::npos);

  const std::string bob = house.add_account("bob");
  REQUIRE(house.another_connection().execute("UPDATE webhook_secrets SET account_id = ?", bob));
  const auto moved = house.commit([&](store::Transaction& t) { return house.secrets.open(t, bob); });
  REQUIRE_FALSE(moved);
  CHECK(moved.error().code == Code::kInternal);
  REQUIRE(house.another_connection().execute("UPDATE webhook_secrets SET account_id = ?", house.ada));
  const auto other = house.commit([&](store::Transaction& t) { return Secrets(key_of(2)).open(t, house.ada); });
  REQUIRE_FALSE(other);
  CHECK(other.error().code == Code::kInternal);
  CHECK(house.open(house.ada) == std::vector{secret});
}
