// SPDX-License-Identifier: Apache-2.0
// Recover: what a start does about the runs that an earlier server left.
#pragma once

#include <string>

#include "apps/registry.h"
#include "runs/queue.h"
#include "runs/settle.h"
#include "store/readers.h"
#include "store/writer.h"

namespace capid::runs {

/// Runs that were on their way on `node` become INTERRUPTED, or pending again where their app says `on_interrupt:
/// retry`; then everything pending is queued, oldest first. Call it once, before anything is dispatched.
[[nodiscard]] Result<void> recover(const std::string& node, Queue& queue, apps::Registry& apps, store::Writer& writer,
                                   store::Readers& readers, const Settle& settle);

}   // namespace capid::runs
