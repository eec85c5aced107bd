// SPDX-License-Identifier: Apache-2.0
#include "secrets/secrets.h"

#include "store/secrets.h"
#include "tests/support/temp_folder.h"
#include "tests/support/test.h"

using namespace capid;
using namespace capid::secrets;

namespace {

base::SecretKey key_of(unsigned char byte) {
  std::array<unsigned char, base::SecretKey::kSize> bytes{};
  bytes.fill(byte);
  return base::SecretKey(bytes);
}

struct House : test::TestStore {
  Secrets secrets{key_of(1)};

  Result<void> set(const std::string& name, std::string_view value) {
    return commit([&](store::Transaction& transaction) { return secrets.set(transaction, name, value); });
  }
  bool remove(const std::string& name) {
    return commit([&](store::Transaction& transaction) { return store::remove_secret(transaction, name); }).value();
  }
  std::string get(const std::string& name) { return get(name, secrets); }
  // The value, "-" where it is not set, or the code of the error.
  std::string get(const std::string& name, const Secrets& under) {
    const auto got = under.get(*readers->lend(), name);
    if (!got) return std::string(base::to_string(got.error().code));
    return *got ? std::string((*got)->view()) : "-";
  }
  // name created updated, in seconds after the clock's start
  std::string list() {
    std::string list;
    for (const auto& row : read([](store::Database& database) { return store::list_secrets(database); })) {
      const auto after = [](base::TimeMs time) { return std::to_string((time - test::FakeClock::kStart) / 1000); };
      list += row.name + " " + after(row.created_at) + " " + after(row.updated_at) + "; ";
    }
    return list;
  }
};

std::string refusal(const Result<void>& result) {
  REQUIRE_FALSE(result);
  CHECK(result.error().code == Code::kInvalidParameter);
  return result.error().message;
}

}   // namespace

TEST_CASE("a secret is set, replaced and removed") {
  House house;
  CHECK(house.get("TOKEN") == "-");
  REQUIRE(house.set("TOKEN", "first"));
  REQUIRE(house.set("A", std::string("multi\nline \xff", 12)));
  CHECK(house.get("TOKEN") == "first");
  CHECK(house.get("A") == "multi\nline \xff");
  CHECK(house.list() == "A 0 0; TOKEN 0 0; ");
  house.clock.advance(5'000);
  REQUIRE(house.set("TOKEN", "second"));
  CHECK(house.get("TOKEN") == "second");
  CHECK(house.list() == "A 0 0; TOKEN 0 5; ");
  CHECK(house.remove("TOKEN"));
  CHECK_FALSE(house.remove("TOKEN"));
  CHECK(house.get("TOKEN") == "-");
  CHECK(house.list() == "A 0 0; ");
}

TEST_CASE("what is no secret is refused, and changes nothing") {
  House house;
  REQUIRE(house.set("TOKEN", "kept"));
  CHECK(refusal(house.set("TOKEN", "")) == "the value is empty: a secret has at least one byte");
  CHECK(refusal(house.set("TOKEN", std::string(kMostBytes + 1, 'x'))) == "the value is larger than 16 KiB");
  CHECK(refusal(house.set("TOKEN", std::string_view("a\0b", 3))) ==
        "the value holds a NUL byte, which no variable can");
  CHECK(refusal(house.set("token", "x")) ==
        "a secret's name is 1 to 64 of A-Z, 0-9 and '_', not beginning with a digit");
  CHECK(house.get("TOKEN") == "kept");
  REQUIRE(house.set("TOKEN", std::string(kMostBytes, 'x')));
  CHECK(house.get("TOKEN").size() == kMostBytes);
}

TEST_CASE("a secret's name is that of a variable in capitals") {
  for (const char* good : {"A", "_", "GITHUB_TOKEN", "_A1", "A__"}) CHECK(store::is_secret_name(good));
  CHECK(store::is_secret_name(std::string(64, 'A')));
  for (const char* bad : {"", "a", "Ab", "1A", "A-B", "A B", "A\n", "Ä", "A.B"})
    CHECK_FALSE(store::is_secret_name(bad));
  CHECK_FALSE(store::is_secret_name(std::string(65, 'A')));
  CHECK_FALSE(store::is_secret_name(std::string_view("A\0", 2)));
}

TEST_CASE("no value lies open in the database, and none opens under another instance's secret or name") {
  House house;
  const std::string value = "correct-horse-battery-staple";
  REQUIRE(house.set("TOKEN", value));
  REQUIRE(house.set("OTHER", "something else"));
  REQUIRE(house.another_connection().execute("PRAGMA wal_checkpoint(TRUNCATE)"));
  const std::string content = test::content_of(house.path);
  CHECK(content.find("TOKEN") != std::string::npos);
  CHECK(content.find(value) == std::string::npos);
  CHECK(content.find(value.substr(8, 12)) == std::string::npos);

  CHECK(house.get("TOKEN", Secrets(key_of(2))) == "INTERNAL");
  REQUIRE(house.another_connection().execute(
      "UPDATE secrets SET sealed = (SELECT sealed FROM secrets WHERE name = 'TOKEN') WHERE name = 'OTHER'"));
  CHECK(house.get("OTHER") == "INTERNAL");
  CHECK(house.get("TOKEN") == value);
}

TEST_CASE("what is sealed for another purpose under the same instance secret is no secret of the operator's") {
  House house;
  const auto key = key_of(1).derive("webhook secrets");
  const std::string sealed = base::seal(key, "whsec", "TOKEN");
  REQUIRE(
      house.commit([&](store::Transaction& transaction) { return store::put_secret(transaction, "TOKEN", sealed); }));
  CHECK(house.get("TOKEN") == "INTERNAL");
}
