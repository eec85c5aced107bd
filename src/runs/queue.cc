// SPDX-License-Identifier: Apache-2.0
#include "runs/queue.h"

namespace capid::runs {

std::string lane_of(const std::string& account, const std::optional<std::string>& workspace) {
  return workspace ? account + "/" + *workspace : "";
}

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

void Queue::push_reserved(QueuedRun run) {
  std::lock_guard lock(mutex_);
  --reserved_;
  ++queued_;
  insert(std::move(run));
}

void Queue::push(QueuedRun run) {
  std::lock_guard lock(mutex_);
  ++queued_;
  insert(std::move(run));
}

// Runs are not always pushed in the order of their ids: an older one takes the place of a candidate that has not begun.
void Queue::insert(QueuedRun run) {
  if (run.workspace.empty()) return offer(std::move(run));
  const auto [found, is_new] = lanes_.try_emplace(run.workspace, Lane{.first = run.id, .behind = {}});
  if (is_new) return offer(std::move(run));
  Lane& lane = found->second;
  if (!lane.running && run.id < lane.first) {
    for (auto& [app, runs] : candidates_) {
      if (const auto candidate = runs.find(lane.first); candidate != runs.end()) {
        lane.behind.insert(runs.extract(candidate));
        if (runs.empty()) candidates_.erase(app);
        break;
      }
    }
    lane.first = run.id;
    return offer(std::move(run));
  }
  std::string id = run.id;
  lane.behind.emplace(std::move(id), std::move(run));
}

void Queue::offer(QueuedRun run) {
  auto& runs = candidates_[run.app];
  std::string id = run.id;
  runs.emplace(std::move(id), std::move(run));
}

bool Queue::withdraw(const std::string& app, const std::string& id) {
  const auto runs = candidates_.find(app);
  if (runs == candidates_.end() || runs->second.erase(id) == 0) return false;
  if (runs->second.empty()) candidates_.erase(runs);
  return true;
}

// The next one of a workspace's runs becomes a candidate.
void Queue::advance(const std::string& workspace) {
  if (workspace.empty()) return;
  const auto found = lanes_.find(workspace);
  Lane& lane = found->second;
  if (lane.behind.empty()) {
    lanes_.erase(found);
    return;
  }
  QueuedRun next = std::move(lane.behind.extract(lane.behind.begin()).mapped());
  lane.first = next.id;
  lane.running = false;
  offer(std::move(next));
}

bool Queue::may_start(const QueuedRun& run) const {
  if (run.app_concurrency == 0) return true;
  const auto running = running_by_app_.find(run.app);
  return running == running_by_app_.end() || running->second < run.app_concurrency;
}

std::optional<QueuedRun> Queue::pop() {
  std::lock_guard lock(mutex_);
  if (closed_ || running_ >= concurrency_) return std::nullopt;
  auto oldest = candidates_.end();
  for (auto app = candidates_.begin(); app != candidates_.end(); ++app) {
    if (!may_start(app->second.begin()->second)) continue;
    if (oldest == candidates_.end() || app->second.begin()->first < oldest->second.begin()->first) oldest = app;
  }
  if (oldest == candidates_.end()) return std::nullopt;
  QueuedRun run = oldest->second.begin()->second;
  withdraw(run.app, run.id);
  if (!run.workspace.empty()) lanes_.at(run.workspace).running = true;
  --queued_;
  ++running_;
  ++running_by_app_[run.app];
  return run;
}

void Queue::finished(const QueuedRun& run) {
  std::lock_guard lock(mutex_);
  --running_;
  if (--running_by_app_[run.app] == 0) running_by_app_.erase(run.app);
  advance(run.workspace);
}

void Queue::remove(const QueuedRun& run) {
  std::lock_guard lock(mutex_);
  if (withdraw(run.app, run.id)) {
    --queued_;
    return advance(run.workspace);
  }
  const auto lane = lanes_.find(run.workspace);
  if (lane != lanes_.end() && lane->second.behind.erase(run.id) == 1) --queued_;
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
