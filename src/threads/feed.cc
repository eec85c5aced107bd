// SPDX-License-Identifier: Apache-2.0
#include "threads/feed.h"

#include <utility>

namespace capid::threads {

void Feed::announce(const std::string& run) {
  std::lock_guard lock(mutex_);
  tell(run);
  if (run != kAnyRun) tell(kAnyRun);
}

void Feed::tell(const std::string& name) {
  const auto found = channels_.find(name);
  if (found == channels_.end()) return;
  ++found->second->news;
  found->second->changed.notify_all();
}

void Feed::close() {
  std::lock_guard lock(mutex_);
  closed_ = true;
  for (const auto& [run, channel] : channels_) channel->changed.notify_all();
}

bool Feed::is_closed() const {
  std::lock_guard lock(mutex_);
  return closed_;
}

Feed::Watch::Watch(Feed& feed, std::string run) : feed_(feed), run_(std::move(run)) {
  std::lock_guard lock(feed_.mutex_);
  auto& channel = feed_.channels_[run_];
  if (!channel) channel = std::make_shared<Channel>();
  ++channel->watches;
  seen_ = channel->news;
  channel_ = channel;
}

Feed::Watch::~Watch() {
  std::lock_guard lock(feed_.mutex_);
  if (--channel_->watches == 0) feed_.channels_.erase(run_);
}

bool Feed::Watch::wait(std::chrono::milliseconds most) {
  std::unique_lock lock(feed_.mutex_);
  channel_->changed.wait_for(lock, most, [&] { return channel_->news != seen_ || feed_.closed_; });
  return std::exchange(seen_, channel_->news) != channel_->news;
}

}   // namespace capid::threads
