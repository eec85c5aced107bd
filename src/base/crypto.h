// SPDX-License-Identifier: Apache-2.0
// Randomness, keyed hashes and sealed secrets, all libsodium's. One instance secret is the root of every other key.
#pragma once

#include <array>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace capid::base {

/// Must be called once before anything else here; aborts where the library cannot start.
void init_crypto();

void random_bytes(std::span<unsigned char> out);

/// `length` characters drawn evenly from 0-9A-Za-z.
[[nodiscard]] std::string random_base62(size_t length);

/// `bytes` random bytes as lower-case hex: a name that nobody can guess or collide with.
[[nodiscard]] std::string random_hex(size_t bytes);

[[nodiscard]] std::string to_hex(std::string_view bytes);

/// Base64 with padding (RFC 4648, section 4).
[[nodiscard]] std::string to_base64(std::string_view bytes);

/// Nothing where `text` is not exactly what to_base64 gives for some bytes.
[[nodiscard]] std::optional<std::string> from_base64(std::string_view text);

/// The CRC-32 of zlib and PNG (polynomial 0xEDB88320).
[[nodiscard]] uint32_t crc32(std::string_view bytes);

/// 32 bytes that never leave the process; wiped when it goes.
class SecretKey {
 public:
  static constexpr size_t kSize = 32;

  explicit SecretKey(std::span<const unsigned char, kSize> bytes);
  SecretKey(const SecretKey&) = default;
  SecretKey& operator=(const SecretKey&) = default;
  ~SecretKey();

  /// A key of its own for one purpose, from which neither this key nor any sibling can be found.
  [[nodiscard]] SecretKey derive(std::string_view purpose) const;
  [[nodiscard]] const unsigned char* data() const { return bytes_.data(); }

 private:
  std::array<unsigned char, kSize> bytes_;
};

/// The plain text of a secret, for as long as it is needed: moved but never copied, wiped when it goes.
class SecretText {
 public:
  SecretText() = default;
  explicit SecretText(size_t size) : bytes_(size) {}   ///< so many zeros, to be written over
  explicit SecretText(std::string_view text) : bytes_(text.begin(), text.end()) {}
  SecretText(SecretText&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}
  SecretText& operator=(SecretText&& other) noexcept;
  ~SecretText();

  [[nodiscard]] std::string_view view() const { return {bytes_.data(), bytes_.size()}; }
  [[nodiscard]] std::span<char> bytes() { return bytes_; }

  /// Keeps the first `size` bytes and wipes the others. There must be so many.
  void cut(size_t size);

 private:
  std::vector<char> bytes_;   // unlike a string's, its bytes move without leaving a copy behind
};

/// BLAKE2b-256 of `message` under `key`: 32 raw bytes.
[[nodiscard]] std::string keyed_hash(const SecretKey& key, std::string_view message);

/// HMAC-SHA256 of `parts`, one after the other, under a key of any length: 32 raw bytes.
[[nodiscard]] std::string hmac_sha256(std::string_view key, std::initializer_list<std::string_view> parts);

/// Encrypts a secret for the database (XChaCha20-Poly1305 with a random nonce). `context` is bound to it: the sealed
/// bytes open only under the same key and context, so a row's secret cannot be moved to another row.
[[nodiscard]] std::string seal(const SecretKey& key, std::string_view secret, std::string_view context);

/// Fails with kInternal where key, context or a single bit differ.
[[nodiscard]] Result<std::string> open_sealed(const SecretKey& key, std::string_view sealed, std::string_view context);

/// The same for a secret that shall not outlive its use.
[[nodiscard]] Result<SecretText> open_sealed_text(const SecretKey& key, std::string_view sealed,
                                                  std::string_view context);

/// Reads the instance secret at `path`.
[[nodiscard]] Result<SecretKey> load_instance_secret(const std::string& path);

/// Makes a new instance secret at `path`, readable by its owner alone, and flushes it to the disk. Fails where one
/// exists.
[[nodiscard]] Result<SecretKey> create_instance_secret(const std::string& path);

/// Argon2id of a password, with its salt and cost in the text (64 MiB of memory for a moment, so one at a time). Errors: kInternal where
/// that memory is not to be had.
[[nodiscard]] Result<std::string> hash_password(const std::string& password);

/// Whether `password` is the one that `hash` was made of. As costly as hash_password; false as well where the memory is not to be
/// had.
[[nodiscard]] bool verify_password(const std::string& hash, const std::string& password);

/// A running SHA-256.
class Sha256 {
 public:
  Sha256();
  void update(std::string_view bytes);
  /// Lower-case hex. Ends the hash: nothing may be added afterwards.
  [[nodiscard]] std::string hex();

 private:
  alignas(8) std::array<unsigned char, 112> state_;
};

}   // namespace capid::base
