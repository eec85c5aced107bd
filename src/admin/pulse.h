// SPDX-License-Identifier: Apache-2.0
// The pulse: one stream a page that says when something has changed, so that nothing in it needs to ask again and again.
#pragma once

#include <atomic>

#include "accounts/sessions.h"
#include "admin/guard.h"
#include "threads/feed.h"

namespace capid::admin {

class Pulse {
 public:
  /// At most `most_watchers` pages are told at once.
  Pulse(accounts::Sessions& sessions, threads::Feed& feed, store::Readers& readers, int64_t most_watchers)
      : sessions_(sessions), feed_(feed), readers_(readers), most_watchers_(most_watchers) {}

  /// GET /admin/api/pulse: Server-Sent Events until the session ends: at once, and after each change of a run, twice a second at
  /// most, {active, balance}.
  [[nodiscard]] Result<http::Response> stream(const http::Request& request, const Visitor& visitor);

 private:
  accounts::Sessions& sessions_;
  threads::Feed& feed_;
  store::Readers& readers_;
  const int64_t most_watchers_;
  std::atomic<int64_t> watchers_{0};
};

}   // namespace capid::admin
