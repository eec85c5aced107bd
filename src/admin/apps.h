// SPDX-License-Identifier: Apache-2.0
// Apps in the page: as programs see them, and what stands in the manifest.
#pragma once

#include <string>

#include "admin/guard.h"
#include "apps/registry.h"

namespace capid::admin {

class Apps {
 public:
  Apps(apps::Registry& apps, std::string folder) : apps_(apps), folder_(std::move(folder)) {}

  /// GET /admin/api/apps/:appId
  [[nodiscard]] Result<http::Response> get(const http::Request& request, const Visitor& visitor);

 private:
  apps::Registry& apps_;
  std::string folder_;
};

}   // namespace capid::admin
