// SPDX-License-Identifier: Apache-2.0
// Makes a backup: the database as it is at one moment, then every file that it names, while the server goes on.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/fd.h"

namespace capid::backup {

/// Names of the archive's entries. Folders end up below folders of the same name.
inline constexpr const char* kDatabase = "capid.db";
inline constexpr const char* kInstanceSecret = "instance.secret";
inline constexpr const char* kBlobs = "files/blobs";
inline constexpr const char* kManifest = "manifest.json";

/// What belongs into a backup, as paths on this machine. `folders` are names of folders below `root`.
struct Source {
  std::string root;
  std::vector<std::string> folders;
  std::string scratch;   ///< a file that does not exist yet, for the copy of the database; it is removed again
};

struct Made {
  int64_t runs = 0;
  int64_t files = 0;
  std::vector<std::string> damaged;   ///< files of runs that are not what they were, or not there at all
  std::vector<std::string>
      left_out;   ///< of workspaces: what cannot be read, or is deeper, longer or emptier than is sound; the first few
  int64_t left_out_count = 0;
};

/// Keeps files that the database names from being removed until then (store/moments); 0: no longer.
using HoldFiles = std::function<Result<void>(base::TimeMs until)>;

/// Writes the archive to `out`. Every run that was accepted before the call is in it. Errors: kStoreUnavailable, kInternal. What agents
/// change in workspaces meanwhile may be in it or not.
[[nodiscard]] Result<Made> make(const Source& source, int out, const HoldFiles& hold);

}   // namespace capid::backup
