// SPDX-License-Identifier: Apache-2.0
// Sessions of the page as rows: a hash, never what the browser holds. And the one set-up token, likewise.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "store/transaction.h"

namespace capid::store {

struct NewSession {
  std::string account;
  std::string hash;      ///< 32 raw bytes
  std::string address;   ///< where it was opened from
};

struct Session {
  std::string id;
  std::string account;
  std::string account_name;
  bool is_admin = false;
  bool account_disabled = false;
  base::TimeMs created_at = 0;
  base::TimeMs last_seen_at = 0;
};

/// How many an account keeps: the oldest makes room.
inline constexpr int64_t kMostSessions = 50;

[[nodiscard]] Result<std::string> insert_session(Transaction& transaction, const NewSession& session);
[[nodiscard]] Result<std::optional<Session>> find_session_by_hash(Database& database, const std::string& hash);
[[nodiscard]] Result<std::optional<Session>> find_session(Database& database, const std::string& id);

/// From where the account's sessions were opened that were seen since `since`.
[[nodiscard]] Result<std::vector<std::string>> session_addresses(Database& database, const std::string& account,
                                                                 base::TimeMs since);

/// Moves last_seen_at forward, never back.
[[nodiscard]] Result<void> touch_session(Transaction& transaction, const std::string& id);

[[nodiscard]] Result<void> remove_session(Transaction& transaction, const std::string& id);
/// All of an account's, but `except`.
[[nodiscard]] Result<void> remove_sessions_of(Transaction& transaction, const std::string& account,
                                              const std::string& except = "");
/// Those that were opened before `created` or last seen before `seen`.
[[nodiscard]] Result<void> remove_old_sessions(Transaction& transaction, base::TimeMs created, base::TimeMs seen);

/// Replaces the one before.
[[nodiscard]] Result<void> set_setup_token(Transaction& transaction, const std::string& hash, base::TimeMs expires_at);

[[nodiscard]] Result<bool> is_setup_token(Database& database, const std::string& hash, base::TimeMs now);

/// True once, and gone, where the token is the one that was set and still good.
[[nodiscard]] Result<bool> take_setup_token(Transaction& transaction, const std::string& hash);

}   // namespace capid::store
