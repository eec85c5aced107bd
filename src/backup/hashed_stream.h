// SPDX-License-Identifier: Apache-2.0
// A stream whose end tells the checksum of all that came before: whatever bit of it changes, its reader knows.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/crypto.h"
#include "base/result.h"

namespace capid::backup {

/// Counts nothing, hashes everything that is written.
class HashedOutput {
 public:
  explicit HashedOutput(int fd) : fd_(fd) {}

  [[nodiscard]] Result<void> write(std::string_view bytes);

  /// Of everything so far; from then on bytes are written and not hashed.
  [[nodiscard]] std::string end_of_hash();

 private:
  int fd_;
  base::Sha256 hash_;
  bool hashing_ = true;
};

/// Hashes what is read, but for the last kTail bytes, which are kept until it is known where the hash ends.
class HashedInput {
 public:
  static constexpr size_t kTail = 64 << 10;

  explicit HashedInput(int fd) : fd_(fd) {}

  /// The next piece, empty at the end; good until the next call.
  [[nodiscard]] Result<std::string_view> read();

  /// Once the end was read: of all bytes before `offset`, which lies within the last kTail. Empty where it does not.
  [[nodiscard]] std::string hash_before(uint64_t offset);

  /// The bytes from `offset` on, likewise.
  [[nodiscard]] std::string_view rest_from(uint64_t offset) const;

 private:
  int fd_;
  base::Sha256 hash_;
  std::string piece_;
  std::string tail_;
  uint64_t hashed_ = 0;   // how many bytes came before the tail
};

}   // namespace capid::backup
