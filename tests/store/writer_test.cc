// SPDX-License-Identifier: Apache-2.0
#include "store/writer.h"

#include <algorithm>
#include <future>
#include <mutex>
#include <thread>
#include <vector>

#include "base/text.h"
#include "store/accounts.h"
#include "store/runs.h"
#include "tests/support/temp_folder.h"
#include "tests/support/test.h"

using namespace capid;
using namespace capid::store;
using test::TestStore;

namespace {

// Holds the writer on one job, so that what is submitted meanwhile becomes one batch.
class Gate {
 public:
  explicit Gate(Writer& writer) {
    writer.submit(
        [this](Transaction&) -> Result<void> {
          entered_.set_value();
          opened_.get_future().wait();
          return {};
        },
        [](const Result<void>&) {});
    entered_.get_future().wait();
  }
  void open() { opened_.set_value(); }

 private:
  std::promise<void> entered_;
  std::promise<void> opened_;
};

std::string outcome_of(const Result<void>& result) {
  return result ? "durable" : std::string(base::to_string(result.error().code)) + ": " + result.error().message;
}

// What a submitted job came to, as text.
class Submitted {
 public:
  Submitted(Writer& writer, Writer::Job job) {
    writer.submit(std::move(job), [this](const Result<void>& result) { outcome_.set_value(outcome_of(result)); });
  }
  std::string outcome() { return outcome_.get_future().get(); }

 private:
  std::promise<std::string> outcome_;
};

Result<void> add(Transaction& transaction, const std::string& name) {
  TRY(insert_account(transaction, name, "member"));
  return {};
}

std::string names(Database& database) {
  std::vector<std::string> names;
  for (const Account& account : list_accounts(database).value()) names.push_back(account.name);
  return base::join(names, " ");
}

// A writer whose database may grow by `pages` and no further, as on a disk that is almost full.
std::unique_ptr<Writer> nearly_full(TestStore& store, int64_t pages) {
  store.writer.reset();
  Database database = store.another_connection();
  const auto count = read_one(database.query("PRAGMA page_count"), [](Query& row) { return row.integer(0); }).value();
  database.execute_script("PRAGMA max_page_count = " + std::to_string(count.value() + pages)).value();
  return std::make_unique<Writer>(std::move(database), store.clock, "");
}

constexpr const char* kUnavailable =
    "STORE_UNAVAILABLE: the database did not take or give the data; try again, and see the server's log";
const std::string kTooLarge(1 << 20, 'x');

}   // namespace

