// SPDX-License-Identifier: Apache-2.0
// The audit log in the page, for admins.
#pragma once

#include "admin/guard.h"

namespace capid::admin {

class Audit {
 public:
  explicit Audit(store::Readers& readers) : readers_(readers) {}

  /// GET /admin/api/audit?before&limit
  [[nodiscard]] Result<http::Response> list(const http::Request& request, const Visitor& visitor);

 private:
  store::Readers& readers_;
};

}   // namespace capid::admin
