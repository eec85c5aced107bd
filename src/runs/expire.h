// SPDX-License-Identifier: Apache-2.0
// Expire: ends runs that have waited for their start longer than their request allowed.
#pragma once

#include "base/clock.h"
#include "runs/queue.h"
#include "runs/settle.h"
#include "store/readers.h"
#include "store/writer.h"

namespace capid::runs {

/// Ends what is due now. Blocks on the disk; meant to be called every second or so.
void expire_due(Queue& queue, store::Writer& writer, store::Readers& readers, const base::Clock& clock,
                const Settle& settle);

}   // namespace capid::runs
