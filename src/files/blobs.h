// SPDX-License-Identifier: Apache-2.0
// Blobs: the bytes of attachments and artifacts on disk. Written to a temporary file, flushed, renamed, and the folder
// flushed, all before the row that names them is committed.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/fd.h"

namespace capid::files {

/// A blob on its way: a temporary file that is removed with its scope unless Blobs::keep took it.
class Incoming {
 public:
  Incoming(Incoming&& other) noexcept;
  Incoming& operator=(Incoming&&) = delete;
  ~Incoming();

  [[nodiscard]] Result<void> write(std::string_view bytes);
  /// Everything that is left to read of `from`.
  [[nodiscard]] Result<void> write_from(const base::Fd& from);
  [[nodiscard]] int64_t size() const { return size_; }
  /// The first bytes written, at most 64: enough to tell a file's true type.
  [[nodiscard]] const std::string& head() const { return head_; }
  /// Lower-case hex over all bytes; nothing may be written afterwards.
  [[nodiscard]] std::string sha256() { return hash_.hex(); }

 private:
  friend class Blobs;
  Incoming(base::Fd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}

  base::Fd fd_;
  std::string path_;
  std::string head_;
  int64_t size_ = 0;
  base::Sha256 hash_;
};

class Blobs {
 public:
  /// Prepares `folder`; what an earlier server left half-written there is removed.
  [[nodiscard]] static Result<Blobs> open(std::string folder, const base::Clock& clock);

  [[nodiscard]] Result<Incoming> begin();

  /// A copy of a kept blob, on its way to be kept as another one.
  [[nodiscard]] Result<Incoming> copy(const std::string& name);

  /// Makes all of `incoming` durable and returns their names, in order. All or nothing. A kept blob without a row is
  /// removed by remove() or, after a crash, by sweep().
  [[nodiscard]] Result<std::vector<std::string>> keep(std::span<Incoming> incoming);

  [[nodiscard]] const std::string& folder() const { return folder_; }
  [[nodiscard]] std::string path(const std::string& name) const { return folder_ + "/blobs/" + name; }
  void remove(const std::string& name) const;

  /// The same of many, and they stay away after a power loss.
  [[nodiscard]] Result<void> remove_durably(const std::vector<std::string>& names) const;

  /// Removes blobs that no row names. Only what a crash can have left is looked at: blobs lie in a folder an hour, and one
  /// whose row was never committed lies in a folder that was changed last, or hardly before. Call before the first keep().
  [[nodiscard]] Result<void> sweep(const std::function<Result<bool>(const std::string& name)>& is_used) const;

 private:
  // The hour whose folder's name is known to be on the disk.
  struct Hour {
    std::mutex mutex;
    std::string synced;
  };

  Blobs(std::string folder, const base::Clock& clock) : folder_(std::move(folder)), clock_(&clock) {}

  [[nodiscard]] Result<void> open_hour(const std::string& hour) const;

  std::string folder_;
  const base::Clock* clock_;
  std::unique_ptr<Hour> hour_ = std::make_unique<Hour>();
};

}   // namespace capid::files
