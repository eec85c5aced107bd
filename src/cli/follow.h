// SPDX-License-Identifier: Apache-2.0
// A run's events as they happen, and how they look.
#pragma once

#include <functional>
#include <string>

#include "cli/api_client.h"

namespace capid::cli {

/// One event of a run: `text` is its JSON as it came.
using TakeEvent = std::function<void(const Json& event, const std::string& text)>;

/// Hands on every event of a run, from the first one on, and returns when the run is over. A connection that breaks is
/// made again, from the last event on; after several breaks without any news it gives up. Errors: as ApiClient's.
[[nodiscard]] Result<void> follow(ApiClient& api, const std::string& run, const TakeEvent& take);

/// Hands on the events that there are now.
[[nodiscard]] Result<void> read_events(ApiClient& api, const std::string& run, const TakeEvent& take);

/// The line, or lines, that tell of an event to people who watch a run; empty for what they need not see.
[[nodiscard]] std::string event_text(const Json& event);

[[nodiscard]] bool is_over(const std::string& status);

}   // namespace capid::cli
