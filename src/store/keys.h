// SPDX-License-Identifier: Apache-2.0
// API keys as rows: a hash, never the key.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "store/transaction.h"

namespace capid::store {

struct NewKey {
  std::string account;
  std::string name;
  std::string hash;     ///< 32 raw bytes
  std::string prefix;   ///< the key's recognisable first characters
  std::optional<std::string> app;
  std::optional<base::TimeMs> expires_at;
  std::optional<int64_t> requests_per_minute;   ///< nothing: the server's default
};

struct Key {
  std::string id;
  std::string account;
  std::string account_name;
  std::string account_role;
  bool account_disabled = false;
  std::string name;
  std::string prefix;
  std::optional<std::string> app;
  base::TimeMs created_at = 0;
  std::optional<base::TimeMs> last_used_at;
  std::optional<base::TimeMs> expires_at;
  std::optional<base::TimeMs> revoked_at;
  std::optional<int64_t> requests_per_minute;
};

[[nodiscard]] Result<std::string> insert_key(Transaction& transaction, const NewKey& key);
[[nodiscard]] Result<std::optional<Key>> find_key_by_hash(Database& database, const std::string& hash);
[[nodiscard]] Result<std::optional<Key>> find_key(Database& database, const std::string& id);
[[nodiscard]] Result<std::vector<Key>> list_keys(Database& database);
[[nodiscard]] Result<std::vector<Key>> list_keys_of(Database& database, const std::string& account);

/// False where there is no such key, or it was revoked before.
[[nodiscard]] Result<bool> revoke_key(Transaction& transaction, const std::string& id);

/// Moves last_used_at forward, never back.
[[nodiscard]] Result<void> touch_key(Transaction& transaction, const std::string& id, base::TimeMs used_at);

}   // namespace capid::store
