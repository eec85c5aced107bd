// SPDX-License-Identifier: Apache-2.0
// Collects what a run left in /out. The guest is hostile: links, devices, holes, depth, numbers and names are all
// bounded.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/fd.h"

namespace capid::sandbox {

struct CollectLimits {
  size_t max_files = 1'000;
  size_t max_entries = 10'000;   ///< looked at, of any kind
  size_t max_depth = 16;
  size_t max_path_bytes = 1'024;
  int64_t max_bytes = int64_t{512} << 20;   ///< of all files together
};

struct Skipped {
  std::string path;     ///< below /out, as the guest spelled it
  std::string reason;   ///< for people
};

struct Collection {
  std::vector<Skipped> skipped;   ///< at most 100 are named
};

/// Takes one regular file; `path` is below /out, in the guest's bytes. `file` is open for reading and `size` bytes
/// long.
using TakeFile = std::function<Result<void>(const std::string& path, const base::Fd& file, int64_t size)>;

/// Walks `out_folder` in the order of names and hands every regular file to `take`; past max_entries, which ones are looked
/// at is up to the file system. Call it once every process of the
/// run is dead. Never leaves the folder: everything is opened below it, without following links or crossing mounts.
/// Errors: only those of `take`, of the disk, and of a host that lacks descriptors or memory; what is wrong with an entry is
/// noted and passed over.
[[nodiscard]] Result<Collection> collect(const base::Fd& out_folder, const CollectLimits& limits, const TakeFile& take);

}   // namespace capid::sandbox
