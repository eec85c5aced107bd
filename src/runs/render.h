// SPDX-License-Identifier: Apache-2.0
// Render: the only maker of the run object, as the API and the webhooks give it.
#pragma once

#include <optional>
#include <string>

#include "base/json.h"
#include "store/artifacts.h"
#include "store/database.h"
#include "store/runs.h"

namespace capid::runs {

/// The run object. `public_url` prefixes download addresses; empty, they are paths.
[[nodiscard]] Result<OrderedJson> render_run(store::Database& database, const store::Run& run,
                                             const std::string& public_url);

/// The same as text, as a GET answers it and a webhook carries it, byte for byte.
[[nodiscard]] Result<std::string> render_run_text(store::Database& database, const store::Run& run,
                                                  const std::string& public_url);

/// One artifact as it stands in a run's result and in the list of artifacts.
[[nodiscard]] OrderedJson render_artifact(const store::Artifact& artifact, const std::string& public_url);

}   // namespace capid::runs
