// SPDX-License-Identifier: Apache-2.0
// The pulse: one stream a page that says when something has changed, so that nothing in it needs to ask again and again.
#pragma once

#include "accounts/sessions.h"
#include "admin/guard.h"
#include "api/event_line.h"

namespace capid::admin {

class Pulse {
 public:
  /// At most `most` pages are told at once.
  Pulse(accounts::Sessions& sessions, threads::Feed& feed, store::Readers& readers, size_t most)
      : sessions_(sessions), feed_(feed), readers_(readers), seats_(most) {}

  /// GET /admin/api/pulse: Server-Sent Events until the session ends: at once, and after each change of a run, twice a second at
  /// most, {active, balance}.
  [[nodiscard]] Result<http::Response> stream(const http::Request& request, const Visitor& visitor);

 private:
  accounts::Sessions& sessions_;
  threads::Feed& feed_;
  store::Readers& readers_;
  api::Seats seats_;
};

}   // namespace capid::admin
