// SPDX-License-Identifier: Apache-2.0
// Await: waits for a run's end on behalf of whoever asked to.
#pragma once

#include <chrono>
#include <string>

#include "store/readers.h"
#include "store/runs.h"
#include "threads/feed.h"

namespace capid::runs {

/// Returns the run as it is once it is over, after `most`, or when the server stops, whichever comes first. Holds no
/// reader while it waits. Errors: kRunNotFound.
[[nodiscard]] Result<store::Run> await_end(const std::string& run, std::chrono::milliseconds most,
                                           store::Readers& readers, threads::Feed& feed);

}   // namespace capid::runs
