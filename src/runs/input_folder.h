// SPDX-License-Identifier: Apache-2.0
// The input folder: what a run sees as /in, laid out once on disk before it starts.
#pragma once

#include <string>
#include <vector>

#include "apps/manifest.h"
#include "files/blobs.h"
#include "store/readers.h"
#include "store/runs.h"

namespace capid::runs {

/// Writes `<folder>/inputs.json` and `<folder>/files/…`. The files are hard links to the run's own blobs: no other run
/// shares their inodes, so not even a lock on one can be seen elsewhere. Nothing is flushed: after a crash the folder
/// is laid out anew.
[[nodiscard]] Result<void> lay_out_inputs(const std::string& folder, const store::Run& run,
                                          const std::vector<store::RunFile>& files, const files::Blobs& blobs);

/// Writes `<folder>/thread.jsonl`: what happened on the run's thread before the run, an event a line.
[[nodiscard]] Result<void> lay_out_thread(const std::string& folder, const store::Run& run, store::Readers& readers);

/// Removes a run's folder; one that is not there is no error.
void remove_folder(const std::string& folder);

}   // namespace capid::runs
