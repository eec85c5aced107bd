// SPDX-License-Identifier: Apache-2.0
// Health over HTTP: is the process alive, may it be given work.
#pragma once

#include <functional>

#include "apps/registry.h"
#include "http/message.h"
#include "keys/keys.h"

namespace capid::api {

class Health {
 public:
  /// `is_ready` says whether the server accepts runs and its store answers.
  Health(apps::Registry& apps, keys::Verifier& verifier, std::function<Result<void>()> is_ready)
      : apps_(apps), verifier_(verifier), is_ready_(std::move(is_ready)) {}

  /// GET /livez
  [[nodiscard]] Result<http::Response> live(const http::Request& request);
  /// GET /readyz; with ?verbose and an admin's key of no single app, also what each app's state is
  [[nodiscard]] Result<http::Response> ready(const http::Request& request);

 private:
  apps::Registry& apps_;
  keys::Verifier& verifier_;
  std::function<Result<void>()> is_ready_;
};

}   // namespace capid::api
