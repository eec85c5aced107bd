// SPDX-License-Identifier: Apache-2.0
#include "http/connection_threads.h"

#include <system_error>
#include <thread>

namespace capid::http {
namespace {

constexpr std::chrono::seconds kIdle{10};

}   // namespace

// A thread is made whenever more tasks wait than threads are idle; an idle one is never counted for two tasks.
bool ConnectionThreads::run(std::function<void()> task) {
  std::lock_guard lock(mutex_);
  if (finishing_) return false;
  if (waiting_.size() >= idle_) {
    if (threads_ == most_) return false;
    try {
      std::thread([this] { serve(); }).detach();
    } catch (const std::system_error&) {
      return false;
    }
    ++threads_;
  }
  waiting_.push_back(std::move(task));
  task_came_.notify_one();
  return true;
}

void ConnectionThreads::serve() {
  std::unique_lock lock(mutex_);
  for (;;) {
    ++idle_;
    const bool busy = task_came_.wait_for(lock, kIdle, [&] { return !waiting_.empty() || finishing_; });
    --idle_;
    if (waiting_.empty() && (finishing_ || !busy)) break;
    auto task = std::move(waiting_.front());
    waiting_.pop_front();
    lock.unlock();
    task();
    task = nullptr;
    lock.lock();
  }
  --threads_;
  thread_ended_.notify_all();   // with the mutex held: who waits may destroy this
}

void ConnectionThreads::finish() {
  while (!finish_within(std::chrono::hours(1))) continue;
}

bool ConnectionThreads::finish_within(std::chrono::milliseconds most) {
  std::unique_lock lock(mutex_);
  finishing_ = true;
  task_came_.notify_all();
  return thread_ended_.wait_for(lock, most, [&] { return threads_ == 0; });
}

}   // namespace capid::http
