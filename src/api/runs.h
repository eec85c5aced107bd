// SPDX-License-Identifier: Apache-2.0
// Runs over HTTP: create, replay, read, list, cancel.
#pragma once

#include <atomic>
#include <chrono>
#include <optional>
#include <string>

#include "api/finished_runs.h"
#include "files/blobs.h"
#include "http/message.h"
#include "keys/keys.h"
#include "runs/cancel.h"
#include "runs/submit.h"
#include "store/readers.h"
#include "threads/feed.h"

namespace capid::api {

class Runs {
 public:
  struct Parts {
    runs::Submit& submit;
    runs::Cancel& cancel;
    apps::Registry& apps;
    files::Blobs& blobs;
    store::Readers& readers;
    threads::Feed& feed;
  };

  Runs(const Parts& parts, std::string public_url) : parts_(parts), public_url_(std::move(public_url)) {}

  /// POST /runs and POST /apps/:appId/runs
  [[nodiscard]] Result<http::Response> create(const http::Request& request, const keys::Grant& grant);
  /// POST /runs/:runId/replay
  [[nodiscard]] Result<http::Response> replay(const http::Request& request, const keys::Grant& grant);
  /// GET /runs/:runId and GET /apps/:appId/runs/:runId
  [[nodiscard]] Result<http::Response> get(const http::Request& request, const keys::Grant& grant);
  /// GET /runs and GET /apps/:appId/runs
  [[nodiscard]] Result<http::Response> list(const http::Request& request, const keys::Grant& grant);
  /// POST /runs/:runId/cancel and POST /apps/:appId/runs/:runId/cancel
  [[nodiscard]] Result<http::Response> cancel(const http::Request& request, const keys::Grant& grant);

 private:
  [[nodiscard]] Result<http::Response> answer(const http::Request& request, const keys::Grant& grant,
                                              const runs::Accepted& accepted);
  [[nodiscard]] std::optional<http::Response> wait_for(const std::string& id, std::chrono::seconds most);

  std::atomic<int64_t> waiters_{0};
  FinishedRuns finished_;
  Parts parts_;
  std::string public_url_;
};

}   // namespace capid::api
