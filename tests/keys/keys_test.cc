// SPDX-License-Identifier: Apache-2.0
#include "keys/keys.h"

#include <sodium.h>

#include "tests/support/temp_folder.h"
#include "tests/support/test.h"

using namespace capid;
using namespace capid::keys;
using test::FakeClock;

namespace {

constexpr std::string_view kBase62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

base::SecretKey secret_of(unsigned char byte) {
  std::array<unsigned char, base::SecretKey::kSize> bytes;
  bytes.fill(byte);
  return base::SecretKey(bytes);
}

struct House : test::TestStore {
  base::SecretKey secret = secret_of(7);
  std::string account = add_account("ada");
  Verifier verifier{*readers, clock, secret};

  IssuedKey issue(const NewKey& key) {
    return commit([&](store::Transaction& transaction) { return keys::issue(transaction, secret, key); }).value();
  }
  IssuedKey issue() { return issue({.account = account, .name = "k"}); }
  // "ok", or why not.
  std::string verify(const std::string& presented) {
    const auto grant = verifier.verify(presented);
    if (!grant) CHECK(grant.error().code == Code::kInvalidApiKey);
    return grant ? "ok" : grant.error().message;
  }
};

constexpr const char* kNotAKey =
    "send a valid API key as \"Authorization: Bearer capi_...\"; make one with `capid keys create` or in the page";

bool holds(const std::string& bytes, std::string_view needle) { return bytes.find(needle) != std::string::npos; }

std::string base64(const std::string& raw, int variant) {
  std::string text(sodium_base64_encoded_len(raw.size(), variant), '\0');
  sodium_bin2base64(text.data(), text.size(), reinterpret_cast<const unsigned char*>(raw.data()), raw.size(), variant);
  text.resize(text.find('\0'));
  return text;
}

// Every spelling under which a hash of the key could lie in a file.
std::vector<std::string> spellings(const std::string& raw) {
  return {raw, base::to_hex(raw), base64(raw, sodium_base64_VARIANT_ORIGINAL_NO_PADDING),
          base64(raw, sodium_base64_VARIANT_URLSAFE_NO_PADDING)};
}

}   // namespace

TEST_CASE("a key is capi_, 30 random letters and 6 of checksum, and no two are alike") {
  House house;
  const IssuedKey one = house.issue(), two = house.issue();
  for (const IssuedKey& issued : {one, two}) {
    CHECK(issued.key.size() == 41);
    CHECK(issued.key.starts_with("capi_"));
    CHECK(issued.key.find_first_not_of(kBase62, 5) == std::string::npos);
    CHECK(is_well_formed(issued.key));
  }
  CHECK(one.key != two.key);
  CHECK(one.id < two.id);
  const auto rows = house.read([](store::Database& database) { return store::list_keys(database); });
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].prefix == one.key.substr(0, 9));
}

TEST_CASE("a key with any one character changed, added or missing is not well formed") {
  House house;
  const std::string key = house.issue().key;
  for (size_t i = 0; i < key.size(); ++i) {
    for (const char other : kBase62) {
      if (other == key[i]) continue;
      std::string changed = key;
      changed[i] = other;
      REQUIRE_FALSE(is_well_formed(changed));
    }
    REQUIRE_FALSE(is_well_formed(std::string(key).erase(i, 1)));
    REQUIRE_FALSE(is_well_formed(std::string(key).insert(i, 1, key[i])));
  }
  for (const std::string& other :
       {std::string(), key + "0", " " + key, key + "\n", "Bearer " + key, std::string(41, '\0')}) {
    CHECK_FALSE(is_well_formed(other));
  }
}

TEST_CASE("the checksum is the CRC-32 of what comes before it, in base 62") {
  const std::string body = "capi_" + std::string(30, '0');
  uint32_t rest = base::crc32(body);
  std::string expected;
  for (int digit = 0; digit < 6; ++digit, rest /= 62) expected.insert(expected.begin(), kBase62[rest % 62]);
  CHECK(is_well_formed(body + expected));
}

TEST_CASE("a live key grants what it was issued for") {
  House house;
  const std::string admin =
      house.commit([](store::Transaction& transaction) { return store::insert_account(transaction, "root", "admin"); })
          .value();
  const auto grant_of = [&](const NewKey& key) {
    const IssuedKey issued = house.issue(key);
    const Grant grant = house.verifier.verify(issued.key).value();
    CHECK(grant.key == issued.id);
    CHECK(grant.account == key.account);
    return grant.app.value_or("every app") + (grant.admin ? ", admin" : "");
  };
  CHECK(grant_of({.account = house.account, .name = "k"}) == "every app");
  CHECK(grant_of({.account = house.account, .name = "k", .app = "summary"}) == "summary");
  CHECK(grant_of({.account = admin, .name = "k"}) == "every app, admin");
}

TEST_CASE("what is no key, was never issued, or belongs to another instance is told apart by nothing") {
  House house;
  const std::string key = house.issue().key;
  House other;
  other.secret = secret_of(8);
  for (const std::string& presented :
       {std::string(), std::string("capi_"), other.issue().key, key.substr(1), key + "x"}) {
    CHECK(house.verify(presented) == kNotAKey);
  }
  Verifier with_another_secret(*house.readers, house.clock, secret_of(8));
  const auto refused = with_another_secret.verify(key);
  REQUIRE(!refused);
  CHECK(refused.error().message == kNotAKey);
  CHECK(house.verify(key) == "ok");
}

