// SPDX-License-Identifier: Apache-2.0
#include "store/runs.h"

#include "base/text.h"
#include "store/keys.h"
#include "store/threads.h"
#include "tests/support/temp_folder.h"
#include "tests/support/test.h"

using namespace capid;
using namespace capid::store;
using test::FakeClock;
using test::TestStore;

namespace {

std::string or_none(const std::optional<std::string>& text) { return text.value_or("-"); }
std::string or_none(const std::optional<int64_t>& number) { return number ? std::to_string(*number) : "-"; }

// A run without what another table gave it.
std::string show(const Run& run) {
  const std::vector<std::string> fields{run.app,
                                        run.app_name,
                                        run.app_version,
                                        run.origin,
                                        std::string(to_string(run.status)),
                                        run.inputs,
                                        or_none(run.options.model),
                                        or_none(run.result_text),
                                        or_none(run.error_code),
                                        or_none(run.error_message),
                                        std::to_string(run.credits),
                                        std::to_string(run.cpu_ms),
                                        std::to_string(run.peak_memory_bytes),
                                        std::to_string(run.wall_ms),
                                        std::to_string(run.created_at - FakeClock::kStart),
                                        or_none(run.started_at),
                                        or_none(run.completed_at),
                                        std::to_string(run.attempt)};
  return base::join(fields, "|");
}

std::string show(const RunFile& file) {
  return file.name + "|" + file.type + "|" + std::to_string(file.size) + "|" + file.sha256 + "|" + file.blob + "|" +
         or_none(file.input);
}

std::string ids(const std::vector<UnfinishedRun>& runs) {
  std::vector<std::string> ids;
  for (const UnfinishedRun& run : runs) ids.push_back(run.id);
  return base::join(ids, " ");
}

// A store with an account, and what a dispatcher does to runs.
struct House : TestStore {
  std::string account = add_account("ada");

  Run find(const std::string& id) {
    return read([&](Database& database) { return find_run(database, id); }).value();
  }
  std::string pending() {
    return ids(read([](Database& database) { return pending_runs(database); }));
  }
  std::string running(const std::string& node) {
    return ids(read([&](Database& database) { return running_runs(database, node); }));
  }
  std::string thread() {
    return commit([&](Transaction& transaction) { return insert_thread(transaction, account, "summary"); }).value();
  }
  // The attempt's number; 0: the run was not pending.
  int64_t claim(const std::string& id, const std::string& node) {
    const std::string on = thread();
    return commit([&](Transaction& transaction) { return claim_run(transaction, id, {.node = node, .thread = on}); })
        .value()
        .value_or(0);
  }
  bool settle(const Settlement& settlement) {
    return commit([&](Transaction& transaction) { return settle_run(transaction, settlement); }).value();
  }
};

}   // namespace

TEST_CASE("a run is found as it was inserted, with its files in order") {
  House house;
  const std::string key =
      house
          .commit([&](Transaction& transaction) {
            return insert_key(transaction, {.account = house.account, .name = "k", .hash = "h", .prefix = "capi_"});
          })
          .value();
  const std::string id =
      house
          .commit([&](Transaction& transaction) -> Result<std::string> {
            TRY(insert_app_version(transaction, {.app = "summary", .version = "v1"}));
            return insert_run(
                transaction,
                {.account = house.account,
                 .app = "summary",
                 .app_name = "Summary",
                 .app_version = "v1",
                 .key = key,
                 .inputs = R"({"a":1})",
                 .options = {.model = "small"},
                 .files = {
                     {.name = "b.txt", .type = "text/plain", .size = 3, .sha256 = "s1", .blob = "h/1", .input = "doc"},
                     {.name = "a.txt", .type = "text/plain", .size = 5, .sha256 = "s2", .blob = "h/2"}}});
          })
          .value();
  const Run run = house.find(id);
  CHECK(show(run) == R"(summary|Summary|v1|api|pending|{"a":1}|small|-|-|-|0|0|0|0|0|-|-|0)");
  CHECK(run.id == id);
  CHECK(run.account == house.account);
  CHECK(or_none(run.key) == key);
  CHECK(or_none(run.thread) == "-");
  const auto files = house.read([&](Database& database) { return files_of_run(database, id); });
  REQUIRE(files.size() == 2);
  CHECK(show(files[0]) == "b.txt|text/plain|3|s1|h/1|doc");
  CHECK(show(files[1]) == "a.txt|text/plain|5|s2|h/2|-");
}

TEST_CASE("a run without a key came from the page") {
  House house;
  CHECK(show(house.find(house.add_run(house.account))) == "summary|Summary|v1|ui|pending|{}|-|-|-|-|0|0|0|0|0|-|-|0");
}

TEST_CASE("a run of an app version that is not kept any more is refused, and nothing of it stays") {
  House house;
  const auto refused = house.commit([&](Transaction& transaction) {
    return insert_run(
        transaction,
        {.account = house.account, .app = "gone", .app_name = "Gone", .app_version = "v9", .inputs = "{}"});
  });
  REQUIRE(!refused);
  CHECK(refused.error().code == Code::kAppNotFound);
  CHECK(refused.error().message == "the app was changed or removed at this very moment: try again");
  CHECK(house.pending().empty());
}

