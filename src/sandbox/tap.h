// SPDX-License-Identifier: Apache-2.0
// One of a run's streams: what it says is handed on, up to a bound, and the rest is read and dropped.
#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <functional>
#include <string_view>

namespace capid::sandbox {

class Tap {
 public:
  using OnBytes = std::function<void(std::string_view bytes)>;

  /// `truncated` becomes true, and outlives this, once more than `most` bytes came.
  Tap(int64_t most, bool& truncated, OnBytes take) : left_(most), truncated_(truncated), take_(std::move(take)) {}

  /// Reads a chunk of what has come at `pipe`, which must not block. False: nothing will come any more.
  [[nodiscard]] bool read(int pipe);

  /// Reads what has come by now; an agent that writes without end is not read without end.
  void read_all(int pipe);

 private:
  static constexpr size_t kChunk = 16 << 10;

  [[nodiscard]] ssize_t read_chunk(int pipe);

  int64_t left_;
  bool& truncated_;
  OnBytes take_;
  std::array<char, kChunk> buffer_{};
};

}   // namespace capid::sandbox
