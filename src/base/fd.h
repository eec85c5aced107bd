// SPDX-License-Identifier: Apache-2.0
// Fd: a file descriptor that is closed once, by its owner; and whole reads and writes.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"

namespace capid::base {

class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    if (this != &other) reset(std::exchange(other.fd_, -1));
    return *this;
  }
  ~Fd() { reset(); }

  [[nodiscard]] int get() const { return fd_; }
  [[nodiscard]] explicit operator bool() const { return fd_ >= 0; }
  [[nodiscard]] int release() { return std::exchange(fd_, -1); }
  void reset(int fd = -1);

 private:
  int fd_ = -1;
};

struct Pipe {
  Fd read_end;
  Fd write_end;
};

/// A pipe whose ends are both closed on exec.
[[nodiscard]] Result<Pipe> make_pipe();

/// An error with the call's name and errno's text in `detail`, kStoreUnavailable where a disk is full; `message` says what capid was doing.
[[nodiscard]] Error system_error(std::string message, const char* call);

/// Opens with O_CLOEXEC added.
[[nodiscard]] Result<Fd> open_file(const std::string& path, int flags, unsigned mode = 0);

/// The same for a file of capid's own, whose path no answer may name: the error says `message`, and the path in `detail` alone.
[[nodiscard]] Result<Fd> open_own_file(const std::string& path, int flags, unsigned mode, const std::string& message);

/// Writes all of `bytes`, however many calls that takes.
[[nodiscard]] Result<void> write_all(int fd, std::string_view bytes);

/// Reads to the end of the file; more than `limit` bytes is an error.
[[nodiscard]] Result<std::string> read_all(int fd, size_t limit);
[[nodiscard]] Result<std::string> read_file(const std::string& path, size_t limit);

/// Flushes a file's or a folder's contents to the disk.
[[nodiscard]] Result<void> sync(int fd);

/// Opens a folder, flushes its entries to the disk, closes it.
[[nodiscard]] Result<void> sync_folder(const std::string& path);

}   // namespace capid::base
