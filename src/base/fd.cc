// SPDX-License-Identifier: Apache-2.0
#include "base/fd.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace capid::base {

void Fd::reset(int fd) {
  if (fd_ >= 0) ::close(fd_);
  fd_ = fd;
}

Error system_error(std::string message, const char* call) {
  const bool full = errno == ENOSPC || errno == EDQUOT;
  return {full ? Code::kStoreUnavailable : Code::kInternal,
          full ? message + ": it is full" : std::move(message),
          {},
          std::string(call) + ": " + std::strerror(errno)};
}

Result<Pipe> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return system_error("no more pipes to be had", "pipe2");
  return Pipe{Fd(ends[0]), Fd(ends[1])};
}

Result<Fd> open_file(const std::string& path, int flags, unsigned mode) {
  const int fd = ::open(path.c_str(), flags | O_CLOEXEC, mode);
  if (fd < 0) return system_error("cannot open " + path, "open");
  return Fd(fd);
}

Result<Fd> open_own_file(const std::string& path, int flags, unsigned mode, const std::string& message) {
  const int fd = ::open(path.c_str(), flags | O_CLOEXEC, mode);
  if (fd < 0) return system_error(message, ("open " + path).c_str());
  return Fd(fd);
}

Result<void> write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return system_error("cannot write to the disk", "write");
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return {};
}

Result<std::string> read_all(int fd, size_t limit) {
  std::string text;
  char buffer[16384];
  for (;;) {
    const ssize_t got = ::read(fd, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return system_error("cannot read", "read");
    if (got == 0) return text;
    text.append(buffer, static_cast<size_t>(got));
    if (text.size() > limit)
      return Error{Code::kInternal, "the file is larger than " + std::to_string(limit) + " bytes"};
  }
}

Result<std::string> read_file(const std::string& path, size_t limit) {
  auto fd = TRY(open_file(path, O_RDONLY));
  return read_all(fd.get(), limit);
}

Result<void> sync(int fd) {
  if (::fsync(fd) != 0) return system_error("the disk did not take the data", "fsync");
  return {};
}

Result<void> sync_folder(const std::string& path) {
  auto fd = TRY(open_file(path, O_RDONLY | O_DIRECTORY));
  return sync(fd.get());
}

}   // namespace capid::base
