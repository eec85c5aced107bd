// SPDX-License-Identifier: Apache-2.0
#include "base/crypto.h"

#include <sys/stat.h>

#include <algorithm>

#include "tests/support/temp_folder.h"
#include "tests/support/test.h"

using namespace capid;
using namespace capid::base;

namespace {

SecretKey key_of(unsigned char byte) {
  std::array<unsigned char, SecretKey::kSize> bytes;
  bytes.fill(byte);
  return SecretKey(bytes);
}

std::string bytes_of(const SecretKey& key) { return {reinterpret_cast<const char*>(key.data()), SecretKey::kSize}; }

const std::string kSecret("a provider's key\0with a NUL", 27);

}   // namespace

TEST_CASE("known answers") {
  CHECK(crc32("123456789") == 0xCBF43926);
  CHECK(crc32("") == 0);
  CHECK(to_hex(std::string("\0\xff\x1a", 3)) == "00ff1a");
  CHECK(to_hex("").empty());
  Sha256 empty;
  CHECK(empty.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  Sha256 abc;
  for (const char* piece : {"a", "", "bc"}) abc.update(piece);
  CHECK(abc.hex() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_CASE("a copied hash goes on by itself") {
  Sha256 one;
  one.update("a");
  Sha256 other = one;
  one.update("bc");
  other.update("x");
  CHECK(one.hex() == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  Sha256 expected;
  expected.update("ax");
  CHECK(other.hex() == expected.hex());
}

TEST_CASE("a keyed hash differs by message, by key and by the purpose that the key was derived for") {
  const SecretKey root = key_of(1);
  const std::string hashes[] = {keyed_hash(root, "message"),
                                keyed_hash(root, "massage"),
                                keyed_hash(root, ""),
                                keyed_hash(key_of(2), "message"),
                                keyed_hash(root.derive("a"), "message"),
                                keyed_hash(root.derive("b"), "message"),
                                keyed_hash(key_of(2).derive("a"), "message"),
                                bytes_of(root.derive("a")),
                                bytes_of(root.derive("b")),
                                bytes_of(root)};
  for (size_t i = 0; i < std::size(hashes); ++i) {
    CHECK(hashes[i].size() == 32);
    for (size_t j = 0; j < i; ++j) CHECK(hashes[i] != hashes[j]);
  }
  CHECK(keyed_hash(key_of(1), "message") == hashes[0]);
  CHECK(bytes_of(key_of(1).derive("a")) == hashes[7]);
}

TEST_CASE("a sealed secret opens under its key and context alone") {
  const SecretKey key = key_of(3);
  const std::string sealed = seal(key, kSecret, "webhook 1");
  CHECK(open_sealed(key, sealed, "webhook 1").value() == kSecret);
  CHECK(sealed.find("provider") == std::string::npos);
  CHECK(seal(key, kSecret, "webhook 1") != sealed);   // a nonce of its own
  CHECK(open_sealed(key, seal(key, "", ""), "").value().empty());

  for (const auto& refused :
       {open_sealed(key_of(4), sealed, "webhook 1"), open_sealed(key, sealed, "webhook 2"),
        open_sealed(key, sealed, ""), open_sealed(key, sealed + "x", "webhook 1"), open_sealed(key, "", "webhook 1")}) {
    REQUIRE(!refused);
    CHECK(refused.error().code == Code::kInternal);
    CHECK(refused.error().message ==
          "a stored secret cannot be opened: the instance secret is not the one it was sealed with");
  }
}

TEST_CASE("a sealed secret with any bit flipped, or cut short, does not open") {
  const SecretKey key = key_of(3);
  const std::string sealed = seal(key, kSecret, "context");
  for (size_t bit = 0; bit < sealed.size() * 8; ++bit) {
    std::string flipped = sealed;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    REQUIRE_FALSE(open_sealed(key, flipped, "context"));
  }
  for (size_t length = 0; length < sealed.size(); ++length)
    REQUIRE_FALSE(open_sealed(key, sealed.substr(0, length), "context"));
}

TEST_CASE("a secret's text is wiped where it lay, when it is cut and when it is replaced") {
  SecretText text{std::string_view(kSecret)};
  CHECK(text.view() == kSecret);
  const char* place = text.view().data();
  text.cut(4);
  CHECK(text.view() == kSecret.substr(0, 4));
  CHECK(std::all_of(place + 4, place + kSecret.size(), [](char c) { return c == 0; }));
  SecretText moved = std::move(text);
  CHECK(moved.view().data() == place);   // it moved without a copy
  CHECK(text.view().empty());
  CHECK(SecretText(3).view() == std::string_view("\0\0\0", 3));
}

TEST_CASE("the instance secret is made once, for its owner alone, and read again") {
  const test::TempFolder folder;
  const std::string path = folder / "secret";
  const SecretKey made = create_instance_secret(path).value();
  CHECK(bytes_of(load_instance_secret(path).value()) == bytes_of(made));
  CHECK(test::content_of(path) == bytes_of(made));
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  CHECK((status.st_mode & 07777) == 0600);

  CHECK_FALSE(create_instance_secret(path));
  CHECK(test::content_of(path) == bytes_of(made));
  folder.write("cut.new", "what a crash left");
  const SecretKey again = create_instance_secret(folder / "cut").value();
  CHECK(bytes_of(again) == test::content_of(folder / "cut"));
  CHECK_FALSE(std::filesystem::exists(folder / "cut.new"));
  CHECK(bytes_of(create_instance_secret(folder / "other").value()) != bytes_of(made));
}

TEST_CASE("an instance secret of the wrong length, or none, is refused") {
  const test::TempFolder folder;
  for (const size_t length : {0, 1, 31, 33, 4096}) {
    folder.write("secret", std::string(length, 'x'));
    CAPTURE(length);
    CHECK_FALSE(load_instance_secret(folder / "secret"));
  }
  folder.write("secret", std::string(31, 'x'));
  CHECK(load_instance_secret(folder / "secret").error().message ==
        folder / "secret is damaged: it must hold 32 bytes; restore it from a backup");
  CHECK_FALSE(load_instance_secret(folder / "none"));
}

TEST_CASE("random text is base 62 with every letter in use, and never the same") {
  constexpr std::string_view kBase62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  const std::string text = random_base62(20'000);   // that one letter is missing has a chance of e^-320
  CHECK(text.size() == 20'000);
  CHECK(text.find_first_not_of(kBase62) == std::string::npos);
  for (const char letter : kBase62) CHECK(text.find(letter) != std::string::npos);
  CHECK(random_base62(0).empty());
  CHECK(random_base62(30) != random_base62(30));
  CHECK(random_hex(16).size() == 32);
  CHECK(random_hex(16) != random_hex(16));
  std::array<unsigned char, 32> one{}, other{};
  random_bytes(one);
  random_bytes(other);
  CHECK(one != other);
}

TEST_CASE("a password's hash names its method and holds a salt of its own") {
  const std::string one = hash_password("correct horse").value(), other = hash_password("correct horse").value();
  CHECK(one.starts_with("$argon2id$v=19$m=65536,t=2,p=1$"));
  CHECK(one != other);
  CHECK(one.find('\0') == std::string::npos);
}

TEST_CASE("base64 is read back, and only as it is written") {
  CHECK(to_base64("") == "");
  CHECK(to_base64("f") == "Zg==");
  CHECK(to_base64("foobar") == "Zm9vYmFy");
  CHECK(to_base64("\xfb\xff") == "+/8=");
  for (size_t size = 0; size < 50; ++size)
    CHECK(from_base64(to_base64(std::string(size, '\xfe'))) == std::string(size, '\xfe'));
  for (const char* wrong : {"Zg", "Zg=", "Z", "Zg==\n", " Zg==", "Zh==", "-_8=", "Zm9v!", "Zg==Zg=="})
    CHECK_FALSE(from_base64(wrong));
}

TEST_CASE("HMAC-SHA256 is that of RFC 4231, however its message comes in parts") {
  const std::string key(20, '\x0b');
  CHECK(to_hex(hmac_sha256(key, {"Hi There"})) == "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  CHECK(hmac_sha256(key, {"Hi", "", " The", "re"}) == hmac_sha256(key, {"Hi There"}));
  CHECK(to_hex(hmac_sha256("Jefe", {"what do ya want ", "for nothing?"})) ==
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}
