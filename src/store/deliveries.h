// SPDX-License-Identifier: Apache-2.0
// Deliveries as rows: inserted pending, taken once a try, ended once. The table is the outbox, the schedule and the log.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/transaction.h"

namespace capid::store {

enum class DeliveryStatus { kPending, kSending, kDelivered, kFailed };

[[nodiscard]] std::string_view to_string(DeliveryStatus status);

/// Nothing where no status is called that.
[[nodiscard]] std::optional<DeliveryStatus> to_delivery_status(std::string_view text);

/// Deliveries of one account to one receiver: they share what may be on its way at once.
struct DeliveryLane {
  std::string account;
  std::string receiver;   ///< scheme, host and port

  auto operator<=>(const DeliveryLane&) const = default;
};

/// A lane in which something is pending.
struct PendingLane {
  DeliveryLane lane;
  base::TimeMs first_due = 0;   ///< the earliest next try in it; 0: at once
};

struct NewDelivery {
  DeliveryLane lane;
  std::optional<std::string> run;   ///< nothing: a test
  std::string url;
  std::string body;
};

/// A pending delivery whose time has come.
struct DueDelivery {
  std::string id;
  int64_t bytes = 0;   ///< of its body
};

/// A delivery that was taken for a try. `run` is nothing for a test.
struct TakenDelivery {
  std::string id;
  std::string account;
  std::string url;
  int64_t attempt = 0;     ///< this try's number, over all series
  int64_t in_series = 0;   ///< its number since the delivery was last sent anew, from 1
  std::optional<std::string> run;
};

/// What a try came to.
struct AttemptEnd {
  std::optional<std::string> address;   ///< that was dialled
  std::optional<int64_t> http_status;
  std::optional<std::string> error;
};

/// What becomes of a delivery after a try.
struct AfterAttempt {
  DeliveryStatus status = DeliveryStatus::kFailed;   ///< never kSending
  std::optional<base::TimeMs> next_attempt_at;       ///< where it is kPending
};

struct Attempt {
  int64_t number = 0;
  base::TimeMs started_at = 0;
  std::optional<base::TimeMs> ended_at;
  AttemptEnd end;
};

struct Delivery {
  std::string id;
  std::string account;
  std::string account_name;
  std::optional<std::string> run;
  std::string url;
  DeliveryStatus status = DeliveryStatus::kPending;
  std::optional<base::TimeMs> next_attempt_at;   ///< 0: at once
  base::TimeMs created_at = 0;
  std::optional<base::TimeMs> ended_at;
};

struct DeliveryFilter {
  std::optional<std::string> account;   ///< its id
  std::optional<std::string> run;
  std::optional<DeliveryStatus> status;
  int64_t limit = 20;
  std::optional<std::string> before = {};   ///< only deliveries with a smaller id
};

/// Inserts a pending delivery that is due now, and returns its id, which is the receiver's `webhook-id`.
[[nodiscard]] Result<std::string> insert_delivery(Transaction& transaction, const NewDelivery& delivery);

/// The first lane after `after` in which something is pending; of all, where `after` is nothing.
[[nodiscard]] Result<std::optional<PendingLane>> next_lane(Database& database,
                                                           const std::optional<DeliveryLane>& after);

/// What is due in a lane, the longest due first. A time later than `horizon`, the latest that any retry can have, was
/// written by a clock that has been set back since: that is due as well.
[[nodiscard]] Result<std::vector<DueDelivery>> due_deliveries(Database& database, const DeliveryLane& lane,
                                                              base::TimeMs now, base::TimeMs horizon, int64_t limit);

/// pending to sending, by `node`: the one way in which a delivery is taken for a try. The try counts from here on. Nothing
/// where it is not pending any more.
[[nodiscard]] Result<std::optional<TakenDelivery>> take_delivery(Transaction& transaction, const std::string& id,
                                                                 const std::string& node);

[[nodiscard]] Result<std::string> body_of_delivery(Database& database, const std::string& id);

/// Ends a try. False where it had ended before.
[[nodiscard]] Result<bool> end_attempt(Transaction& transaction, const TakenDelivery& taken, const AttemptEnd& end,
                                       const AfterAttempt& after);

/// What `node` had on its way.
[[nodiscard]] Result<std::vector<TakenDelivery>> deliveries_being_sent(Database& database, const std::string& node);

/// Ended to pending, due now, with a new series of tries. False where it is on its way, or there is none.
[[nodiscard]] Result<bool> send_again(Transaction& transaction, const std::string& id);

/// Newest first.
[[nodiscard]] Result<std::vector<Delivery>> list_deliveries(Database& database, const DeliveryFilter& filter);
[[nodiscard]] Result<std::optional<Delivery>> find_delivery(Database& database, const std::string& id);
[[nodiscard]] Result<std::vector<Attempt>> attempts_of_delivery(Database& database, const std::string& id);

/// How many are pending or being sent.
[[nodiscard]] Result<int64_t> count_deliveries(Database& database, DeliveryStatus status);

}   // namespace capid::store
