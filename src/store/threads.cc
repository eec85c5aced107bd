// SPDX-License-Identifier: Apache-2.0
#include "store/threads.h"

namespace capid::store {
namespace {

Event read_event(Query& row) {
  return {.sequence = row.integer(0),
          .run = row.text(1),
          .type = row.text(2),
          .data = row.text(3),
          .created_at = row.integer(4)};
}

Result<std::vector<Event>> read_some(Result<Query> query) {
  std::vector<Event> events;
  if (!query) return std::move(query).error();
  for (size_t bytes = 0; bytes < kMaxEventBytes && TRY(query->next());) {
    events.push_back(read_event(*query));
    bytes += events.back().data.size();
  }
  return events;
}

}   // namespace

Result<std::string> insert_thread(Transaction& transaction, const std::string& account, const std::string& app) {
  const std::string id = transaction.new_id();
  TRY(transaction.database().execute("INSERT INTO threads (id, account_id, app_id, created_at) VALUES (?, ?, ?, ?)", id,
                                     account, app, transaction.now_ms()));
  return id;
}

Result<std::optional<Thread>> find_thread(Database& database, const std::string& id) {
  return read_one(
      database.query("SELECT id, account_id, app_id, last_sequence, created_at FROM threads WHERE id = ?", id),
      [](Query& row) {
        return Thread{.id = row.text(0),
                      .account = row.text(1),
                      .app = row.text(2),
                      .last_sequence = row.integer(3),
                      .created_at = row.integer(4)};
      });
}

Result<int64_t> append_event(Transaction& transaction, const std::string& thread, const std::string& run,
                             const std::string& type, const std::string& data) {
  const auto sequence = TRY(
      read_one(transaction.database().query(
                   "UPDATE threads SET last_sequence = last_sequence + 1 WHERE id = ? RETURNING last_sequence", thread),
               [](Query& row) { return row.integer(0); }));
  if (!sequence) return Error{Code::kInternal, "an event was appended to a thread that is not there", {}, thread};
  TRY(transaction.database().execute(
      "INSERT INTO events (thread_id, sequence, run_id, type, data, created_at) VALUES (?, ?, ?, ?, ?, ?)", thread,
      *sequence, run, type, data, transaction.now_ms()));
  return *sequence;
}

Result<std::vector<Event>> events_of_thread(Database& database, const std::string& thread, int64_t after_sequence,
                                            int64_t limit) {
  return read_some(
      database.query("SELECT sequence, run_id, type, data, created_at FROM events WHERE thread_id = ? AND "
                     "sequence > ? ORDER BY sequence LIMIT ?",
                     thread, after_sequence, limit));
}

Result<std::vector<Event>> events_of_run(Database& database, const std::string& thread, const std::string& run,
                                         int64_t after_sequence, int64_t limit) {
  return read_some(
      database.query("SELECT sequence, run_id, type, data, created_at FROM events WHERE thread_id = ? AND "
                     "run_id = ? AND sequence > ? ORDER BY sequence LIMIT ?",
                     thread, run, after_sequence, limit));
}

}   // namespace capid::store
