// SPDX-License-Identifier: Apache-2.0
// One SQLite connection and its prepared statements. Belongs to one thread at a time.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace capid::store {

struct Blob {
  std::string_view bytes;
};

/// What may stand for a `?`. Text and blobs are borrowed until the statement is done with.
class Value {
 public:
  Value(int64_t integer) : held_(integer) {}
  Value(int integer) : held_(int64_t{integer}) {}
  Value(std::string_view text) : held_(text) {}
  Value(const std::string& text) : held_(std::string_view(text)) {}
  Value(const char* text) : held_(std::string_view(text)) {}
  Value(Blob blob) : held_(blob) {}
  Value(std::nullopt_t) : held_(nullptr) {}
  template <typename T>
  Value(const std::optional<T>& maybe) : held_(nullptr) {
    if (maybe) held_ = Value(*maybe).held_;
  }

  using Held = std::variant<std::nullptr_t, int64_t, std::string_view, Blob>;
  [[nodiscard]] const Held& held() const { return held_; }

 private:
  Held held_;
};

/// The rows of one running statement. Ends with its scope; never held while waiting for anything else.
class Query {
 public:
  Query(Query&& other) noexcept : database_(other.database_), statement_(std::exchange(other.statement_, nullptr)) {}
  ~Query();

  /// Moves to the next row; false after the last.
  [[nodiscard]] Result<bool> next();

  [[nodiscard]] int64_t integer(int column) const;
  [[nodiscard]] std::string text(int column) const;
  [[nodiscard]] std::string blob(int column) const;
  [[nodiscard]] bool is_null(int column) const;
  [[nodiscard]] std::optional<int64_t> maybe_integer(int column) const;
  [[nodiscard]] std::optional<std::string> maybe_text(int column) const;

 private:
  friend class Database;
  Query(sqlite3* database, sqlite3_stmt* statement) : database_(database), statement_(statement) {}

  sqlite3* database_;
  sqlite3_stmt* statement_;
};

class Database {
 public:
  enum class Mode { kReadOnly, kReadWrite, kCreate };

  /// Opens with WAL, synchronous=FULL, foreign keys on. Errors: kStoreUnavailable.
  [[nodiscard]] static Result<Database> open(const std::string& path, Mode mode);
  Database(Database&&) noexcept;
  ~Database();

  /// Starts a statement. `sql` must be a string literal: statements are kept, prepared, under its address.
  template <typename... Values>
  [[nodiscard]] Result<Query> query(const char* sql, const Values&... values) {
    return start(sql, {Value(values)...});
  }

  /// Runs a statement that gives no rows; returns how many rows it changed.
  template <typename... Values>
  [[nodiscard]] Result<int64_t> execute(const char* sql, const Values&... values) {
    return run(sql, {Value(values)...});
  }

  /// Runs several statements without values, for migrations.
  [[nodiscard]] Result<void> execute_script(const std::string& sql);

  /// Whether no transaction is open. SQLite may end one by itself when a statement fails.
  [[nodiscard]] bool in_autocommit() const;

  /// SQLite's extended code of the last failure, to tell a full disk from a failed sync.
  [[nodiscard]] int last_error() const;

 private:
  explicit Database(sqlite3* connection);
  [[nodiscard]] Result<Query> start(const char* sql, std::vector<Value> values);
  [[nodiscard]] Result<int64_t> run(const char* sql, std::vector<Value> values);

  struct Connection;
  std::unique_ptr<Connection> connection_;
};

/// The one row of a query that must give at most one, made by `read(query)`; nothing where there is none.
template <typename Read>
auto read_one(Result<Query> query, Read read) -> Result<std::optional<decltype(read(std::declval<Query&>()))>> {
  using Row = std::optional<decltype(read(std::declval<Query&>()))>;
  if (!query) return std::move(query).error();
  if (!TRY(query->next())) return Row{};
  return Row{read(*query)};
}

/// Every row of a query, each made by `read(query)`.
template <typename Read>
auto read_all(Result<Query> query, Read read) -> Result<std::vector<decltype(read(std::declval<Query&>()))>> {
  std::vector<decltype(read(std::declval<Query&>()))> rows;
  if (!query) return std::move(query).error();
  while (TRY(query->next())) rows.push_back(read(*query));
  return rows;
}

}   // namespace capid::store
