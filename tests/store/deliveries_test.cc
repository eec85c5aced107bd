// SPDX-License-Identifier: Apache-2.0
#include "store/deliveries.h"

#include "base/text.h"
#include "tests/support/temp_folder.h"
#include "tests/support/test.h"

using namespace capid;
using namespace capid::store;

namespace {

constexpr int64_t kFar = 1'000'000;

struct Deliveries : test::TestStore {
  std::string ada = add_account("ada");
  std::string bob = add_account("bob");

  std::string add(const std::string& account, const std::string& receiver,
                  const std::optional<std::string>& run = std::nullopt) {
    return commit([&](Transaction& transaction) {
             return insert_delivery(transaction, {.lane = {account, receiver},
                                                  .run = run,
                                                  .url = receiver + "/hook",
                                                  .body = std::string("{\"a\":\"\xc3\xa4\"}")});
           })
        .value();
  }
  std::optional<TakenDelivery> take(const std::string& id) {
    return commit([&](Transaction& t) { return take_delivery(t, id, "here"); }).value();
  }
  bool end(const TakenDelivery& taken, const AfterAttempt& after, const AttemptEnd& how = {}) {
    return commit([&](Transaction& t) { return end_attempt(t, taken, how, after); }).value();
  }
  void put_off(const std::string& id, int64_t delay_ms) {
    CHECK(end(take(id).value(), {.status = DeliveryStatus::kPending, .next_attempt_at = clock.now_ms() + delay_ms}));
  }
  bool again(const std::string& id) {
    return commit([&](Transaction& t) { return send_again(t, id); }).value();
  }
  std::string lanes() {
    std::vector<std::string> seen;
    std::optional<DeliveryLane> last;
    while (auto next = read([&](Database& d) { return next_lane(d, last); })) {
      last = next->lane;
      seen.push_back((last->account == ada ? "ada " : "bob ") + last->receiver +
                     (next->first_due == 0 ? " at once" : " in " + std::to_string(next->first_due - clock.now_ms())));
    }
    return base::join(seen, ", ");
  }
  std::vector<std::string> due(const std::string& receiver, int64_t limit = 100) {
    std::vector<std::string> ids;
    const auto now = clock.now_ms();
    for (const DueDelivery& one : read([&](Database& d) {
           return due_deliveries(d, {ada, receiver}, now, now + kFar, limit);
         })) {
      CHECK(one.bytes == 10);
      ids.push_back(one.id);
    }
    return ids;
  }
  std::string log(const std::string& id) {
    const auto delivery = read([&](Database& d) { return find_delivery(d, id); }).value();
    std::string text(to_string(delivery.status));
    for (const Attempt& attempt : read([&](Database& d) { return attempts_of_delivery(d, id); })) {
      text += " " + std::to_string(attempt.number) + (attempt.ended_at ? "" : "...") + ":" +
              (attempt.end.http_status ? std::to_string(*attempt.end.http_status) : attempt.end.error.value_or("-"));
    }
    return text;
  }
};

using Ids = std::vector<std::string>;

}   // namespace

TEST_CASE("a delivery is taken once a try, and its tries are the log") {
  Deliveries house;
  const std::string id = house.add(house.ada, "http://a:80");
  CHECK(house.log(id) == "pending");
  const auto taken = house.take(id);
  REQUIRE(taken);
  CHECK(taken->account == house.ada);
  CHECK(taken->url == "http://a:80/hook");
  CHECK(taken->attempt == 1);
  CHECK(taken->in_series == 1);
  CHECK_FALSE(house.take(id));
  CHECK(house.log(id) == "sending 1...:-");
  CHECK(house.read([&](Database& d) { return body_of_delivery(d, id); }) == "{\"a\":\"\xc3\xa4\"}");
  CHECK(house.end(*taken, {.status = DeliveryStatus::kPending, .next_attempt_at = house.clock.now_ms() + 5},
                  {.address = "192.0.2.1", .http_status = {}, .error = "reset"}));
  CHECK_FALSE(house.end(*taken, {.status = DeliveryStatus::kDelivered}));   // an old try changes nothing
  const auto second = house.take(id);
  REQUIRE(second);
  CHECK(second->attempt == 2);
  CHECK(house.end(*second, {.status = DeliveryStatus::kDelivered}, {.http_status = 204}));
  CHECK(house.log(id) == "delivered 1:reset 2:204");
  CHECK_FALSE(house.take(id));
}

