// SPDX-License-Identifier: Apache-2.0
// What happens in runs and threads, over HTTP: one run's events, live or as a list, and a thread's, in pages.
#pragma once

#include <functional>
#include <memory>

#include "api/event_line.h"
#include "http/message.h"
#include "keys/keys.h"
#include "store/readers.h"

namespace capid::api {

class Events {
 public:
  /// Whether a caller may still see what it asked for.
  using Recheck = std::function<Result<void>(const keys::Grant& grant)>;

  /// At most `most` streams are open at once.
  Events(store::Readers& readers, threads::Feed& feed, Recheck recheck, size_t most)
      : readers_(readers), feed_(feed), recheck_(std::move(recheck)), seats_(most) {}

  /// GET /runs/:runId/events: Server-Sent Events until the run ends or the caller may no longer see it, or a page of JSON where the client asks for that.
  [[nodiscard]] Result<http::Response> of_run(const http::Request& request, const keys::Grant& grant);
  /// GET /threads/:threadId
  [[nodiscard]] Result<http::Response> of_thread(const http::Request& request, const keys::Grant& grant);

 private:
  [[nodiscard]] Result<http::Response> stream(const http::Request& request, const std::string& run,
                                              const keys::Grant& grant);

  store::Readers& readers_;
  threads::Feed& feed_;
  Recheck recheck_;
  Seats seats_;
};

}   // namespace capid::api
