// SPDX-License-Identifier: Apache-2.0
#include "store/migrations.h"

#include <filesystem>

#include "store/removal.h"
#include "store/run_lists.h"
#include "store/runs.h"
#include "store/secrets.h"
#include "store/usage.h"
#include "tests/support/temp_folder.h"
#include "tests/support/test.h"

using namespace capid;
using namespace capid::store;

namespace {

// A database as the first schema left it: three runs, two of which are over.
constexpr const char* kOld = R"sql(
INSERT INTO accounts (id, name, role, created_at) VALUES ('ada', 'ada', 'admin', 1);
INSERT INTO app_versions (app_id, version, created_at) VALUES ('app', 'v1', 1);
INSERT INTO threads (id, account_id, app_id, last_sequence, created_at) VALUES ('t1', 'ada', 'app', 2, 1);
INSERT INTO runs (id, account_id, app_id, app_name, app_version, origin, status, thread_id, inputs, credits, created_at, started_at, completed_at)
  VALUES ('1', 'ada', 'app', 'App', 'v1', 'api', 'completed', 't1', '{}', 1500000, 1, 1777273271000, 1777273271000);
INSERT INTO runs (id, account_id, app_id, app_name, app_version, origin, status, inputs, credits, created_at, completed_at)
  VALUES ('2', 'ada', 'app', 'App', 'v1', 'api', 'failed', '{}', 0, 1, 1777273272000);
INSERT INTO runs (id, account_id, app_id, app_name, app_version, origin, status, inputs, created_at)
  VALUES ('3', 'ada', 'app', 'App', 'v1', 'api', 'pending', '{"long":"since it waits, it is not counted"}', 1);
UPDATE runs SET result_text = 'grün' WHERE id = '1';
INSERT INTO events (thread_id, sequence, run_id, type, data, created_at) VALUES ('t1', 1, '1', 'message', '{"n":1}', 1), ('t1', 2, '1', 'message', '{}', 1);
INSERT INTO run_files (run_id, position, name, type, size, sha256, blob) VALUES ('1', 0, 'a', 'text/plain', 100, 'x', 'x'), ('3', 0, 'a', 'text/plain', 100, 'x', 'x');
INSERT INTO artifacts (id, run_id, position, title, filename, type, size, sha256, blob) VALUES ('a1', '1', 0, 'a', 'a', 'text/plain', 1000, 'y', 'y');
)sql";

}   // namespace

TEST_CASE("a database of the first schema is brought forward with everything in it") {
  test::TempFolder folder;
  Database database = Database::open(folder / "capid.db", Database::Mode::kCreate).value();
  REQUIRE(migrate(database, 1));
  REQUIRE(database.execute_script(kOld));
  REQUIRE(migrate(database));
  REQUIRE(check_schema(database));
  CHECK(list_run_ids(database, {.account = "ada"}).value() == std::vector<std::string>{"3", "2", "1"});
  const Run first = find_run(database, "1").value().value();
  CHECK(first.thread_start == 0);
  CHECK(first.options.tags.empty());
  CHECK(first.options.metadata.empty());
  CHECK_FALSE(first.options.workspace);
  CHECK_FALSE(first.options.webhook_url);
  const auto degraded =
      read_one(database.query("SELECT sum(degraded) FROM runs"), [](Query& row) { return row.integer(0); });
  CHECK(degraded.value() == 0);
  CHECK(list_secrets(database).value().empty());
  const auto sizes =
      read_all(database.query("SELECT stored_bytes FROM runs ORDER BY id"), [](Query& row) { return row.integer(0); });
  CHECK(sizes.value() ==
        std::vector<int64_t>{2 + 5 + 7 + 2 + 100 + 1000, 2, 0});   // inputs, result, events, file, artifact
  CHECK(stored_bytes(database, "app").value() == 1116 + 2);
  const auto usage = list_usage(database, "ada", std::nullopt, "2026-01-01").value();
  REQUIRE(usage.size() == 1);
  CHECK(usage[0].day == "2026-04-27");
  CHECK(usage[0].runs == 2);
  CHECK(usage[0].credits == 1'500'000);
}

TEST_CASE("a database's schema is read with its server up or down, and nothing is left beside it") {
  test::TempFolder folder;
  const std::string path = folder / "capid.db";
  {
    auto database = Database::open(path, Database::Mode::kCreate).value();
    migrate(database, 2).value();
    CHECK(schema_of(path).value() == 2);   // in the log alone so far
  }
  CHECK(schema_of(path).value() == 2);
  std::vector<std::string> left;
  for (const auto& entry : std::filesystem::directory_iterator(folder.path()))
    left.push_back(entry.path().filename().string());
  CHECK(left == std::vector<std::string>{"capid.db"});
  folder.write("empty.db", "");
  folder.write("text.db", std::string(200, 'x'));
  for (const char* none : {"empty.db", "text.db", "gone.db"}) CHECK(!schema_of(folder / none));
}
