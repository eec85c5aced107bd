// SPDX-License-Identifier: Apache-2.0
#include "runs/queue.h"

namespace capid::runs {

bool Queue::reserve() {
  std::lock_guard lock(mutex_);
  if (queued_ + reserved_ >= limit_) return false;
  ++reserved_;
  return true;
}

void Queue::give_back() {
  std::lock_guard lock(mutex_);
  --reserved_;
}

void Queue::push(QueuedRun run) {
  give_back();
  push_recovered(std::move(run));
}

void Queue::push_recovered(QueuedRun run) {
  std::lock_guard lock(mutex_);
  ++queued_;
  auto& runs = waiting_[run.app];
  std::string id = run.id;
  runs.emplace(std::move(id), std::move(run));
}

bool Queue::may_start(const QueuedRun& run) const {
  if (run.app_concurrency == 0) return true;
  const auto running = running_by_app_.find(run.app);
  return running == running_by_app_.end() || running->second < run.app_concurrency;
}

std::optional<QueuedRun> Queue::pop() {
  std::lock_guard lock(mutex_);
  if (closed_ || running_ >= concurrency_) return std::nullopt;
  auto oldest = waiting_.end();
  for (auto app = waiting_.begin(); app != waiting_.end(); ++app) {
    if (!may_start(app->second.begin()->second)) continue;
    if (oldest == waiting_.end() || app->second.begin()->first < oldest->second.begin()->first) oldest = app;
  }
  if (oldest == waiting_.end()) return std::nullopt;
  QueuedRun run = std::move(oldest->second.begin()->second);
  oldest->second.erase(oldest->second.begin());
  if (oldest->second.empty()) waiting_.erase(oldest);
  --queued_;
  ++running_;
  ++running_by_app_[run.app];
  return run;
}

void Queue::finished(const std::string& app) {
  std::lock_guard lock(mutex_);
  --running_;
  if (--running_by_app_[app] == 0) running_by_app_.erase(app);
}

void Queue::close() {
  std::lock_guard lock(mutex_);
  closed_ = true;
}

int64_t Queue::running() const {
  std::lock_guard lock(mutex_);
  return running_;
}

int64_t Queue::waiting() const {
  std::lock_guard lock(mutex_);
  return queued_;
}

}   // namespace capid::runs
