// SPDX-License-Identifier: Apache-2.0
// Workspaces in the page: removing one leaves a trace.
#pragma once

#include "admin/guard.h"
#include "api/workspaces.h"
#include "store/writer.h"

namespace capid::admin {

class Workspaces {
 public:
  Workspaces(api::Workspaces& workspaces, store::Writer& writer) : workspaces_(workspaces), writer_(writer) {}

  /// DELETE /admin/api/workspaces/:workspaceId
  [[nodiscard]] Result<http::Response> remove(const http::Request& request, const Visitor& visitor);

 private:
  api::Workspaces& workspaces_;
  store::Writer& writer_;
};

}   // namespace capid::admin
