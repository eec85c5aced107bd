// SPDX-License-Identifier: Apache-2.0
#include "store/workspaces.h"

namespace capid::store {
namespace {

Workspace read_workspace(Query& row) {
  return {.id = row.text(0),
          .folder = row.text(1),
          .size_bytes = row.integer(2),
          .created_at = row.integer(3),
          .last_used_at = row.integer(4)};
}

}   // namespace

Result<void> use_workspace(Transaction& transaction, const std::string& account, const std::string& id,
                           const std::string& app) {
  TRY(transaction.database().execute(
      R"sql(INSERT INTO workspaces (account_id, id, folder, created_at, last_used_at) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT (account_id, id) DO UPDATE SET last_used_at = excluded.last_used_at)sql",
      account, id, transaction.new_id(), transaction.now_ms(), transaction.now_ms()));
  TRY(transaction.database().execute(
      "INSERT INTO workspace_apps (account_id, workspace_id, app_id) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", account,
      id, app));
  return {};
}

Result<void> set_workspace_size(Transaction& transaction, const std::string& account, const std::string& id,
                                int64_t size_bytes) {
  TRY(transaction.database().execute("UPDATE workspaces SET size_bytes = ? WHERE account_id = ? AND id = ?", size_bytes,
                                     account, id));
  return {};
}

Result<std::optional<Workspace>> find_workspace(Database& database, const std::string& account, const std::string& id) {
  return read_one(
      database.query(
          "SELECT id, folder, size_bytes, created_at, last_used_at FROM workspaces WHERE account_id = ? AND id = ?",
          account, id),
      read_workspace);
}

Result<std::vector<Workspace>> list_workspaces(Database& database, const std::string& account,
                                               const std::optional<std::string>& app) {
  return read_all(database.query(
                      R"sql(SELECT id, folder, size_bytes, created_at, last_used_at FROM workspaces
                WHERE account_id = ?1 AND (?2 IS NULL OR EXISTS (SELECT 1 FROM workspace_apps AS used
                  WHERE used.account_id = ?1 AND used.workspace_id = workspaces.id AND used.app_id = ?2))
                ORDER BY id)sql",
                      account, app),
                  read_workspace);
}

Result<std::vector<OwnedWorkspace>> list_all_workspaces(Database& database) {
  return read_all(
      database.query("SELECT workspaces.id, folder, size_bytes, workspaces.created_at, last_used_at, accounts.name "
                     "FROM workspaces JOIN accounts ON accounts.id = account_id ORDER BY accounts.name, workspaces.id"),
      [](Query& row) { return OwnedWorkspace{.workspace = read_workspace(row), .account_name = row.text(5)}; });
}

Result<std::vector<std::string>> apps_of_workspace(Database& database, const std::string& account,
                                                   const std::string& id) {
  return read_all(
      database.query("SELECT app_id FROM workspace_apps WHERE account_id = ? AND workspace_id = ?", account, id),
      [](Query& row) { return row.text(0); });
}

Result<bool> workspace_is_busy(Database& database, const std::string& account, const std::string& id) {
  const auto busy =
      TRY(read_one(database.query("SELECT 1 FROM runs WHERE account_id = ? AND workspace_id = ? AND status IN "
                                  "('pending', 'running') LIMIT 1",
                                  account, id),
                   [](Query& row) { return row.integer(0); }));
  return busy.has_value();
}

Result<std::vector<std::string>> workspace_folders(Database& database) {
  return read_all(database.query("SELECT folder FROM workspaces"), [](Query& row) { return row.text(0); });
}

Result<bool> remove_workspace(Transaction& transaction, const std::string& account, const std::string& id) {
  return TRY(transaction.database().execute("DELETE FROM workspaces WHERE account_id = ? AND id = ?", account, id)) ==
         1;
}

}   // namespace capid::store
