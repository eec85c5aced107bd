// SPDX-License-Identifier: Apache-2.0
#include "server/open_store.h"

#include <filesystem>

#include "store/copy.h"
#include "store/migrations.h"
#include "tests/support/temp_folder.h"
#include "tests/support/test.h"

using namespace capid;
using namespace capid::server;
namespace fs = std::filesystem;

namespace {

constexpr int64_t kOld = 4;   // a schema of an earlier version

DataFolder with_old_database(const test::TempFolder& folder) {
  DataFolder data(folder.path());
  auto database = store::Database::open(data.database(), store::Database::Mode::kCreate).value();
  REQUIRE(store::migrate(database, kOld));
  REQUIRE(database.execute("INSERT INTO accounts (id, name, role, created_at) VALUES ('a', 'ada', 'admin', 1)"));
  return data;
}

std::string copy_of(const test::TempFolder& folder, int64_t schema) {
  return folder / ("before-migration-from-schema-" + std::to_string(schema) + ".db");
}

}   // namespace

TEST_CASE("before its migration the database is copied, whole and as it was, and the copy of the time before goes") {
  const test::TempFolder folder;
  const DataFolder data = with_old_database(folder);
  folder.write("before-migration-from-schema-2.db", "of the time before");
  folder.write("before-migration-from-schema-4.db.new", "of a server that was killed");
  REQUIRE(open_store(data));
  CHECK(store::schema_of(data.database()).value() == store::newest_schema());
  CHECK(store::schema_of(copy_of(folder, kOld)).value() == kOld);
  auto copy = store::Database::open(copy_of(folder, kOld), store::Database::Mode::kReadOnly).value();
  CHECK(store::check_integrity(copy));
  CHECK(store::read_one(copy.query("SELECT name FROM accounts"), [](store::Query& row) {
          return row.text(0);
        }).value() == "ada");
  CHECK_FALSE(fs::exists(copy_of(folder, 2)));
  CHECK_FALSE(fs::exists(copy_of(folder, kOld) + ".new"));
}

TEST_CASE("a database that cannot be copied is not migrated, and the copy of the time before stays") {
  const test::TempFolder folder;
  const DataFolder data = with_old_database(folder);
  folder.write("before-migration-from-schema-2.db", "of the time before");
  fs::create_directories(copy_of(folder, kOld) + "/in the way");
  const auto refused = open_store(data);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == Code::kStoreUnavailable);
  CHECK(refused.error().message == "the database cannot be copied before it is migrated, so it was left as it is");
  CHECK(store::schema_of(data.database()).value() == kOld);
  CHECK(fs::exists(copy_of(folder, 2)));
  CHECK_FALSE(fs::exists(copy_of(folder, kOld) + ".new"));
}

TEST_CASE("a new database and one of this version are not copied") {
  const test::TempFolder folder;
  const DataFolder data(folder.path());
  for (int time = 0; time < 2; ++time) REQUIRE(open_store(data));
  for (const auto& entry : fs::directory_iterator(data.path()))
    CHECK_FALSE(entry.path().filename().string().starts_with("before-migration"));
}
