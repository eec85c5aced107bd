// SPDX-License-Identifier: Apache-2.0
#include "store/threads.h"

#include "tests/support/temp_folder.h"
#include "tests/support/test.h"

using namespace capid;
using namespace capid::store;

namespace {

struct Threads : test::TestStore {
  std::string account = add_account("ada");
  std::string run = add_run(account);
  std::string one = open(), two = open();

  std::string open() {
    return commit([&](Transaction& transaction) { return insert_thread(transaction, account, "summary"); }).value();
  }
  int64_t append(const std::string& thread, const std::string& data) {
    return commit([&](Transaction& transaction) { return append_event(transaction, thread, run, "log", data); })
        .value();
  }
  std::string events(const std::string& thread, int64_t after = 0, int64_t limit = 100) {
    std::string shown;
    for (const Event& event :
         read([&](Database& database) { return events_of_thread(database, thread, after, limit); })) {
      CHECK(event.run == run);
      shown += std::to_string(event.sequence) + event.type + event.data + "@" +
               std::to_string(event.created_at - test::FakeClock::kStart) + " ";
    }
    return shown;
  }
};

}   // namespace

TEST_CASE("events are numbered within their thread from 1, and replayed from any of them") {
  Threads threads;
  CHECK(threads.append(threads.one, "a") == 1);
  CHECK(threads.append(threads.two, "x") == 1);
  threads.clock.advance(2);
  CHECK(threads.append(threads.one, "b") == 2);
  CHECK(threads.append(threads.one, "c") == 3);
  CHECK(threads.append(threads.two, "y") == 2);
  CHECK(threads.events(threads.one) == "1loga@0 2logb@2 3logc@2 ");
  CHECK(threads.events(threads.two) == "1logx@0 2logy@2 ");
  CHECK(threads.events(threads.one, 1) == "2logb@2 3logc@2 ");
  CHECK(threads.events(threads.one, 1, 1) == "2logb@2 ");
  CHECK(threads.events(threads.one, 3).empty());
  CHECK(threads.events("none").empty());
}

TEST_CASE("an event that is undone leaves no gap") {
  Threads threads;
  CHECK(threads.append(threads.one, "a") == 1);
  CHECK_FALSE(threads.commit([&](Transaction& transaction) -> Result<void> {
    TRY(append_event(transaction, threads.one, threads.run, "log", "undone"));
    return Error{Code::kInternal, "undone"};
  }));
  CHECK(threads.append(threads.one, "b") == 2);
  CHECK(threads.events(threads.one) == "1loga@0 2logb@0 ");
}

TEST_CASE("an event for a thread that is not there is refused") {
  Threads threads;
  const auto refused = threads.commit(
      [&](Transaction& transaction) { return append_event(transaction, "none", threads.run, "log", "{}"); });
  REQUIRE(!refused);
  CHECK(refused.error().code == Code::kInternal);
  CHECK(refused.error().message == "an event was appended to a thread that is not there");
}
