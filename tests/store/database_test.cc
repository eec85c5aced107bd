// SPDX-License-Identifier: Apache-2.0
#include "store/database.h"

#include "base/text.h"
#include "store/migrations.h"
#include "tests/support/temp_folder.h"
#include "tests/support/test.h"

using namespace capid;
using namespace capid::store;

namespace {

Database create(const test::TempFolder& folder) {
  return Database::open(folder / "capid.db", Database::Mode::kCreate).value();
}

std::string text(Result<Query> query) {
  std::vector<std::string> rows = read_all(std::move(query), [](Query& row) { return row.text(0); }).value();
  return base::join(rows, " ");
}

}   // namespace

TEST_CASE("an empty database gets the whole schema, once") {
  const test::TempFolder folder;
  Database database = create(folder);
  const auto missing = check_schema(database);
  REQUIRE(!missing);
  CHECK(missing.error().message ==
        "this database has schema 0, this capid needs 7: start `capid serve` of this version once, it migrates");
  for (int time = 0; time < 2; ++time) {
    CHECK(migrate(database));
    CHECK(check_schema(database));
    CHECK(text(database.query("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")) ==
          "accounts app_sizes app_versions artifacts audit daily_usage deliveries delivery_attempts delivery_bodies "
          "events "
          "idempotency_keys keys ledger moments removed_blobs run_files run_labels runs secrets sessions setup_token "
          "threads webhook_secrets "
          "workspace_apps workspaces");
  }
}

TEST_CASE("a database that a newer capid wrote is refused and left as it is") {
  const test::TempFolder folder;
  Database database = create(folder);
  REQUIRE(database.execute_script("PRAGMA user_version = 8; CREATE TABLE theirs (id TEXT);"));
  const char* words =
      "this database was written by a newer capid (schema 8, this one knows 7): use that version, or restore a backup";
  for (const auto& refused : {migrate(database), check_schema(database)}) {
    REQUIRE(!refused);
    CHECK(refused.error().code == Code::kStoreUnavailable);
    CHECK(refused.error().message == words);
  }
  CHECK(text(database.query("SELECT name FROM sqlite_schema")) == "theirs");
}

TEST_CASE("a migration that fails halfway leaves nothing") {
  const test::TempFolder folder;
  Database database = create(folder);
  REQUIRE(database.execute_script("CREATE TABLE runs (id TEXT)"));   // in the way of the schema's own
  CHECK_FALSE(migrate(database));
  Database again = create(folder);
  CHECK(text(again.query("SELECT name FROM sqlite_schema")) == "runs");
  CHECK(text(again.query("PRAGMA user_version")) == "0");
}

TEST_CASE("every connection writes ahead, syncs in full and minds foreign keys") {
  const test::TempFolder folder;
  Database created = create(folder);
  REQUIRE(migrate(created));
  for (const auto mode : {Database::Mode::kCreate, Database::Mode::kReadWrite, Database::Mode::kReadOnly}) {
    Database database = Database::open(folder / "capid.db", mode).value();
    CHECK(text(database.query("PRAGMA journal_mode")) == "wal");
    CHECK(text(database.query("PRAGMA synchronous")) == "2");
    CHECK(text(database.query("PRAGMA foreign_keys")) == "1");
  }
}

TEST_CASE("a database that is not there is made only where that is asked for") {
  const test::TempFolder folder;
  for (const auto mode : {Database::Mode::kReadWrite, Database::Mode::kReadOnly}) {
    const auto refused = Database::open(folder / "none.db", mode);
    REQUIRE(!refused);
    CHECK(refused.error().code == Code::kStoreUnavailable);
    CHECK(refused.error().message == "cannot open the database " + folder / "none.db");
  }
}

TEST_CASE("a file that is no database is refused") {
  const test::TempFolder folder;
  folder.write("capid.db", std::string(4096, 'x'));
  const auto refused = Database::open(folder / "capid.db", Database::Mode::kReadWrite);
  REQUIRE(!refused);
  CHECK(refused.error().code == Code::kStoreUnavailable);
}

TEST_CASE("a reader cannot write") {
  const test::TestStore store;
  auto reader = store.readers->lend();
  CHECK_FALSE((*reader).execute("DELETE FROM accounts"));
}

TEST_CASE("text with NULs, empty blobs and NULL come back as they were") {
  const test::TempFolder folder;
  Database database = create(folder);
  REQUIRE(database.execute_script("CREATE TABLE t (a TEXT, b BLOB, c INTEGER, d TEXT) STRICT"));
  const std::string text_with_nul("a\0b", 3), blob("\0\xff", 2);
  REQUIRE(database.execute("INSERT INTO t VALUES (?, ?, ?, ?)", text_with_nul, Blob{blob}, int64_t{-1} << 63,
                           std::nullopt));
  REQUIRE(database.execute("INSERT INTO t VALUES (?, ?, ?, ?)", "", Blob{""}, std::optional<int64_t>(),
                           std::optional<std::string>("")));
  Query query = database.query("SELECT a, b, c, d FROM t").value();
  REQUIRE(query.next().value());
  CHECK(query.text(0) == text_with_nul);
  CHECK(query.blob(1) == blob);
  CHECK(query.integer(2) == int64_t{-1} << 63);
  CHECK(query.maybe_text(3) == std::nullopt);
  REQUIRE(query.next().value());
  CHECK(query.text(0).empty());
  CHECK_FALSE(query.is_null(0));
  CHECK_FALSE(query.is_null(1));
  CHECK(query.maybe_integer(2) == std::nullopt);
  CHECK(query.maybe_text(3) == "");
  CHECK_FALSE(query.next().value());
}
