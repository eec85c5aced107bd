// SPDX-License-Identifier: Apache-2.0
#include "http/connection_threads.h"

#include <atomic>
#include <chrono>
#include <future>
#include <latch>
#include <memory>
#include <thread>
#include <vector>

#include "tests/support/test.h"

using capid::http::ConnectionThreads;

TEST_CASE("as many tasks as there may be threads run at once, and one more is refused") {
  constexpr int kMost = 32;
  ConnectionThreads threads(kMost);
  std::latch all_run(kMost);
  std::promise<void> opened;
  const std::shared_future<void> open = opened.get_future().share();
  std::atomic<int> finished{0};
  for (int i = 0; i < kMost; ++i) {
    CHECK(threads.run([&] {
      all_run.count_down();
      open.wait();
      ++finished;
    }));
  }
  all_run.wait();   // would hang if any two shared a thread
  CHECK_FALSE(threads.run([&] { finished = 1'000; }));
  opened.set_value();
  threads.finish();
  CHECK(finished == kMost);
}

TEST_CASE("a thread whose task is over takes another") {
  ConnectionThreads threads(1);
  std::atomic<int> finished{0};
  for (int i = 0; i < 50; ++i) {
    while (!threads.run([&] { ++finished; })) std::this_thread::yield();
  }
  threads.finish();
  CHECK(finished == 50);
}

TEST_CASE("finish waits for every task, also one that is not begun, and nothing is taken afterwards") {
  ConnectionThreads threads(8);
  std::atomic<int> finished{0};
  for (int i = 0; i < 8; ++i) {
    REQUIRE(threads.run([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
      ++finished;
    }));
  }
  threads.finish();
  CHECK(finished == 8);
  CHECK_FALSE(threads.run([&] { ++finished; }));
  threads.finish();
  CHECK(finished == 8);
}

TEST_CASE("a task is destroyed on its thread, before finish returns") {
  ConnectionThreads threads(2);
  const auto held = std::make_shared<int>(1);
  REQUIRE(threads.run([held] {}));
  threads.finish();
  CHECK(held.use_count() == 1);
}

TEST_CASE("tasks that arrive from many threads at once each run once") {
  ConnectionThreads threads(16);
  std::atomic<int> taken{0}, ran{0};
  std::vector<std::thread> clients;
  for (int client = 0; client < 4; ++client) {
    clients.emplace_back([&] {
      for (int i = 0; i < 500; ++i) taken += threads.run([&] { ++ran; }) ? 1 : 0;
    });
  }
  for (std::thread& client : clients) client.join();
  threads.finish();
  CHECK(taken > 0);
  CHECK(ran == taken);
}
