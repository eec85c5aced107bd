// SPDX-License-Identifier: Apache-2.0
#include "runs/queue.h"

#include <atomic>
#include <thread>
#include <vector>

#include "tests/support/test.h"

using namespace capid::runs;

namespace {

void push(Queue& queue, const std::string& id, const std::string& app, int64_t app_concurrency = 0) {
  REQUIRE(queue.reserve());
  queue.push_reserved({.id = id, .app = app, .app_concurrency = app_concurrency});
}

// The ids of all that may start now.
std::string pop_all(Queue& queue) {
  std::string ids;
  while (const auto run = queue.pop()) ids += run->id + " ";
  return ids;
}

}   // namespace

TEST_CASE("runs start in the order of their ids, whatever their app and however they came") {
  Queue queue(100, 100);
  for (const auto& [id, app] : {std::pair("1", "b"), {"4", "a"}, {"2", "c"}, {"5", "a"}, {"3", "b"}})
    push(queue, id, app);
  queue.push({.id = "0", .app = "c"});
  CHECK(queue.waiting() == 6);
  CHECK(pop_all(queue) == "0 1 2 3 4 5 ");
  CHECK(queue.waiting() == 0);
  CHECK(queue.running() == 6);
}

TEST_CASE("a run comes out as it went in") {
  Queue queue(1, 1);
  REQUIRE(queue.reserve());
  queue.push_reserved({.id = "1", .app = "a", .app_concurrency = 2});
  const auto run = queue.pop();
  REQUIRE(run);
  CHECK(run->id == "1");
  CHECK(run->app == "a");
  CHECK(run->app_concurrency == 2);
}

TEST_CASE("no more runs go on than may") {
  Queue queue(2, 100);
  for (const char* id : {"1", "2", "3", "4"}) push(queue, id, "a");
  CHECK(pop_all(queue) == "1 2 ");
  CHECK(pop_all(queue).empty());
  queue.finished({.app = "a"});
  CHECK(queue.running() == 1);
  CHECK(pop_all(queue) == "3 ");
  queue.finished({.app = "a"});
  queue.finished({.app = "a"});
  CHECK(pop_all(queue) == "4 ");
}

TEST_CASE("an app at its own limit is passed over, and its runs keep their order") {
  Queue queue(100, 100);
  for (const char* id : {"1", "2", "3"}) push(queue, id, "narrow", 1);
  for (const char* id : {"4", "5"}) push(queue, id, "wide");
  CHECK(pop_all(queue) == "1 4 5 ");
  push(queue, "6", "wide");
  queue.finished({.app = "narrow"});
  CHECK(pop_all(queue) == "2 6 ");
  queue.finished({.app = "wide"});
  CHECK(pop_all(queue).empty());
  queue.finished({.app = "narrow"});
  CHECK(pop_all(queue) == "3 ");
  CHECK(queue.running() == 3);
}

TEST_CASE("a full queue takes no more, counting places that are held") {
  Queue queue(1, 2);
  CHECK(queue.reserve());
  push(queue, "1", "a");
  CHECK_FALSE(queue.reserve());
  queue.give_back();
  CHECK(queue.reserve());
  CHECK_FALSE(queue.reserve());
  queue.push_reserved({.id = "2", .app = "a"});
  CHECK_FALSE(queue.reserve());
  CHECK(queue.waiting() == 2);
  CHECK(pop_all(queue) == "1 ");   // what runs does not wait
  CHECK(queue.reserve());
  CHECK_FALSE(queue.reserve());
}

TEST_CASE("recovered runs are queued beyond the limit, and new ones wait until there is room") {
  Queue queue(1, 2);
  for (const char* id : {"1", "2", "3"}) queue.push({.id = id, .app = "a"});
  CHECK(queue.waiting() == 3);
  CHECK_FALSE(queue.reserve());
  CHECK(pop_all(queue) == "1 ");
  CHECK_FALSE(queue.reserve());
  queue.finished({.app = "a"});
  CHECK(pop_all(queue) == "2 ");
  CHECK(queue.reserve());
}

