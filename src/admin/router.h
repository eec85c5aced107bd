// SPDX-License-Identifier: Apache-2.0
// The page's router: every route of the page and every guard on one screen.
#pragma once

#include <vector>

#include "admin/accounts.h"
#include "admin/apps.h"
#include "admin/artifacts.h"
#include "admin/audit.h"
#include "admin/entrance.h"
#include "admin/keys.h"
#include "admin/models.h"
#include "admin/pulse.h"
#include "admin/runs.h"
#include "admin/system.h"
#include "admin/webhooks.h"
#include "admin/workspaces.h"
#include "api/router.h"
#include "http/routes.h"

namespace capid::admin {

/// What answers the routes.
struct Handlers {
  Entrance& entrance;
  Pulse& pulse;
  Apps& apps;
  Runs& runs;
  Artifacts& artifacts;
  Workspaces& workspaces;
  Keys& keys;
  Webhooks& webhooks;
  Accounts& accounts;
  Models& models;
  Audit& audit;
  System& system;
};

/// `programs` answer what the page asks as programs do.
[[nodiscard]] std::vector<http::Route> routes(const Handlers& handlers, const api::Handlers& programs,
                                              const Guard& guard);

}   // namespace capid::admin