TEST_CASE("what was ended can be sent again: the same delivery, a new series of tries") {
  Deliveries house;
  const std::string id = house.add(house.ada, "http://a:80");
  CHECK_FALSE(house.again(id));
  const auto first = house.take(id);
  CHECK_FALSE(house.again(id));
  CHECK(house.end(*first, {.status = DeliveryStatus::kFailed}, {.http_status = 410}));
  CHECK(house.again(id));
  CHECK_FALSE(house.again(id));
  const auto second = house.take(id);
  REQUIRE(second);
  CHECK(second->attempt == 2);
  CHECK(second->in_series == 1);
  CHECK_FALSE(house.again("nobody"));
}

TEST_CASE("lanes with something pending are found one after the other, with what is due first in each") {
  Deliveries house;
  CHECK(house.lanes().empty());
  const std::string early = house.add(house.ada, "http://b:80");
  house.add(house.bob, "http://a:80");
  house.put_off(house.add(house.ada, "http://b:80"), -7);
  const std::string alone = house.add(house.ada, "http://a:80");
  CHECK(house.lanes() == "ada http://a:80 at once, ada http://b:80 at once, bob http://a:80 at once");
  CHECK(house.take(alone));
  house.put_off(early, 5);
  CHECK(house.lanes() == "ada http://b:80 in -7, bob http://a:80 at once");
}

TEST_CASE(
    "due is what has come to its time, longest due first, and what a clock that was set back has put too far off") {
  Deliveries house;
  const std::string now = house.add(house.ada, "r"), late = house.add(house.ada, "r"), soon = house.add(house.ada, "r"),
                    never = house.add(house.ada, "r"), other = house.add(house.ada, "s");
  house.put_off(late, -10);
  house.put_off(soon, 1);
  house.put_off(never, kFar + 1);
  CHECK(house.due("r") == Ids{now, late, never});
  CHECK(house.due("r", 1) == Ids{now});
  CHECK(house.due("s") == Ids{other});
  house.clock.advance(1);
  CHECK(house.due("r") == Ids{now, late, soon});
}

TEST_CASE("what a server had on its way is found by its name") {
  Deliveries house;
  const std::string id = house.add(house.ada, "r");
  house.add(house.ada, "r");
  CHECK(house.take(id));
  const auto here = house.read([&](Database& d) { return deliveries_being_sent(d, "here"); });
  REQUIRE(here.size() == 1);
  CHECK(here[0].id == id);
  CHECK(here[0].attempt == 1);
  CHECK(house.read([&](Database& d) { return deliveries_being_sent(d, "there"); }).empty());
  CHECK(house.read([&](Database& d) { return count_deliveries(d, DeliveryStatus::kSending); }) == 1);
  CHECK(house.read([&](Database& d) { return count_deliveries(d, DeliveryStatus::kPending); }) == 1);
}

TEST_CASE("the list goes by account, run and status, newest first") {
  Deliveries house;
  const std::string run = house.add_run(house.ada);
  const std::string one = house.add(house.ada, "r", run), two = house.add(house.ada, "r"),
                    three = house.add(house.bob, "r");
  CHECK(house.end(house.take(two).value(), {.status = DeliveryStatus::kDelivered}, {.http_status = 200}));
  const auto list = [&](const DeliveryFilter& filter) {
    Ids ids;
    for (const Delivery& delivery : house.read([&](Database& d) { return list_deliveries(d, filter); }))
      ids.push_back(delivery.id);
    return ids;
  };
  CHECK(list({}) == Ids{three, two, one});
  CHECK(list({.limit = 1}) == Ids{three});
  CHECK(list({.account = house.ada}) == Ids{two, one});
  CHECK(list({.run = run}) == Ids{one});
  CHECK(list({.account = house.bob, .run = run}) == Ids{});
  CHECK(list({.status = DeliveryStatus::kDelivered}) == Ids{two});
  CHECK(list({.account = house.ada, .status = DeliveryStatus::kPending}) == Ids{one});
  CHECK(list({.run = run, .status = DeliveryStatus::kFailed}) == Ids{});
}

TEST_CASE("the names of a delivery's states are read back") {
  for (const auto status :
       {DeliveryStatus::kPending, DeliveryStatus::kSending, DeliveryStatus::kDelivered, DeliveryStatus::kFailed})
    CHECK(to_delivery_status(to_string(status)) == status);
  CHECK_FALSE(to_delivery_status("gone"));
}
