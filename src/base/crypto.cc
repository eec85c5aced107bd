// SPDX-License-Identifier: Apache-2.0
#include "base/crypto.h"

#include <fcntl.h>
#include <sodium.h>
#include <unistd.h>

#include <mutex>

#include <boost/crc.hpp>
#include <filesystem>

#include "base/fd.h"

namespace capid::base {
namespace {

constexpr std::string_view kBase62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr size_t kNonceSize = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr size_t kTagSize = crypto_aead_xchacha20poly1305_ietf_ABYTES;

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

crypto_hash_sha256_state& sha_state(std::array<unsigned char, 112>& state) {
  static_assert(sizeof(crypto_hash_sha256_state) <= 112);
  return *reinterpret_cast<crypto_hash_sha256_state*>(state.data());
}

}   // namespace

void init_crypto() { CHECK(sodium_init() >= 0); }

void random_bytes(std::span<unsigned char> out) { randombytes_buf(out.data(), out.size()); }

std::string random_base62(size_t length) {
  std::string text(length, '0');
  for (char& c : text) c = kBase62[randombytes_uniform(kBase62.size())];
  return text;
}

std::string random_hex(size_t bytes) {
  std::string raw(bytes, '\0');
  randombytes_buf(raw.data(), raw.size());
  return to_hex(raw);
}

std::string to_hex(std::string_view bytes) {
  std::string text(bytes.size() * 2 + 1, '\0');
  sodium_bin2hex(text.data(), text.size(), bytes_of(bytes), bytes.size());
  text.pop_back();
  return text;
}

std::string to_base64(std::string_view bytes) {
  std::string text(sodium_base64_ENCODED_LEN(bytes.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
  sodium_bin2base64(text.data(), text.size(), bytes_of(bytes), bytes.size(), sodium_base64_VARIANT_ORIGINAL);
  text.pop_back();
  return text;
}

std::optional<std::string> from_base64(std::string_view text) {
  std::string bytes(text.size() / 4 * 3 + 1, '\0');
  size_t size = 0;
  if (sodium_base642bin(bytes_of(bytes), bytes.size(), text.data(), text.size(), nullptr, &size, nullptr,
                        sodium_base64_VARIANT_ORIGINAL) != 0) {
    return std::nullopt;
  }
  bytes.resize(size);
  return bytes;
}

uint32_t crc32(std::string_view bytes) {
  boost::crc_32_type crc;
  crc.process_bytes(bytes.data(), bytes.size());
  return crc.checksum();
}

SecretKey::SecretKey(std::span<const unsigned char, kSize> bytes) {
  std::copy(bytes.begin(), bytes.end(), bytes_.begin());
}

SecretKey::~SecretKey() { sodium_memzero(bytes_.data(), bytes_.size()); }

SecretKey SecretKey::derive(std::string_view purpose) const {
  std::string raw = keyed_hash(*this, purpose);
  SecretKey key(std::span<const unsigned char, kSize>(bytes_of(raw), kSize));
  sodium_memzero(raw.data(), raw.size());
  return key;
}

SecretText& SecretText::operator=(SecretText&& other) noexcept {
  std::swap(bytes_, other.bytes_);   // what was held here goes with the other
  return *this;
}

SecretText::~SecretText() { sodium_memzero(bytes_.data(), bytes_.size()); }

void SecretText::cut(size_t size) {
  CHECK(size <= bytes_.size());
  sodium_memzero(bytes_.data() + size, bytes_.size() - size);
  bytes_.resize(size);
}

std::string keyed_hash(const SecretKey& key, std::string_view message) {
  std::string hash(crypto_generichash_BYTES, '\0');
  CHECK(crypto_generichash(bytes_of(hash), hash.size(), bytes_of(message), message.size(), key.data(),
                           SecretKey::kSize) == 0);
  return hash;
}

std::string hmac_sha256(std::string_view key, std::initializer_list<std::string_view> parts) {
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, bytes_of(key), key.size());
  for (const std::string_view part : parts) crypto_auth_hmacsha256_update(&state, bytes_of(part), part.size());
  std::string code(crypto_auth_hmacsha256_BYTES, '\0');
  crypto_auth_hmacsha256_final(&state, bytes_of(code));
  sodium_memzero(&state, sizeof state);
  return code;
}

std::string seal(const SecretKey& key, std::string_view secret, std::string_view context) {
  std::string sealed(kNonceSize + secret.size() + kTagSize, '\0');
  randombytes_buf(sealed.data(), kNonceSize);
  CHECK(crypto_aead_xchacha20poly1305_ietf_encrypt(bytes_of(sealed) + kNonceSize, nullptr, bytes_of(secret),
                                                   secret.size(), bytes_of(context), context.size(), nullptr,
                                                   bytes_of(sealed), key.data()) == 0);
  return sealed;
}

Result<SecretText> open_sealed_text(const SecretKey& key, std::string_view sealed, std::string_view context) {
  const Error refused{Code::kInternal,
                      "a stored secret cannot be opened: the instance secret is not the one it was sealed with"};
  if (sealed.size() < kNonceSize + kTagSize) return refused;
  SecretText secret(sealed.size() - kNonceSize - kTagSize);
  if (crypto_aead_xchacha20poly1305_ietf_decrypt(
          reinterpret_cast<unsigned char*>(secret.bytes().data()), nullptr, nullptr, bytes_of(sealed) + kNonceSize,
          sealed.size() - kNonceSize, bytes_of(context), context.size(), bytes_of(sealed), key.data()) != 0) {
    return refused;
  }
  return secret;
}

Result<std::string> open_sealed(const SecretKey& key, std::string_view sealed, std::string_view context) {
  const SecretText secret = TRY(open_sealed_text(key, sealed, context));
  return std::string(secret.view());
}

Result<SecretKey> load_instance_secret(const std::string& path) {
  std::string raw = TRY(read_file(path, SecretKey::kSize));
  if (raw.size() != SecretKey::kSize)
    return Error{Code::kInternal, path + " is damaged: it must hold 32 bytes; restore it from a backup"};
  SecretKey key(std::span<const unsigned char, SecretKey::kSize>(bytes_of(raw), SecretKey::kSize));
  sodium_memzero(raw.data(), raw.size());
  return key;
}

Result<SecretKey> create_instance_secret(const std::string& path) {
  std::string raw(SecretKey::kSize, '\0');
  randombytes_buf(raw.data(), raw.size());
  const std::string unfinished = path + ".new";   // that a crash leaves no secret that is damaged
  auto fd = TRY(open_file(unfinished, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, 0600));
  TRY(write_all(fd.get(), raw));
  TRY(sync(fd.get()));
  const bool made = ::link(unfinished.c_str(), path.c_str()) == 0;   // unlike rename, never over one that is there
  const Error problem = system_error("cannot make " + path, "link");
  ::unlink(unfinished.c_str());
  if (!made) return problem;
  TRY(sync_folder(std::filesystem::path(path).parent_path().string()));
  SecretKey key(std::span<const unsigned char, SecretKey::kSize>(bytes_of(raw), SecretKey::kSize));
  sodium_memzero(raw.data(), raw.size());
  return key;
}

namespace {

// Each takes 64 MiB for a moment: never two at once in a process.
std::mutex& one_password_at_a_time() {
  static std::mutex mutex;
  return mutex;
}

}   // namespace

Result<std::string> hash_password(const std::string& password) {
  std::lock_guard lock(one_password_at_a_time());
  std::string hash(crypto_pwhash_STRBYTES, '\0');
  if (crypto_pwhash_str(hash.data(), password.data(), password.size(), crypto_pwhash_OPSLIMIT_INTERACTIVE,
                        crypto_pwhash_MEMLIMIT_INTERACTIVE) != 0) {
    return Error{Code::kInternal, "the password could not be hashed: it takes 64 MiB of memory for a moment"};
  }
  hash.resize(hash.find('\0'));
  return hash;
}

bool verify_password(const std::string& hash, const std::string& password) {
  if (hash.size() >= crypto_pwhash_STRBYTES) return false;
  std::lock_guard lock(one_password_at_a_time());
  return crypto_pwhash_str_verify(hash.c_str(), password.data(), password.size()) == 0;
}

Sha256::Sha256() { crypto_hash_sha256_init(&sha_state(state_)); }

void Sha256::update(std::string_view bytes) {
  crypto_hash_sha256_update(&sha_state(state_), bytes_of(bytes), bytes.size());
}

std::string Sha256::hex() {
  std::string raw(crypto_hash_sha256_BYTES, '\0');
  crypto_hash_sha256_final(&sha_state(state_), bytes_of(raw));
  return to_hex(raw);
}

}   // namespace capid::base
