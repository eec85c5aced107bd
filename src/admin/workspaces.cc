// SPDX-License-Identifier: Apache-2.0
#include "admin/workspaces.h"

#include "http/params.h"

namespace capid::admin {

Result<http::Response> Workspaces::remove(const http::Request& request, const Visitor& visitor) {
  http::Response response = TRY(workspaces_.remove(request, visitor.grant()));
  TRY(writer_.commit([&](store::Transaction& transaction) {
    const auto whose = http::text_param(request, "account");
    return store::append_audit(transaction, visitor.actor(), "workspace.remove",
                               request.param("workspaceId") + (whose ? " of " + *whose : ""));
  }));
  return response;
}

}   // namespace capid::admin