TEST_CASE("a run that is not there is not found") {
  House house;
  CHECK_FALSE(house.read([](Database& database) { return find_run(database, "none"); }));
}

TEST_CASE("a run is claimed once, and again only after it was returned") {
  House house;
  const std::string id = house.add_run(house.account);
  house.clock.advance(5);
  CHECK(house.claim(id, "here") == 1);
  CHECK(show(house.find(id)) == "summary|Summary|v1|ui|running|{}|-|-|-|-|0|0|0|0|0|1777273271005|-|1");
  CHECK(house.claim(id, "here") == 0);
  CHECK(house.claim(id, "there") == 0);
  CHECK(house.running("here") == id);
  CHECK(house.running("there").empty());
  CHECK(house.pending().empty());
  REQUIRE(house.commit([&](Transaction& transaction) { return return_run(transaction, id); }));
  CHECK(show(house.find(id)) == "summary|Summary|v1|ui|pending|{}|-|-|-|-|0|0|0|0|0|-|-|1");
  CHECK(house.running("here").empty());
  CHECK(house.pending() == id);
  CHECK(house.claim(id, "there") == 2);
  CHECK(house.claim("none", "here") == 0);
}

TEST_CASE("a settlement of another node, attempt or run changes nothing; the right one holds, once") {
  House house;
  const std::string id = house.add_run(house.account);
  REQUIRE(house.claim(id, "here") == 1);
  const Settlement right{.run = id,
                         .node = "here",
                         .attempt = 1,
                         .status = RunStatus::kCompleted,
                         .result_text = "done",
                         .cpu_ms = 20,
                         .peak_memory_bytes = 4096,
                         .wall_ms = 30};
  const auto altered = [&](auto alter) {
    Settlement other = right;
    alter(other);
    return other;
  };
  const std::string before = show(house.find(id));
  CHECK_FALSE(house.settle(altered([](Settlement& other) { other.node = "there"; })));
  CHECK_FALSE(house.settle(altered([](Settlement& other) { other.attempt = 0; })));
  CHECK_FALSE(house.settle(altered([](Settlement& other) { other.attempt = 2; })));
  CHECK_FALSE(house.settle(altered([](Settlement& other) { other.run = "none"; })));
  CHECK(show(house.find(id)) == before);

  house.clock.advance(7);
  CHECK(house.settle(right));
  const std::string after =
      "summary|Summary|v1|ui|completed|{}|-|done|-|-|0|20|4096|30|0|1777273271000|1777273271007|1";
  CHECK(show(house.find(id)) == after);
  for (const RunStatus status : {RunStatus::kCompleted, RunStatus::kFailed, RunStatus::kCancelled}) {
    CHECK_FALSE(house.settle(altered([&](Settlement& other) { other.status = status; })));
  }
  CHECK(house.claim(id, "here") == 0);
  REQUIRE(house.commit([&](Transaction& transaction) { return return_run(transaction, id); }));
  CHECK(show(house.find(id)) == after);
}

TEST_CASE("a late settlement of an attempt that was given up does not touch the next one") {
  House house;
  const std::string id = house.add_run(house.account);
  REQUIRE(house.claim(id, "here") == 1);
  REQUIRE(house.commit([&](Transaction& transaction) { return return_run(transaction, id); }));
  REQUIRE(house.claim(id, "here") == 2);
  CHECK_FALSE(house.settle({.run = id, .node = "here", .attempt = 1, .status = RunStatus::kCompleted}));
  CHECK(house.find(id).status == RunStatus::kRunning);
  CHECK(house.settle({.run = id,
                      .node = "here",
                      .attempt = 2,
                      .status = RunStatus::kFailed,
                      .error_code = "TIMEOUT",
                      .error_message = "late"}));
  CHECK(show(house.find(id)) ==
        "summary|Summary|v1|ui|failed|{}|-|-|TIMEOUT|late|0|0|0|0|0|1777273271000|1777273271000|2");
}

TEST_CASE("a run that never started may be settled by any node") {
  House house;
  const std::string id = house.add_run(house.account);
  CHECK(house.settle({.run = id, .node = "anywhere", .attempt = 0, .status = RunStatus::kCancelled}));
  CHECK(house.find(id).status == RunStatus::kCancelled);
}

TEST_CASE("pending runs come in the order in which they were accepted, although the clock jumped back") {
  House house;
  std::vector<std::string> accepted;
  for (const base::TimeMs jump : {0, 10, -3'600'000, 0, 5}) {
    house.clock.advance(jump);
    accepted.push_back(house.add_run(house.account));
  }
  CHECK(house.pending() == base::join(accepted, " "));
  REQUIRE(house.claim(accepted[1], "here") == 1);
  accepted.erase(accepted.begin() + 1);
  CHECK(house.pending() == base::join(accepted, " "));
}

TEST_CASE("the newest id is that of the newest row of any table") {
  House house;
  const auto newest = [&] { return house.read([](Database& database) { return newest_id(database); }); };
  CHECK(newest() == house.account);
  const std::string run = house.add_run(house.account);
  CHECK(newest() == run);
  CHECK(newest() != house.account);
  const std::string thread = house.thread();
  CHECK(newest() == thread);
}

TEST_CASE("an empty database has no newest id") {
  TestStore store;
  CHECK(store.read([](Database& database) { return newest_id(database); }).empty());
}
