// SPDX-License-Identifier: Apache-2.0
// Runs over HTTP: create, read, list artifacts, download one.
#pragma once

#include <string>

#include "api/http.h"
#include "files/blobs.h"
#include "keys/keys.h"
#include "runs/submit.h"
#include "store/readers.h"

namespace capid::api {

class Runs {
 public:
  Runs(runs::Submit& submit, apps::Registry& apps, files::Blobs& blobs, store::Readers& readers, std::string public_url)
      : submit_(submit), apps_(apps), blobs_(blobs), readers_(readers), public_url_(std::move(public_url)) {}

  /// POST /runs and POST /apps/:appId/runs
  [[nodiscard]] Result<Response> create(const Request& request, const keys::Grant& grant);
  /// GET /runs/:runId and GET /apps/:appId/runs/:runId
  [[nodiscard]] Result<Response> get(const Request& request, const keys::Grant& grant);
  /// GET /runs/:runId/artifacts
  [[nodiscard]] Result<Response> list_artifacts(const Request& request, const keys::Grant& grant);
  /// GET /runs/:runId/artifacts/:artifactId
  [[nodiscard]] Result<Response> get_artifact(const Request& request, const keys::Grant& grant);

 private:
  [[nodiscard]] Result<store::Run> find(store::Database& database, const Request& request,
                                        const keys::Grant& grant) const;

  runs::Submit& submit_;
  apps::Registry& apps_;
  files::Blobs& blobs_;
  store::Readers& readers_;
  std::string public_url_;
};

}   // namespace capid::api
