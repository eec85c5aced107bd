// SPDX-License-Identifier: Apache-2.0
// What happens in runs and threads, over HTTP: one run's events, live or as a list, and a thread's, in pages.
#pragma once

#include <atomic>
#include <memory>

#include "api/http.h"
#include "keys/keys.h"
#include "store/readers.h"
#include "threads/feed.h"

namespace capid::api {

class Events {
 public:
  /// At most `most_watchers` streams are open at once.
  Events(store::Readers& readers, threads::Feed& feed, const keys::Verifier& verifier, int64_t most_watchers)
      : readers_(readers), feed_(feed), verifier_(verifier), most_watchers_(most_watchers) {}

  /// GET /runs/:runId/events: Server-Sent Events until the run ends or the key is no longer good, or a page of JSON where the client asks for that.
  [[nodiscard]] Result<Response> of_run(const Request& request, const keys::Grant& grant);
  /// GET /threads/:threadId
  [[nodiscard]] Result<Response> of_thread(const Request& request, const keys::Grant& grant);

 private:
  [[nodiscard]] Result<Response> stream(const Request& request, const std::string& run, const keys::Grant& grant);

  store::Readers& readers_;
  threads::Feed& feed_;
  const keys::Verifier& verifier_;
  const int64_t most_watchers_;
  std::atomic<int64_t> watchers_{0};
};

}   // namespace capid::api
