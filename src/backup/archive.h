// SPDX-License-Identifier: Apache-2.0
// A tar archive (GNU's format) that ends with the checksums of its files, as `sha256sum -c` takes them, and with one of the whole
// archive up to there: what was cut off has none, what was changed does not match it.
#pragma once

#include <ctime>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/fd.h"

namespace capid::backup {

/// The last two entries of every archive.
inline constexpr const char* kChecksums = "SHA256SUMS";
inline constexpr const char* kWholeChecksum = "ARCHIVE.SHA256";

/// Checksums by the name of the entry, in lower-case hex.
using Checksums = std::map<std::string, std::string>;

class ArchiveWriter {
 public:
  /// Writes to `out`, which stays the caller's.
  [[nodiscard]] static Result<ArchiveWriter> to(int out);
  ArchiveWriter(ArchiveWriter&&) noexcept;
  ~ArchiveWriter();

  /// As many bytes as the file has now: one that shrinks meanwhile is filled with zeros, of one that grows the rest is left out. Returns
  /// the checksum of what was written.
  [[nodiscard]] Result<std::string> add_file(const std::string& name, const base::Fd& file);
  [[nodiscard]] Result<void> add_text(const std::string& name, const std::string& text);
  [[nodiscard]] Result<void> add_link(const std::string& name, const std::string& target);
  [[nodiscard]] Result<void> add_folder(const std::string& name, unsigned mode);

  /// The checksums, and the end.
  [[nodiscard]] Result<void> finish();

 private:
  struct State;
  explicit ArchiveWriter(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

struct Entry {
  enum class Kind { kFile, kFolder, kLink };
  Kind kind = Kind::kFile;
  std::string name;
  std::string target;   ///< of a link
  unsigned mode = 0;
  timespec changed_at{};   ///< of a file
};

class ArchiveReader {
 public:
  /// Reads from `in`, which stays the caller's.
  [[nodiscard]] static Result<ArchiveReader> from(int in);
  ArchiveReader(ArchiveReader&&) noexcept;
  ~ArchiveReader();

  /// The next entry, or nothing at the end, when the whole was found to be as it was made. Errors: kInvalidParameter where the archive is
  /// none of ours, was cut off or changed.
  [[nodiscard]] Result<std::optional<Entry>> next();

  /// Writes the bytes of the entry to a file; -1: nowhere. Those that are not asked for are read all the same.
  [[nodiscard]] Result<void> copy_to(int out);

  /// What was found, once next() has returned nothing.
  [[nodiscard]] const Checksums& checksums() const;

 private:
  struct State;
  explicit ArchiveReader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}   // namespace capid::backup
