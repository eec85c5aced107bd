// SPDX-License-Identifier: Apache-2.0
#include "runs/log_tail.h"

#include <utility>

namespace capid::runs {
namespace {

constexpr size_t kTailSize = 2048;
constexpr size_t kLongestWait = 8192;

}   // namespace

void LogTail::add(std::string_view bytes) {
  std::lock_guard lock(mutex_);
  waiting_.append(bytes);
  tail_.append(bytes);
  // One byte more than is shown tells whether what is shown begins a line.
  if (tail_.size() > 2 * kTailSize) tail_.erase(0, tail_.size() - kTailSize - 1);
}

std::string LogTail::take_lines() {
  std::lock_guard lock(mutex_);
  const size_t newline = waiting_.rfind('\n');
  size_t end = newline == std::string::npos ? 0 : newline + 1;
  if (waiting_.size() - end > kLongestWait) end = waiting_.size();
  std::string lines = waiting_.substr(0, end);
  waiting_.erase(0, end);
  return lines;
}

std::string LogTail::take_rest() {
  std::lock_guard lock(mutex_);
  return std::exchange(waiting_, {});
}

std::string LogTail::tail() const {
  std::lock_guard lock(mutex_);
  if (tail_.size() <= kTailSize) return tail_;
  const std::string last = tail_.substr(tail_.size() - kTailSize);
  if (tail_[tail_.size() - kTailSize - 1] == '\n') return last;
  const size_t newline = last.find('\n');
  const bool rest_follows = newline != std::string::npos && newline + 1 < last.size();
  return rest_follows ? last.substr(newline + 1) : last;
}

}   // namespace capid::runs
