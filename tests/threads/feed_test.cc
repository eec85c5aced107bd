// SPDX-License-Identifier: Apache-2.0
#include "threads/feed.h"

#include <atomic>
#include <thread>
#include <vector>

#include "tests/support/test.h"

using namespace capid::threads;
using namespace std::chrono_literals;

TEST_CASE("news since the last look is never missed, and comes once") {
  Feed feed;
  feed.announce("r");   // before anybody watches: the store has it
  Feed::Watch watch(feed, "r");
  CHECK_FALSE(watch.wait(0ms));
  feed.announce("other");
  CHECK_FALSE(watch.wait(0ms));
  feed.announce("r");
  feed.announce("r");
  CHECK(watch.wait(0ms));
  CHECK_FALSE(watch.wait(0ms));
}

TEST_CASE("everybody who watches a run is told") {
  Feed feed;
  std::atomic<int> ready{0}, told{0};
  std::vector<std::thread> watchers;
  for (int i = 0; i < 16; ++i) {
    watchers.emplace_back([&] {
      Feed::Watch watch(feed, "r");
      ++ready;
      if (watch.wait(10s)) ++told;
    });
  }
  while (ready < 16) std::this_thread::yield();
  feed.announce("r");
  for (std::thread& watcher : watchers) watcher.join();
  CHECK(told == 16);
}

TEST_CASE("a closed feed holds nobody up") {
  Feed feed;
  std::thread waiting([&] {
    Feed::Watch watch(feed, "r");
    CHECK_FALSE(watch.wait(1h));
  });
  std::this_thread::sleep_for(10ms);
  feed.close();
  waiting.join();
  CHECK(feed.is_closed());
  Feed::Watch late(feed, "r");
  CHECK_FALSE(late.wait(1h));
}
