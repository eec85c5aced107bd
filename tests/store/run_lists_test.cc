// SPDX-License-Identifier: Apache-2.0
#include "store/run_lists.h"

#include <deque>

#include "base/text.h"
#include "store/app_versions.h"
#include "tests/support/temp_folder.h"
#include "tests/support/test.h"

using namespace capid;
using namespace capid::store;
using test::TestStore;

namespace {

struct House : TestStore {
  std::string account = add_account("ada");
  std::vector<std::string> ids;

  void add(const std::string& of, const std::string& app, RunOptions options) {
    const std::string id = commit([&](Transaction& transaction) -> Result<std::string> {
                             TRY(insert_app_version(transaction, {.app = app, .version = "v1"}));
                             return insert_run(transaction, {.account = of,
                                                             .app = app,
                                                             .app_name = app,
                                                             .app_version = "v1",
                                                             .inputs = "{}",
                                                             .options = std::move(options)});
                           }).value();
    if (of == account) ids.push_back(id);
  }

  void end(size_t number, RunStatus status) {
    REQUIRE(commit([&](Transaction& transaction) {
              return settle_run(transaction, {.run = ids[number], .status = status});
            }).value());
  }

  // The numbers of the runs on the page, as they were added.
  std::string list(RunFilter filter) {
    filter.account = account;
    std::vector<std::string> numbers;
    for (const std::string& id : read([&](Database& database) { return list_run_ids(database, filter); }))
      numbers.push_back(std::to_string(std::find(ids.begin(), ids.end(), id) - ids.begin()));
    return base::join(numbers, " ");
  }
};

// Six runs: apps a and b by turns, every third tagged, metadata k=0..1; and one of somebody else.
void furnish(House& house) {
  for (int i = 0; i < 6; ++i) {
    RunOptions options;
    if (i % 3 == 0) options.tags = {"third"};
    options.metadata = {{"k", std::to_string(i % 2)}};
    house.add(house.account, i % 2 ? "b" : "a", std::move(options));
  }
  house.add(house.add_account("bob"), "a", {.tags = {"third"}});
  house.end(0, RunStatus::kFailed);
  house.end(1, RunStatus::kFailed);
  house.end(2, RunStatus::kCompleted);
}

}   // namespace

TEST_CASE("a list is of one account, newest first, in pages") {
  House house;
  furnish(house);
  CHECK(house.list({}) == "5 4 3 2 1 0");
  CHECK(house.list({.limit = 2}) == "5 4");
  CHECK(house.list({.limit = 2, .offset = 1}) == "4 3");
  CHECK(house.list({.before = house.ids[3]}) == "2 1 0");
  CHECK(house.list({.before = house.ids[3], .limit = 1, .offset = 1}) == "1");
  CHECK(house.list({.before = house.ids[0]}).empty());
}

TEST_CASE("filters alone and together") {
  House house;
  furnish(house);
  const Label third = tag_label("third"), zero = metadata_label("k", "0");
  CHECK(house.list({.app = "a"}) == "4 2 0");
  CHECK(house.list({.status = RunStatus::kFailed}) == "1 0");
  CHECK(house.list({.app = "b", .status = RunStatus::kFailed}) == "1");
  CHECK(house.list({.labels = {third}}) == "3 0");
  CHECK(house.list({.labels = {zero}}) == "4 2 0");
  CHECK(house.list({.labels = {third, zero}}) == "0");
  CHECK(house.list({.labels = {zero, third}}) == "0");
  CHECK(house.list({.app = "b", .labels = {third}}) == "3");
  CHECK(house.list({.status = RunStatus::kPending, .labels = {third}}) == "3");
  CHECK(house.list({.labels = {third}, .before = house.ids[3]}) == "0");
  CHECK(house.list({.labels = {zero}, .limit = 1, .offset = 1}) == "2");
  CHECK(house.list({.labels = {metadata_label("third", "third")}}).empty());
  CHECK(house.list({.app = "c"}).empty());
}

TEST_CASE("no list is made by looking at every run or by sorting") {
  House house;
  std::deque<std::string> statements;   // a connection knows its statements by their address: these stay where they are
  Database database = house.another_connection();
  const auto plan = [&](const RunFilter& filter) {
    statements.push_back(std::string("EXPLAIN QUERY PLAN ") + list_statement(filter));
    std::vector<std::string> steps;
    auto query = database.query(statements.back().c_str(), "", "", "", "", "", "", "", "", 1, 1);
    REQUIRE(query);
    while (query->next().value()) steps.push_back(query->text(3));
    return base::join(steps, "; ");
  };
  const std::optional<std::string> one = "a", all;
  const auto failed = RunStatus::kFailed, completed = RunStatus::kCompleted;
  for (const RunFilter& filter :
       {RunFilter{.account = one}, RunFilter{.account = one, .app = "a"}, RunFilter{.account = one, .status = failed},
        RunFilter{.account = one, .app = "a", .status = failed}, RunFilter{.account = one, .labels = {tag_label("t")}},
        RunFilter{.account = one, .status = RunStatus::kRunning, .labels = {tag_label("t")}},
        RunFilter{.account = one, .app = "a", .key = "k"}, RunFilter{.account = one, .status = completed, .key = "k"},
        RunFilter{.account = one, .status = failed, .key = "k"}, RunFilter{.account = all},
        RunFilter{.account = all, .app = "a"}, RunFilter{.account = all, .app = "a", .status = failed},
        RunFilter{.account = all, .app = "a", .status = completed}, RunFilter{.account = all, .status = failed}}) {
    const std::string steps = plan(filter);
    CAPTURE(steps);
    CHECK(steps.find("SCAN") == std::string::npos);
    CHECK(steps.find("TEMP B-TREE") == std::string::npos);
    CHECK(steps.find("SEARCH") == 0);
    CHECK(steps.find("USING ") != std::string::npos);
  }
}
