// SPDX-License-Identifier: Apache-2.0
#include "store/database.h"

#include <sqlite3.h>

#include <unordered_map>

namespace capid::store {
namespace {

// Long enough for another process's short transaction, such as a command that makes a key.
constexpr int kBusyTimeoutMs = 10'000;
// In KiB. What is not in it the system's own cache has, which all connections share.
constexpr const char* kReadersCache = "PRAGMA cache_size=-512";
constexpr const char* kWritersCache = "PRAGMA cache_size=-1024";

Error store_error(sqlite3* database) {
  return {Code::kStoreUnavailable,
          "the database did not take or give the data; try again, and see the server's log",
          {},
          std::string(sqlite3_errmsg(database)) + " (" + std::to_string(sqlite3_extended_errcode(database)) + ")"};
}

int bind(sqlite3_stmt* statement, int index, const Value& value) {
  struct Binder {
    sqlite3_stmt* statement;
    int index;
    int operator()(std::nullptr_t) const { return sqlite3_bind_null(statement, index); }
    int operator()(int64_t integer) const { return sqlite3_bind_int64(statement, index, integer); }
    int operator()(std::string_view text) const {
      const char* bytes = text.empty() ? "" : text.data();
      return sqlite3_bind_text64(statement, index, bytes, text.size(), SQLITE_STATIC, SQLITE_UTF8);
    }
    int operator()(Blob blob) const {
      const char* bytes = blob.bytes.empty() ? "" : blob.bytes.data();
      return sqlite3_bind_blob64(statement, index, bytes, blob.bytes.size(), SQLITE_STATIC);
    }
  };
  return std::visit(Binder{statement, index}, value.held());
}

// The library counts what it allocates, under one lock for all threads; nobody here asks for the count. And it takes room for twenty
// pages as soon as a connection is opened, which most of them never fill.
void configure_library() {
  static const int ignored =
      sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0) | sqlite3_config(SQLITE_CONFIG_PAGECACHE, nullptr, 0, 0);
  (void)ignored;
}

}   // namespace

struct Database::Connection {
  sqlite3* handle;
  std::unordered_map<const char*, sqlite3_stmt*> statements;

  ~Connection() {
    for (const auto& [sql, statement] : statements) sqlite3_finalize(statement);
    sqlite3_close(handle);
  }
};

Query::~Query() {
  if (!statement_) return;
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

Result<bool> Query::next() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return store_error(database_);
}

int64_t Query::integer(int column) const { return sqlite3_column_int64(statement_, column); }

std::string Query::text(int column) const {
  const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  return bytes ? std::string(bytes, static_cast<size_t>(sqlite3_column_bytes(statement_, column))) : std::string();
}

std::string Query::blob(int column) const {
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_, column));
  return bytes ? std::string(bytes, static_cast<size_t>(sqlite3_column_bytes(statement_, column))) : std::string();
}

bool Query::is_null(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }

std::optional<int64_t> Query::maybe_integer(int column) const {
  return is_null(column) ? std::nullopt : std::optional(integer(column));
}

std::optional<std::string> Query::maybe_text(int column) const {
  return is_null(column) ? std::nullopt : std::optional(text(column));
}

Database::Database(sqlite3* connection) : connection_(new Connection{connection, {}}) {}
Database::Database(Database&&) noexcept = default;
Database::~Database() = default;

Result<Database> Database::open(const std::string& path, Mode mode) {
  configure_library();
  const int access = mode == Mode::kReadOnly    ? SQLITE_OPEN_READONLY
                     : mode == Mode::kReadWrite ? SQLITE_OPEN_READWRITE
                                                : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  sqlite3* handle = nullptr;
  const int code =
      sqlite3_open_v2(path.c_str(), &handle, access | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  Database database(handle);
  if (code != SQLITE_OK) {
    return Error{Code::kStoreUnavailable,
                 "cannot open the database " + path,
                 {},
                 handle ? sqlite3_errmsg(handle) : "out of memory"};
  }
  sqlite3_busy_timeout(handle, kBusyTimeoutMs);
  TRY(database.execute_script("PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA temp_store=MEMORY;"));
  TRY(database.execute_script(mode == Mode::kReadOnly ? kReadersCache : kWritersCache));
  if (mode != Mode::kReadOnly) TRY(database.execute_script("PRAGMA journal_mode=WAL;"));
  return database;
}

Result<Query> Database::start(const char* sql, std::vector<Value> values) {
  sqlite3* handle = connection_->handle;
  sqlite3_stmt*& statement = connection_->statements[sql];
  if (!statement && sqlite3_prepare_v3(handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr) != SQLITE_OK) {
    return store_error(handle);
  }
  CHECK(static_cast<size_t>(sqlite3_bind_parameter_count(statement)) == values.size());
  Query query(handle, statement);
  for (size_t i = 0; i < values.size(); ++i) {
    if (bind(statement, static_cast<int>(i) + 1, values[i]) != SQLITE_OK) return store_error(handle);
  }
  return query;
}

Result<int64_t> Database::run(const char* sql, std::vector<Value> values) {
  auto query = TRY(start(sql, std::move(values)));
  while (TRY(query.next())) {
  }
  return sqlite3_changes64(connection_->handle);
}

Result<void> Database::execute_script(const std::string& sql) {
  if (sqlite3_exec(connection_->handle, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
    return store_error(connection_->handle);
  return {};
}

bool Database::in_autocommit() const { return sqlite3_get_autocommit(connection_->handle) != 0; }

int Database::last_error() const { return sqlite3_extended_errcode(connection_->handle); }

}   // namespace capid::store
