// SPDX-License-Identifier: Apache-2.0
// Workspaces over HTTP: list them, remove one.
#pragma once

#include "http/message.h"
#include "keys/keys.h"
#include "runs/workspace_folder.h"
#include "store/readers.h"
#include "store/writer.h"

namespace capid::api {

class Workspaces {
 public:
  Workspaces(runs::WorkspaceFolders& folders, store::Writer& writer, store::Readers& readers)
      : folders_(folders), writer_(writer), readers_(readers) {}

  /// GET /workspaces
  [[nodiscard]] Result<http::Response> list(const http::Request& request, const keys::Grant& grant);
  /// DELETE /workspaces/:workspaceId, with all that is in it
  [[nodiscard]] Result<http::Response> remove(const http::Request& request, const keys::Grant& grant);

 private:
  runs::WorkspaceFolders& folders_;
  store::Writer& writer_;
  store::Readers& readers_;
};

}   // namespace capid::api