TEST_CASE("commits from many threads are all on the disk when they return") {
  TestStore store;
  std::mutex mutex;
  std::vector<std::string> ids;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 8; ++thread) {
    threads.emplace_back([&, thread] {
      Database own = store.another_connection();
      for (int i = 0; i < 20; ++i) {
        const std::string name = std::to_string(thread) + "-" + std::to_string(i);
        const auto id =
            store.commit([&](Transaction& transaction) { return insert_account(transaction, name, "member"); });
        const auto found = find_account(own, id.value()).value();
        std::lock_guard lock(mutex);
        ids.push_back(found && found->name == name ? found->id : "lost");
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  std::sort(ids.begin(), ids.end());
  CHECK(ids.size() == 160);
  CHECK(std::unique(ids.begin(), ids.end()) == ids.end());
  CHECK(std::find(ids.begin(), ids.end(), "lost") == ids.end());
}

TEST_CASE("a failing job undoes what it wrote, and nobody else's work") {
  TestStore store;
  Gate gate(*store.writer);
  Submitted first(*store.writer, [](Transaction& transaction) { return add(transaction, "first"); });
  Submitted failing(*store.writer, [](Transaction& transaction) -> Result<void> {
    TRY(add(transaction, "undone"));
    return Error{Code::kQueueFull, "no room"};
  });
  Submitted refused(*store.writer, [](Transaction& transaction) -> Result<void> {
    TRY(add(transaction, "undone too"));
    return add(transaction, "first");
  });
  Submitted last(*store.writer, [](Transaction& transaction) { return add(transaction, "last"); });
  gate.open();
  CHECK(first.outcome() == "durable");
  CHECK(failing.outcome() == "QUEUE_FULL: no room");
  CHECK(refused.outcome() == "INVALID_PARAMETER: there is an account named \"first\" already: choose another name");
  CHECK(last.outcome() == "durable");
  Database other = store.another_connection();
  CHECK(names(other) == "first last");
}

TEST_CASE("a job that fails makes its batch run again, and no later one") {
  TestStore store;
  Writer& writer = *store.writer;
  const auto runs_beside_a_failure = [&](const std::string& name) {
    int runs = 0;
    Gate gate(writer);
    Submitted beside(writer, [&](Transaction& transaction) {
      ++runs;
      return add(transaction, name);
    });
    Submitted failing(writer, [](Transaction& transaction) -> Result<void> {
      TRY(add(transaction, "undone"));
      return Error{Code::kInvalidParameter, "no"};
    });
    gate.open();
    CHECK(beside.outcome() == "durable");
    CHECK(failing.outcome() == "INVALID_PARAMETER: no");
    return runs;
  };
  CHECK(runs_beside_a_failure("first") == 2);
  CHECK(runs_beside_a_failure("second") == 1);
  Database other = store.another_connection();
  CHECK(names(other) == "first second");
}

TEST_CASE("a job that fills the disk loses the transaction for all, and the others run again without it") {
  TestStore store;
  auto writer = nearly_full(store, 20);
  int runs_of_first = 0, runs_of_last = 0;
  Gate gate(*writer);
  Submitted first(*writer, [&](Transaction& transaction) {
    ++runs_of_first;
    return add(transaction, "first");
  });
  Submitted filling(*writer, [](Transaction& transaction) { return add(transaction, kTooLarge); });
  Submitted last(*writer, [&](Transaction& transaction) {
    ++runs_of_last;
    return add(transaction, "last");
  });
  gate.open();
  CHECK(first.outcome() == "durable");
  CHECK(filling.outcome() == kUnavailable);
  CHECK(last.outcome() == "durable");
  CHECK(runs_of_first == 3);   // with all, in a savepoint until the transaction was lost, and once more
  CHECK(runs_of_last == 1);
  CHECK(writer->commit([](Transaction& transaction) { return insert_account(transaction, "later", "member"); }));
  Database other = store.another_connection();
  CHECK(names(other) == "first last later");
}

TEST_CASE("a job that ignores the loss of the transaction is told that nothing was kept") {
  TestStore store;
  auto writer = nearly_full(store, 20);
  const auto lost = writer->commit([](Transaction& transaction) -> Result<std::string> {
    (void)add(transaction, kTooLarge);
    return std::string("fine");
  });
  REQUIRE(!lost);
  CHECK(base::to_string(lost.error().code) == "STORE_UNAVAILABLE");
  Database other = store.another_connection();
  CHECK(names(other).empty());
}

TEST_CASE("several jobs that fill the disk in one batch fail alone, each") {
  TestStore store;
  auto writer = nearly_full(store, 20);
  Gate gate(*writer);
  Submitted one(*writer, [](Transaction& transaction) { return add(transaction, kTooLarge + "1"); });
  Submitted two(*writer, [](Transaction& transaction) { return add(transaction, "two"); });
  Submitted three(*writer, [](Transaction& transaction) { return add(transaction, kTooLarge + "3"); });
  Submitted four(*writer, [](Transaction& transaction) { return add(transaction, "four"); });
  gate.open();
  CHECK(one.outcome() == kUnavailable);
  CHECK(two.outcome() == "durable");
  CHECK(three.outcome() == kUnavailable);
  CHECK(four.outcome() == "durable");
  Database other = store.another_connection();
  CHECK(names(other) == "four two");
}

TEST_CASE("submitted jobs run and are answered in the order in which they came, also across batches") {
  TestStore store;
  constexpr size_t kJobs = 1'100;   // more than two batches
  std::vector<size_t> ran, answered;
  std::promise<void> finished;
  Gate gate(*store.writer);
  for (size_t i = 0; i < kJobs; ++i) {
    store.writer->submit(
        [&ran, i](Transaction&) -> Result<void> {
          ran.push_back(i);
          return {};
        },
        [&, i](const Result<void>&) {
          answered.push_back(i);
          if (i + 1 == kJobs) finished.set_value();
        });
  }
  gate.open();
  finished.get_future().wait();
  std::vector<size_t> expected(kJobs);
  for (size_t i = 0; i < kJobs; ++i) expected[i] = i;
  CHECK(ran == expected);
  CHECK(answered == expected);
}

TEST_CASE("ids grow from one transaction to the next, although the clock jumps back") {
  TestStore store;
  std::vector<std::string> ids;
  for (const base::TimeMs jump : {0, 0, -60'000, 1, -3'600'000}) {
    store.clock.advance(jump);
    ids.push_back(
        store.commit([](Transaction& transaction) -> Result<std::string> { return transaction.new_id(); }).value());
  }
  auto sorted = ids;
  std::sort(sorted.begin(), sorted.end());
  CHECK(ids == sorted);
  CHECK(std::unique(sorted.begin(), sorted.end()) == sorted.end());
}

TEST_CASE("ids grow across a restart, although the clock was set back meanwhile") {
  TestStore store;
  const std::string before =
      store.commit([](Transaction& transaction) { return insert_account(transaction, "before", "member"); }).value();
  const std::string newest = store.read([](Database& database) { return newest_id(database); });
  CHECK(newest == before);
  store.clock.advance(-86'400'000);
  store.writer = std::make_unique<Writer>(store.another_connection(), store.clock, newest);
  const std::string after =
      store.commit([](Transaction& transaction) { return insert_account(transaction, "after", "member"); }).value();
  CHECK(after > before);
}

TEST_CASE("a writer that ends commits what was submitted first") {
  TestStore store;
  Gate gate(*store.writer);
  Submitted last(*store.writer, [](Transaction& transaction) { return add(transaction, "last words"); });
  gate.open();
  store.writer.reset();
  CHECK(last.outcome() == "durable");
  Database other = store.another_connection();
  CHECK(names(other) == "last words");
}

TEST_CASE("a commit waits while another process writes") {
  TestStore store;
  Database other = store.another_connection();
  REQUIRE(other.execute("BEGIN IMMEDIATE"));
  Submitted waiting(*store.writer, [](Transaction& transaction) { return add(transaction, "waited"); });
  REQUIRE(other.execute("INSERT INTO accounts (id, name, role, created_at) VALUES ('1', 'other', 'member', 0)"));
  CHECK(names(other) == "other");
  REQUIRE(other.execute("COMMIT"));
  CHECK(waiting.outcome() == "durable");
  CHECK(names(other) == "other waited");
}