TEST_CASE("a closed queue starts nothing more and still counts what ends") {
  Queue queue(2, 10);
  push(queue, "1", "a");
  push(queue, "2", "a");
  REQUIRE(queue.pop());
  queue.close();
  CHECK_FALSE(queue.pop());
  push(queue, "3", "a");
  CHECK_FALSE(queue.pop());
  queue.finished({.app = "a"});
  CHECK(queue.running() == 0);
  CHECK(queue.waiting() == 2);
}

TEST_CASE("many threads together never exceed a limit, and every run starts once") {
  constexpr int kRuns = 2'000, kThreads = 4;
  Queue queue(3, kRuns);
  for (int i = 0; i < kRuns; ++i) push(queue, std::to_string(1'000'000 + i), i % 2 ? "narrow" : "wide", i % 2 ? 1 : 0);
  std::atomic<int> running{0}, narrow{0}, started{0}, most{0}, most_narrow{0};
  const auto raise = [](std::atomic<int>& most, int to) {
    for (int seen = most; seen < to && !most.compare_exchange_weak(seen, to);) {
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      while (started < kRuns) {
        const auto run = queue.pop();
        if (!run) continue;
        ++started;
        raise(most, ++running);
        if (run->app == "narrow") raise(most_narrow, ++narrow);
        std::this_thread::yield();
        if (run->app == "narrow") --narrow;
        --running;
        queue.finished(*run);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(started == kRuns);
  CHECK(most <= 3);
  CHECK(most_narrow == 1);
  CHECK(queue.running() == 0);
  CHECK(queue.waiting() == 0);
}

TEST_CASE("runs of one workspace take turns in the order of their ids, and hold up nobody else") {
  Queue queue(100, 100);
  const auto push_in = [&](const std::string& id, const std::string& app, const std::string& workspace) {
    REQUIRE(queue.reserve());
    queue.push_reserved({.id = id, .app = app, .workspace = workspace});
  };
  push_in("2", "a", "ada/w");
  push_in("1", "b", "ada/w");   // accepted first, queued second
  push_in("3", "a", "ada/w");
  push_in("4", "a", "bob/w");
  push_in("5", "a", "");
  CHECK(pop_all(queue) == "1 4 5 ");
  CHECK(queue.waiting() == 2);
  queue.finished({.app = "b", .workspace = "ada/w"});
  CHECK(pop_all(queue) == "2 ");
  push_in("0", "a", "ada/w");   // never before one that runs
  CHECK(pop_all(queue).empty());
  queue.finished({.app = "a", .workspace = "ada/w"});
  CHECK(pop_all(queue) == "0 ");
  queue.finished({.app = "a", .workspace = "ada/w"});
  CHECK(pop_all(queue) == "3 ");
  queue.finished({.app = "a", .workspace = "ada/w"});
  queue.finished({.app = "a", .workspace = "bob/w"});
  queue.finished({.app = "a"});
  CHECK(queue.running() == 0);
  CHECK(pop_all(queue).empty());
}

TEST_CASE("a run that was taken out is not started, makes room, and lets the next of its workspace move up") {
  Queue queue(100, 3);
  for (const char* id : {"1", "2", "3"}) {
    REQUIRE(queue.reserve());
    queue.push_reserved({.id = id, .app = "a", .workspace = "ada/w"});
  }
  CHECK_FALSE(queue.reserve());
  queue.remove({.id = "2", .app = "a", .workspace = "ada/w"});
  queue.remove({.id = "1", .app = "a", .workspace = "ada/w"});
  queue.remove({.id = "9", .app = "a", .workspace = "ada/w"});
  queue.remove({.id = "9", .app = "b"});
  CHECK(queue.waiting() == 1);
  push(queue, "4", "a");
  queue.remove({.id = "4", .app = "a"});
  CHECK(pop_all(queue) == "3 ");
  queue.remove({.id = "3", .app = "a", .workspace = "ada/w"});   // it runs: left alone
  CHECK(queue.running() == 1);
  CHECK(queue.waiting() == 0);
}
