// SPDX-License-Identifier: Apache-2.0
// Runs and threads as the page lists them, and what it changes of them. What concerns one run beyond that, programs ask in the
// same way: see api/runs.
#pragma once

#include "admin/guard.h"
#include "api/runs.h"
#include "apps/registry.h"
#include "store/writer.h"

namespace capid::admin {

class Runs {
 public:
  Runs(api::Runs& runs, apps::Registry& apps, store::Writer& writer, store::Readers& readers, std::string public_url)
      : runs_(runs), apps_(apps), writer_(writer), readers_(readers), public_url_(std::move(public_url)) {}

  /// GET /admin/api/runs?app&status&account&key&before&limit: one's own; an admin's are everybody's
  [[nodiscard]] Result<http::Response> list(const http::Request& request, const Visitor& visitor);
  /// GET /admin/api/runs/:runId
  [[nodiscard]] Result<http::Response> get(const http::Request& request, const Visitor& visitor);
  /// POST /admin/api/apps/:appId/runs
  [[nodiscard]] Result<http::Response> create(const http::Request& request, const Visitor& visitor);
  /// POST /admin/api/runs/:runId/replay
  [[nodiscard]] Result<http::Response> replay(const http::Request& request, const Visitor& visitor);
  /// POST /admin/api/runs/:runId/cancel
  [[nodiscard]] Result<http::Response> cancel(const http::Request& request, const Visitor& visitor);
  /// GET /admin/api/threads/:threadId
  [[nodiscard]] Result<http::Response> thread(const http::Request& request, const Visitor& visitor);

 private:
  void note(const Visitor& visitor, const char* action, const std::string& target);

  api::Runs& runs_;
  apps::Registry& apps_;
  store::Writer& writer_;
  store::Readers& readers_;
  std::string public_url_;
};

}   // namespace capid::admin