TEST_CASE("a key holds until the moment in which it expires") {
  House house;
  const std::string key =
      house.issue({.account = house.account, .name = "k", .expires_at = FakeClock::kStart + 60'000}).key;
  CHECK(house.verify(key) == "ok");
  house.clock.set(FakeClock::kStart + 59'999);
  CHECK(house.verify(key) == "ok");
  house.clock.set(FakeClock::kStart + 60'000);
  CHECK(house.verify(key) == "this key expired at 2026-04-27T07:02:11Z: make a new one");
}

TEST_CASE("a revocation through another connection holds at once, and says since when") {
  House house;
  const IssuedKey issued = house.issue(), kept = house.issue();
  CHECK(house.verify(issued.key) == "ok");
  store::Database other = house.another_connection();
  REQUIRE(other.execute("UPDATE keys SET revoked_at = ? WHERE id = ?", FakeClock::kStart + 1'000, issued.id));
  CHECK(house.verify(issued.key) == "this key was revoked at 2026-04-27T07:01:12Z: use another one");
  CHECK(house.verify(kept.key) == "ok");
}

TEST_CASE("the keys of a disabled account do not work") {
  House house;
  const std::string key = house.issue().key;
  store::Database other = house.another_connection();
  REQUIRE(other.execute("UPDATE accounts SET disabled_at = 1 WHERE id = ?", house.account));
  CHECK(house.verify(key) == "the account of this key is disabled: ask the operator");
}

TEST_CASE("a name must have 1 to 100 bytes") {
  House house;
  for (const size_t length : {0, 1, 100, 101}) {
    const auto issued = house.commit([&](store::Transaction& transaction) {
      return issue(transaction, house.secret, {.account = house.account, .name = std::string(length, 'n')});
    });
    CAPTURE(length);
    CHECK(static_cast<bool>(issued) == (length == 1 || length == 100));
    if (issued) continue;
    CHECK(issued.error().code == Code::kInvalidParameter);
    CHECK(issued.error().field == "name");
    CHECK(issued.error().message == "a key needs a name of 1 to 100 characters");
  }
}

TEST_CASE("the last use is written with the next flush, and a refused key counts as no use") {
  House house;
  const IssuedKey used = house.issue(),
                  expired = house.issue({.account = house.account, .name = "old", .expires_at = 1});
  house.clock.advance(5'000);
  CHECK(house.verify(used.key) == "ok");
  CHECK(house.verify(expired.key) != "ok");
  const auto last_uses = [&] {
    const auto rows = house.read([](store::Database& database) { return store::list_keys(database); });
    return std::pair(rows[0].last_used_at.value_or(0), rows[1].last_used_at.value_or(0));
  };
  CHECK(last_uses() == std::pair(int64_t{0}, int64_t{0}));
  house.verifier.flush_last_used(*house.writer);
  REQUIRE(house.commit([](store::Transaction&) -> Result<void> { return {}; }));   // behind the flush
  CHECK(last_uses() == std::pair(FakeClock::kStart + 5'000, int64_t{0}));
}

TEST_CASE("neither the key nor any unkeyed hash of it is in the database's files") {
  House house;
  const IssuedKey issued = house.issue({.account = house.account, .name = "a name to be found"});
  CHECK(house.verify(issued.key) == "ok");
  house.verifier.flush_last_used(*house.writer);
  REQUIRE(house.commit([](store::Transaction&) -> Result<void> { return {}; }));

  std::string bytes;
  for (const auto& file : std::filesystem::directory_iterator(house.folder.path()))
    bytes += test::content_of(file.path().string());
  REQUIRE(holds(bytes, "a name to be found"));   // the row is in what is searched
  REQUIRE(holds(bytes, base::keyed_hash(house.secret.derive("capid api keys v1"), issued.key)));
  CHECK_FALSE(holds(bytes, issued.key));
  CHECK_FALSE(holds(bytes, issued.key.substr(5)));
  CHECK_FALSE(holds(bytes, issued.key.substr(9, 20)));

  const auto* message = reinterpret_cast<const unsigned char*>(issued.key.data());
  const auto hashed = [&](size_t size, auto hash) {
    std::string raw(size, '\0');
    REQUIRE(hash(reinterpret_cast<unsigned char*>(raw.data())) == 0);
    return raw;
  };
  const std::string hashes[] = {
      hashed(32,
             [&](unsigned char* out) { return crypto_generichash(out, 32, message, issued.key.size(), nullptr, 0); }),
      hashed(64,
             [&](unsigned char* out) { return crypto_generichash(out, 64, message, issued.key.size(), nullptr, 0); }),
      hashed(32, [&](unsigned char* out) { return crypto_hash_sha256(out, message, issued.key.size()); }),
      hashed(64, [&](unsigned char* out) { return crypto_hash_sha512(out, message, issued.key.size()); }),
  };
  for (const std::string& hash : hashes) {
    for (const std::string& spelling : spellings(hash)) CHECK_FALSE(holds(bytes, spelling));
  }
}
