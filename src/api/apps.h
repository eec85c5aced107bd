// SPDX-License-Identifier: Apache-2.0
// Apps over HTTP: which a key may trigger, what they want to be given, and whether they would take a request.
#pragma once

#include "apps/registry.h"
#include "files/blobs.h"
#include "http/message.h"
#include "keys/keys.h"
#include "runs/submit.h"

namespace capid::api {

/// An app as this API shows it.
[[nodiscard]] OrderedJson render_app(const apps::AppState& app);

class Apps {
 public:
  Apps(apps::Registry& apps, runs::Submit& submit, files::Blobs& blobs) : apps_(apps), submit_(submit), blobs_(blobs) {}

  /// GET /apps
  [[nodiscard]] Result<http::Response> list(const http::Request& request, const keys::Grant& grant);
  /// GET /apps/:appId
  [[nodiscard]] Result<http::Response> get(const http::Request& request, const keys::Grant& grant);
  /// POST /apps/:appId/validate-input: the body of a run, which is checked and forgotten
  [[nodiscard]] Result<http::Response> validate_input(const http::Request& request, const keys::Grant& grant);

 private:
  apps::Registry& apps_;
  runs::Submit& submit_;
  files::Blobs& blobs_;
};

}   // namespace capid::api
