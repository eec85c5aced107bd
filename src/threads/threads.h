// SPDX-License-Identifier: Apache-2.0
// The step-by-step record of a run: what may be appended to its thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "store/artifacts.h"
#include "store/threads.h"

namespace capid::threads {

/// Where an event goes: the thread, and the run that made it.
struct Place {
  std::string thread;
  std::string run;
};

/// One stage of a run's life, in words for people: "Starting sandbox", "completed".
[[nodiscard]] Result<void> append_status(store::Transaction& transaction, const Place& place, const std::string& status,
                                         const std::string& message);

/// Something that came from a run, as the thread will have it.
struct News {
  std::string type;
  std::string data;   ///< a JSON object
};
[[nodiscard]] Result<void> append(store::Transaction& transaction, const Place& place, const std::vector<News>& news);

/// What the agent wrote to stderr. `truncated` marks the last event of a log that went over its bound.
[[nodiscard]] News news_of_log(std::string_view bytes, bool truncated);

/// A connection that the run made, or was refused.
struct Connection {
  std::string host;   ///< empty: it asked for no host that could be understood
  uint16_t port = 0;
  std::string outcome;   ///< allowed, refused or failed
  std::string reason;    ///< one sentence; empty where there is nothing to say
  int64_t bytes_up = 0;
  int64_t bytes_down = 0;
};

/// An event of the log's, of the stream "network".
[[nodiscard]] News news_of(const Connection& connection);

/// That so many further ones of a kind (as people call it) have no events of their own, in a stream of the log's.
[[nodiscard]] News news_of_more(const std::string& stream, const std::string& kind, int64_t count);

/// What one call of a model took.
struct ModelUsage {
  std::string model;
  int64_t input_tokens = 0;    ///< all of them
  int64_t cached_tokens = 0;   ///< of those
  int64_t output_tokens = 0;
  int64_t credits = 0;     ///< micro-credits
  bool is_guess = false;   ///< the model's server did not tell
};
[[nodiscard]] Result<void> append_usage(store::Transaction& transaction, const Place& place, const ModelUsage& usage);

/// A file that the run left.
[[nodiscard]] Result<void> append_artifact(store::Transaction& transaction, const Place& place,
                                           const std::string& artifact_id, const store::NewArtifact& artifact);

/// A file that the run left and that was not taken, with the reason.
[[nodiscard]] Result<void> append_skipped_file(store::Transaction& transaction, const Place& place,
                                               const std::string& path, const std::string& reason);

/// Whether a new run of `app` may continue a thread. Errors: kThreadNotFound where the account has no such thread, or it
/// belongs to another app (kAppScopeRestricted where the caller's key is `scoped` to one); kThreadBusy while a run on it
/// is unfinished.
[[nodiscard]] Result<void> check_continuable(store::Transaction& transaction, const std::string& account,
                                             const std::string& app, const std::string& thread, bool scoped);

/// An event as the API, the live stream and /in/thread.jsonl show it.
[[nodiscard]] OrderedJson render_event(const store::Event& event);

}   // namespace capid::threads
