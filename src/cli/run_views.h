// SPDX-License-Identifier: Apache-2.0
// Runs and artifacts as tables and pages.
#pragma once

#include "base/json.h"

namespace capid::cli {

/// A line a run: id, status, app, created, duration, credits, tags.
void print_runs(const Json& runs);

/// Everything about one run. `artifacts` are listed below it, for a failed run has some too.
void print_page(const Json& run, const Json& artifacts);

/// A line an artifact: id, size, type, title.
void print_artifacts(const Json& artifacts);

}   // namespace capid::cli
