// SPDX-License-Identifier: Apache-2.0
// What went wrong between a run and its models, kept for the verdict on it.
#pragma once

#include <mutex>
#include <optional>

#include "base/result.h"

namespace capid::runs {

/// Callable from any thread.
class ModelTrouble {
 public:
  /// A call was refused for want of credits. The first one counts.
  void refuse(const Error& why) {
    std::lock_guard lock(mutex_);
    if (!refused_) refused_ = why;
  }

  /// How the latest call ended: with nothing where it went well.
  void note(const std::optional<Error>& problem) {
    std::lock_guard lock(mutex_);
    latest_ = problem;
  }

  [[nodiscard]] std::optional<Error> refused() const {
    std::lock_guard lock(mutex_);
    return refused_;
  }

  [[nodiscard]] std::optional<Error> latest() const {
    std::lock_guard lock(mutex_);
    return latest_;
  }

 private:
  mutable std::mutex mutex_;
  std::optional<Error> refused_;
  std::optional<Error> latest_;
};

}   // namespace capid::runs
