// SPDX-License-Identifier: Apache-2.0
#include "admin/workspaces.h"

namespace capid::admin {

Result<http::Response> Workspaces::remove(const http::Request& request, const Visitor& visitor) {
  http::Response response = TRY(workspaces_.remove(request, visitor.grant()));
  TRY(writer_.commit([&](store::Transaction& transaction) {
    return store::append_audit(transaction, visitor.actor(), "workspace.remove", request.param("workspaceId"));
  }));
  return response;
}

}   // namespace capid::admin
