// SPDX-License-Identifier: Apache-2.0
#include "store/deliveries.h"

#include <array>

namespace capid::store {
namespace {

// The time of what is due at once: no clock that is set back puts it off.
constexpr int64_t kAtOnce = 0;

constexpr std::array<std::string_view, 4> kStatusNames{"pending", "sending", "delivered", "failed"};

#define CAPID_DELIVERY_COLUMNS                                                                                         \
  "deliveries.id, deliveries.account_id, accounts.name, run_id, url, status, next_attempt_at, deliveries.created_at, " \
  "ended_at FROM deliveries JOIN accounts ON accounts.id = deliveries.account_id "

Delivery read_delivery(Query& row) {
  const auto status = to_delivery_status(row.text(5));
  CHECK(status);
  return {.id = row.text(0),
          .account = row.text(1),
          .account_name = row.text(2),
          .run = row.maybe_text(3),
          .url = row.text(4),
          .status = *status,
          .next_attempt_at = row.maybe_integer(6),
          .created_at = row.integer(7),
          .ended_at = row.maybe_integer(8)};
}

TakenDelivery read_taken(Query& row) {
  return {.id = row.text(0),
          .account = row.text(1),
          .url = row.text(2),
          .attempt = row.integer(3),
          .in_series = row.integer(4),
          .run = row.maybe_text(5)};
}

PendingLane read_lane(Query& row) {
  return {.lane = {.account = row.text(0), .receiver = row.text(1)}, .first_due = row.integer(2)};
}

}   // namespace

std::string_view to_string(DeliveryStatus status) { return kStatusNames[static_cast<size_t>(status)]; }

std::optional<DeliveryStatus> to_delivery_status(std::string_view text) {
  for (size_t i = 0; i < kStatusNames.size(); ++i) {
    if (kStatusNames[i] == text) return static_cast<DeliveryStatus>(i);
  }
  return std::nullopt;
}

Result<std::string> insert_delivery(Transaction& transaction, const NewDelivery& delivery) {
  const std::string id = transaction.new_id();
  TRY(transaction.database().execute(
      R"sql(INSERT INTO deliveries (id, account_id, run_id, kind, url, receiver, status, next_attempt_at, created_at, bytes)
            VALUES (?, ?, ?, ?, ?, ?, 'pending', ?, ?, ?))sql",
      id, delivery.lane.account, delivery.run, delivery.run ? "run" : "test", delivery.url, delivery.lane.receiver,
      kAtOnce, transaction.now_ms(), static_cast<int64_t>(delivery.body.size())));
  TRY(transaction.database().execute("INSERT INTO delivery_bodies (delivery_id, body) VALUES (?, ?)", id,
                                     Blob{delivery.body}));
  return id;
}

// Two questions, each a step on the index: of one, `(account_id, receiver) > (?, ?)`, SQLite would walk through the whole
// lane before. Every account and every receiver is more than an empty text.
Result<std::optional<PendingLane>> next_lane(Database& database, const std::optional<DeliveryLane>& after) {
  if (after) {
    auto of_account = TRY(
        read_one(database.query("SELECT account_id, receiver, next_attempt_at FROM deliveries WHERE status = 'pending' "
                                "AND account_id = ? AND receiver > ? ORDER BY receiver, next_attempt_at LIMIT 1",
                                after->account, after->receiver),
                 read_lane));
    if (of_account) return of_account;
  }
  return read_one(
      database.query("SELECT account_id, receiver, next_attempt_at FROM deliveries WHERE status = 'pending' "
                     "AND account_id > ? ORDER BY account_id, receiver, next_attempt_at LIMIT 1",
                     after ? after->account : ""),
      read_lane);
}

Result<std::vector<DueDelivery>> due_deliveries(Database& database, const DeliveryLane& lane, base::TimeMs now,
                                                base::TimeMs horizon, int64_t limit) {
  return read_all(database.query(R"sql(SELECT id, bytes FROM (
                             SELECT id, bytes FROM deliveries
                             WHERE status = 'pending' AND account_id = ?1 AND receiver = ?2 AND next_attempt_at <= ?3
                             ORDER BY next_attempt_at LIMIT ?5)
                           UNION ALL
                           SELECT id, bytes FROM deliveries
                           WHERE status = 'pending' AND account_id = ?1 AND receiver = ?2 AND next_attempt_at > ?4
                           LIMIT ?5)sql",
                                 lane.account, lane.receiver, now, horizon, limit),
                  [](Query& row) { return DueDelivery{.id = row.text(0), .bytes = row.integer(1)}; });
}

Result<std::optional<TakenDelivery>> take_delivery(Transaction& transaction, const std::string& id,
                                                   const std::string& node) {
  auto taken = TRY(read_one(
      transaction.database().query(
          R"sql(UPDATE deliveries SET status = 'sending', node = ?, attempt = attempt + 1, next_attempt_at = NULL
                WHERE id = ? AND status = 'pending'
                RETURNING id, account_id, url, attempt, attempt - first_attempt + 1, run_id)sql",
          node, id),
      read_taken));
  if (!taken) return taken;
  TRY(transaction.database().execute("INSERT INTO delivery_attempts (delivery_id, number, started_at) VALUES (?, ?, ?)",
                                     id, taken->attempt, transaction.now_ms()));
  return taken;
}

