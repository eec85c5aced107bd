// SPDX-License-Identifier: Apache-2.0
// Retention: what is old, or more than there shall be, is removed in steps so small that nobody waits for one.
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "apps/registry.h"
#include "files/blobs.h"
#include "store/readers.h"
#include "store/removal.h"
#include "store/writer.h"

namespace capid::runs {

class Retention {
 public:
  /// How long what belongs to a finished run is kept, and how much of it. Nothing: as long as the run, or all of it.
  struct Kept {
    int64_t runs_ms = 0;
    std::optional<int64_t> files_ms;
    std::optional<int64_t> artifacts_ms;
    std::optional<int64_t> events_ms;
    std::optional<int64_t> bytes;
  };

  struct Options {
    Kept all;
    std::map<std::string, Kept> apps;   ///< those that are kept otherwise
    int64_t deliveries_ms = 0;
    int64_t audit_ms = 0;
  };

  Retention(Options options, store::Writer& writer, store::Readers& readers, const base::Clock& clock,
            const files::Blobs& blobs, apps::Registry& apps);
  ~Retention() { stop(); }
  Retention(const Retention&) = delete;
  Retention& operator=(const Retention&) = delete;

  /// Looks once a minute, or more often where something is kept for minutes only, on a thread of its own. A clock that jumps forward
  /// by more than a day is not believed for an hour: whoever sets it right in that time loses nothing.
  void start();
  void stop();

 private:
  using Steady = std::chrono::steady_clock;

  void work();
  bool pause(std::chrono::milliseconds time);
  [[nodiscard]] Result<void> pass();
  [[nodiscard]] Result<std::optional<base::TimeMs>> believed_time();
  [[nodiscard]] Result<void> look_at_app(const std::string& app, base::TimeMs now);
  [[nodiscard]] Result<void> strip(const std::string& app, store::Hanging kind, base::TimeMs before);
  [[nodiscard]] Result<void> remove_old_runs(const std::string& app, base::TimeMs before);
  [[nodiscard]] Result<void> shrink_all();
  [[nodiscard]] Result<void> shrink_to(const std::optional<std::string>& app, std::optional<int64_t> bytes);
  [[nodiscard]] Result<void> remove_runs(const std::vector<std::string>& runs);
  [[nodiscard]] Result<void> remove_old_records(base::TimeMs now);
  [[nodiscard]] Result<void> remove_blobs();
  [[nodiscard]] const Kept& kept(const std::string& app) const;

  const Options options_;
  store::Writer& writer_;
  store::Readers& readers_;
  const base::Clock& clock_;
  const files::Blobs& blobs_;
  apps::Registry& apps_;
  std::chrono::milliseconds every_;
  std::optional<base::TimeMs> believed_;   // and when it was
  Steady::time_point believed_at_;
  std::optional<Steady::time_point> doubted_since_;
  std::mutex mutex_;
  std::condition_variable stopped_;
  bool stopping_ = false;
  std::thread thread_;
};

}   // namespace capid::runs
