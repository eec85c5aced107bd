// SPDX-License-Identifier: Apache-2.0
// Threads and their events as rows. Events are numbered within their thread, from 1, without gaps.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "store/transaction.h"

namespace capid::store {

inline constexpr size_t kMaxEventBytes = 4 << 20;

struct Thread {
  std::string id;
  std::string account;
  std::string app;
  int64_t last_sequence = 0;
  base::TimeMs created_at = 0;
};

struct Event {
  int64_t sequence = 0;
  std::string run;
  std::string type;
  std::string data;   ///< a JSON object
  base::TimeMs created_at = 0;
};

[[nodiscard]] Result<std::string> insert_thread(Transaction& transaction, const std::string& account,
                                                const std::string& app);

[[nodiscard]] Result<std::optional<Thread>> find_thread(Database& database, const std::string& id);

/// Appends one event; its sequence is the thread's next.
[[nodiscard]] Result<int64_t> append_event(Transaction& transaction, const std::string& thread, const std::string& run,
                                           const std::string& type, const std::string& data);

/// In the order of their sequences, from the first after `after_sequence` on: at most `limit`, and no further once they
/// hold kMaxEventBytes.
[[nodiscard]] Result<std::vector<Event>> events_of_thread(Database& database, const std::string& thread,
                                                          int64_t after_sequence, int64_t limit);

/// The same for the events of one run on that thread.
[[nodiscard]] Result<std::vector<Event>> events_of_run(Database& database, const std::string& thread,
                                                       const std::string& run, int64_t after_sequence, int64_t limit);

}   // namespace capid::store