Result<std::string> body_of_delivery(Database& database, const std::string& id) {
  const auto body = TRY(read_one(database.query("SELECT body FROM delivery_bodies WHERE delivery_id = ?", id),
                                 [](Query& row) { return row.blob(0); }));
  if (!body) return Error{Code::kInternal, "the delivery's content is missing in the database"};
  return *body;
}

Result<bool> end_attempt(Transaction& transaction, const TakenDelivery& taken, const AttemptEnd& end,
                         const AfterAttempt& after) {
  const bool over = after.status != DeliveryStatus::kPending;
  const int64_t changed = TRY(transaction.database().execute(
      R"sql(UPDATE deliveries SET status = ?, next_attempt_at = ?, ended_at = ?, node = NULL
            WHERE id = ? AND attempt = ? AND status = 'sending')sql",
      to_string(after.status), after.next_attempt_at, over ? std::optional(transaction.now_ms()) : std::nullopt,
      taken.id, taken.attempt));
  if (changed == 0) return false;
  TRY(transaction.database().execute(
      "UPDATE delivery_attempts SET ended_at = ?, address = ?, http_status = ?, error = ? "
      "WHERE delivery_id = ? AND number = ?",
      transaction.now_ms(), end.address, end.http_status, end.error, taken.id, taken.attempt));
  return true;
}

Result<std::vector<TakenDelivery>> deliveries_being_sent(Database& database, const std::string& node) {
  return read_all(
      database.query("SELECT id, account_id, url, attempt, attempt - first_attempt + 1, run_id FROM deliveries "
                     "WHERE status = 'sending' AND node = ?",
                     node),
      read_taken);
}

Result<bool> send_again(Transaction& transaction, const std::string& id) {
  const int64_t changed = TRY(transaction.database().execute(
      R"sql(UPDATE deliveries SET status = 'pending', first_attempt = attempt + 1, next_attempt_at = ?, ended_at = NULL
            WHERE id = ? AND status IN ('delivered', 'failed'))sql",
      kAtOnce, id));
  return changed == 1;
}

// A statement for each index that there is. Most are delivered and few are on their way, so of the states only the failed ones have one.
Result<std::vector<Delivery>> list_deliveries(Database& database, const DeliveryFilter& filter) {
  const char* of_run = "SELECT " CAPID_DELIVERY_COLUMNS
                       "WHERE run_id = ?2 AND (?1 IS NULL OR deliveries.account_id = ?1) "
                       "AND (?3 IS NULL OR status = ?3) AND (?5 IS NULL OR deliveries.id < ?5) "
                       "ORDER BY deliveries.id DESC LIMIT ?4";
  const char* of_account = "SELECT " CAPID_DELIVERY_COLUMNS
                           "WHERE deliveries.account_id = ?1 AND (?2 IS NULL OR run_id = ?2) "
                           "AND (?3 IS NULL OR status = ?3) AND (?5 IS NULL OR deliveries.id < ?5) "
                           "ORDER BY deliveries.id DESC LIMIT ?4";
  const char* of_failed = "SELECT " CAPID_DELIVERY_COLUMNS
                          "WHERE deliveries.account_id = ?1 AND ?2 IS NULL AND status = 'failed' AND ?3 = 'failed' "
                          "AND (?5 IS NULL OR deliveries.id < ?5) ORDER BY deliveries.id DESC LIMIT ?4";
  const char* of_all = "SELECT " CAPID_DELIVERY_COLUMNS
                       "WHERE ?1 IS NULL AND ?2 IS NULL AND (?3 IS NULL OR status = ?3) "
                       "AND (?5 IS NULL OR deliveries.id < ?5) "
                       "ORDER BY deliveries.id DESC LIMIT ?4";
  const auto status = filter.status ? std::optional(std::string(to_string(*filter.status))) : std::nullopt;
  const char* statement = filter.run ? of_run : (filter.account ? of_account : of_all);
  if (!filter.run && filter.account && filter.status == DeliveryStatus::kFailed) statement = of_failed;
  return read_all(database.query(statement, filter.account, filter.run, status, filter.limit, filter.before),
                  read_delivery);
}

Result<std::optional<Delivery>> find_delivery(Database& database, const std::string& id) {
  return read_one(database.query("SELECT " CAPID_DELIVERY_COLUMNS "WHERE deliveries.id = ?", id), read_delivery);
}

Result<std::vector<Attempt>> attempts_of_delivery(Database& database, const std::string& id) {
  return read_all(
      database.query("SELECT number, started_at, ended_at, address, http_status, error "
                     "FROM delivery_attempts WHERE delivery_id = ? ORDER BY number",
                     id),
      [](Query& row) {
        return Attempt{
            .number = row.integer(0),
            .started_at = row.integer(1),
            .ended_at = row.maybe_integer(2),
            .end = {.address = row.maybe_text(3), .http_status = row.maybe_integer(4), .error = row.maybe_text(5)}};
      });
}

Result<int64_t> count_deliveries(Database& database, DeliveryStatus status) {
  const char* sql = status == DeliveryStatus::kPending ? "SELECT count(*) FROM deliveries WHERE status = 'pending'"
                                                       : "SELECT count(*) FROM deliveries WHERE status = 'sending'";
  const auto count = TRY(read_one(database.query(sql), [](Query& row) { return row.integer(0); }));
  return count.value_or(0);
}

#undef CAPID_DELIVERY_COLUMNS

}   // namespace capid::store
