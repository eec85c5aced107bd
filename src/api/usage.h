// SPDX-License-Identifier: Apache-2.0
// What an account has left and what it spent, over HTTP.
#pragma once

#include "base/clock.h"
#include "http/message.h"
#include "keys/keys.h"
#include "store/readers.h"

namespace capid::api {

class Usage {
 public:
  Usage(store::Readers& readers, const base::Clock& clock, bool enforced)
      : readers_(readers), clock_(clock), enforced_(enforced) {}

  /// GET /usage?days=30: by day, by app and by model
  [[nodiscard]] Result<http::Response> get(const http::Request& request, const keys::Grant& grant);

 private:
  store::Readers& readers_;
  const base::Clock& clock_;
  bool enforced_;
};

}   // namespace capid::api
