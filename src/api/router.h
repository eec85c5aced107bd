// SPDX-License-Identifier: Apache-2.0
// The router: every route and every guard of the programs' API on one screen.
#pragma once

#include <vector>

#include "api/apps.h"
#include "api/artifacts.h"
#include "api/events.h"
#include "api/health.h"
#include "api/metrics.h"
#include "api/openapi.h"
#include "api/rate_limit.h"
#include "api/runs.h"
#include "api/usage.h"
#include "api/workspaces.h"
#include "http/routes.h"

namespace capid::api {

/// What answers the routes.
struct Handlers {
  Runs& runs;
  Artifacts& artifacts;
  Events& events;
  Apps& apps;
  Workspaces& workspaces;
  Usage& usage;
  OpenApi& openapi;
  Health& health;
  Metrics& metrics;
};

[[nodiscard]] std::vector<http::Route> routes(const Handlers& handlers, keys::Verifier& verifier,
                                              RateLimit& rate_limit);

}   // namespace capid::api
