// SPDX-License-Identifier: Apache-2.0
// A run's artifacts over HTTP: the list, and the bytes of one.
#pragma once

#include <string>

#include "files/blobs.h"
#include "http/message.h"
#include "keys/keys.h"
#include "store/readers.h"

namespace capid::api {

class Artifacts {
 public:
  Artifacts(files::Blobs& blobs, store::Readers& readers, std::string public_url)
      : blobs_(blobs), readers_(readers), public_url_(std::move(public_url)) {}

  /// GET /runs/:runId/artifacts
  [[nodiscard]] Result<http::Response> list(const http::Request& request, const keys::Grant& grant);
  /// GET /runs/:runId/artifacts/:artifactId
  [[nodiscard]] Result<http::Response> get(const http::Request& request, const keys::Grant& grant);

 private:
  files::Blobs& blobs_;
  store::Readers& readers_;
  std::string public_url_;
};

}   // namespace capid::api
