// SPDX-License-Identifier: Apache-2.0
#include "sandbox/tap.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace capid::sandbox {

bool Tap::read(int pipe) {
  const ssize_t got = read_chunk(pipe);
  return got > 0 || (got < 0 && errno == EAGAIN);
}

void Tap::read_all(int pipe) {
  constexpr int kMostChunks = 64;
  for (int chunks = 0; chunks < kMostChunks && read_chunk(pipe) > 0; ++chunks) {
  }
}

ssize_t Tap::read_chunk(int pipe) {
  const ssize_t got = ::read(pipe, buffer_.data(), buffer_.size());
  if (got <= 0) return got;
  const auto taken = std::min(static_cast<int64_t>(got), left_);
  left_ -= taken;
  if (taken < static_cast<int64_t>(got)) truncated_ = true;
  if (taken > 0 && take_) take_({buffer_.data(), static_cast<size_t>(taken)});
  return got;
}

}   // namespace capid::sandbox
