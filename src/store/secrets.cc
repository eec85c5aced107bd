// SPDX-License-Identifier: Apache-2.0
#include "store/secrets.h"

#include <algorithm>

namespace capid::store {

bool is_secret_name(std::string_view text) {
  constexpr size_t kLongestName = 64;
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  return !text.empty() && text.size() <= kLongestName && !digit(text.front()) &&
         std::all_of(text.begin(), text.end(), [&](char c) { return (c >= 'A' && c <= 'Z') || digit(c) || c == '_'; });
}

Result<std::vector<Secret>> list_secrets(Database& database) {
  return read_all(database.query("SELECT name, created_at, updated_at FROM secrets ORDER BY name"), [](Query& row) {
    return Secret{.name = row.text(0), .created_at = row.integer(1), .updated_at = row.integer(2)};
  });
}

Result<std::optional<std::string>> find_sealed_secret(Database& database, const std::string& name) {
  return read_one(database.query("SELECT sealed FROM secrets WHERE name = ?", name),
                  [](Query& row) { return row.blob(0); });
}

Result<void> put_secret(Transaction& transaction, const std::string& name, const std::string& sealed) {
  TRY(transaction.database().execute(
      "INSERT INTO secrets (name, sealed, created_at, updated_at) VALUES (?1, ?2, ?3, ?3) "
      "ON CONFLICT (name) DO UPDATE SET sealed = excluded.sealed, updated_at = excluded.updated_at",
      name, Blob{sealed}, transaction.now_ms()));
  return {};
}

Result<bool> remove_secret(Transaction& transaction, const std::string& name) {
  return TRY(transaction.database().execute("DELETE FROM secrets WHERE name = ?", name)) > 0;
}

}   // namespace capid::store
