// SPDX-License-Identifier: Apache-2.0
// An artifact's bytes for the page: as programs get them, and, of what can hold scripts, a preview that runs none.
#pragma once

#include "admin/guard.h"
#include "api/artifacts.h"

namespace capid::admin {

class Artifacts {
 public:
  explicit Artifacts(api::Artifacts& artifacts) : artifacts_(artifacts) {}

  /// GET /admin/api/runs/:runId/artifacts/:artifactId; with ?preview=1 an SVG or HTML file is shown where it stands, for a frame:
  /// its own Content-Security-Policy puts it into a sandbox without scripts, origin or network, wherever it is opened.
  [[nodiscard]] Result<http::Response> get(const http::Request& request, const Visitor& visitor);

 private:
  api::Artifacts& artifacts_;
};

}   // namespace capid::admin
