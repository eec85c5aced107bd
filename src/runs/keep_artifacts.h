// SPDX-License-Identifier: Apache-2.0
// What a run left in its output folder becomes its artifacts: copied, made durable, described.
#pragma once

#include "base/fd.h"
#include "files/blobs.h"
#include "runs/settle.h"

namespace capid::runs {

/// Fills in `left`'s artifacts and what was skipped. After an error nothing is kept, and `left` is as it was.
[[nodiscard]] Result<void> keep_artifacts(const base::Fd& out_folder, int64_t max_bytes, files::Blobs& blobs,
                                          EndedRun& left);

}   // namespace capid::runs
