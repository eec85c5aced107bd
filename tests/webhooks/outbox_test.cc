// SPDX-License-Identifier: Apache-2.0
#include "webhooks/outbox.h"

#include "base/crypto.h"
#include "base/ids.h"
#include "tests/net/receiver.h"
#include "tests/support/temp_folder.h"
#include "tests/support/test.h"
#include "webhooks/enqueue.h"

using namespace capid;
using namespace std::chrono_literals;
using store::DeliveryStatus;
using test::Peer;
using test::Receiver;

namespace {

constexpr const char* kOk = "HTTP/1.1 204 Fine\r\n\r\n";

Receiver::Serve answering(const std::string& answer) {
  return [=](const Peer& peer) {
    (void)peer.read_request();
    (void)peer.send(answer);
    peer.wait_for_end();
  };
}

void hang(const Peer& peer) { peer.hang(); }

std::string url_of(const Receiver& receiver) { return "http://127.0.0.1:" + std::to_string(receiver.port()) + "/hook"; }

struct House : test::TestStore {
  base::SecretKey instance{std::array<unsigned char, 32>{}};
  webhooks::Secrets secrets{instance};
  net::AddressGuard guard = net::AddressGuard::make({"127.0.0.0/8"}).value();
  std::unique_ptr<store::Readers> own_readers = store::Readers::open(path, 1).value();
  std::string ada = add_account("ada");
  std::unique_ptr<webhooks::Outbox> outbox;

  void make(int64_t timeout_ms = 20'000, const webhooks::Budget::Limits& limits = {}) {
    outbox = std::make_unique<webhooks::Outbox>(
        webhooks::Outbox::Options{
            .node = "here", .retry = {.retries = 3, .base_ms = 1}, .timeout_ms = timeout_ms, .limits = limits},
        guard, secrets, *writer, *own_readers, clock);
  }
  void start(int64_t timeout_ms = 20'000, const webhooks::Budget::Limits& limits = {}) {
    make(timeout_ms, limits);
    REQUIRE(outbox->recover());
    outbox->start();
  }
  std::string add(const std::string& url, const std::string& body = "{}") {
    return commit([&](store::Transaction& t) { return webhooks::enqueue(t, ada, std::nullopt, url, body); }).value();
  }
  std::string send(const std::string& url) {
    std::string id = add(url);
    outbox->wake();
    return id;
  }
  DeliveryStatus status(const std::string& id) {
    return read([&](store::Database& d) { return store::find_delivery(d, id); }).value().status;
  }
  std::vector<store::Attempt> attempts(const std::string& id) {
    return read([&](store::Database& d) { return store::attempts_of_delivery(d, id); });
  }
  // The clock is set by hand, and goes on while somebody waits.
  template <typename Condition>
  bool soon(Condition condition) {
    for (int i = 0; i < 4000; ++i) {
      if (condition()) return true;
      std::this_thread::sleep_for(5ms);
      clock.advance(5);
    }
    return false;
  }
  bool becomes(const std::string& id, DeliveryStatus wanted) {
    return soon([&] { return status(id) == wanted; });
  }
};

}   // namespace

TEST_CASE("a delivery goes out with its headers, and is over when it arrived") {
  std::mutex mutex;
  std::string request;
  Receiver receiver([&](const Peer& peer) {
    const std::lock_guard lock(mutex);
    request = peer.read_request();
    (void)peer.send(kOk);
  });
  House house;
  house.start();
  const std::string id = house.send(url_of(receiver));
  REQUIRE(house.becomes(id, DeliveryStatus::kDelivered));
  const std::lock_guard lock(mutex);
  CHECK(request.starts_with("POST /hook HTTP/1.1\r\n"));
  CHECK(request.find("\r\nwebhook-id: " + id + "\r\n") != std::string::npos);
  CHECK(request.find("\r\nwebhook-signature: v1,") != std::string::npos);
  CHECK(request.ends_with("\r\n\r\n{}"));
  const auto attempts = house.attempts(id);
  REQUIRE(attempts.size() == 1);
  CHECK(attempts[0].end.http_status == 204);
  CHECK(attempts[0].end.address == "127.0.0.1");
  CHECK(house.outbox->metrics().delivered.value() == 1);
  CHECK(house.outbox->metrics().failed.value() == 0);
}

TEST_CASE("one that does not arrive has four tries, and four more when it is sent again") {
  Receiver receiver(answering("HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"));
  House house;
  house.start();
  const std::string id = house.send(url_of(receiver));
  REQUIRE(house.becomes(id, DeliveryStatus::kFailed));
  CHECK(house.attempts(id).size() == 4);
  REQUIRE(house.commit([&](store::Transaction& t) { return store::send_again(t, id); }).value());
  REQUIRE(house.becomes(id, DeliveryStatus::kFailed));   // found by itself, as what a local command writes
  CHECK(house.attempts(id).size() == 8);
  CHECK(receiver.connections() == 8);
}

TEST_CASE("a try that a crash cut off counts, and the next start goes on from there") {
  Receiver receiver(answering(kOk));
  House house;
  const std::string once = house.add(url_of(receiver)), last = house.add(url_of(receiver));
  const auto cut_off = [&](const std::string& id) {
    REQUIRE(house.commit([&](store::Transaction& t) { return store::take_delivery(t, id, "here"); }).value());
  };
  cut_off(once);
  for (int i = 0; i < 4; ++i) {
    cut_off(last);
    house.make();
    if (i < 3) REQUIRE(house.outbox->recover());
    house.clock.advance(1000);
  }
  cut_off(once);
  house.start();
  CHECK(house.status(last) == DeliveryStatus::kFailed);
  REQUIRE(house.becomes(once, DeliveryStatus::kDelivered));
  const auto attempts = house.attempts(once);
  REQUIRE(attempts.size() == 3);
  CHECK(attempts[1].end.error == "capid was stopped while it waited for the answer");
  CHECK(house.attempts(last).size() == 4);
  CHECK(receiver.connections() == 1);
}

TEST_CASE("a stop waits for what is on its way, and leaves the rest to the next start") {
  Receiver hanging(hang);
  House house;
  house.start();
  const std::string id = house.send(url_of(hanging));
  REQUIRE(house.soon([&] { return hanging.connections() == 1; }));
  const std::string late = house.add(url_of(hanging));
  house.outbox->stop(10ms);
  CHECK(house.status(id) == DeliveryStatus::kSending);
  house.start();
  CHECK(house.attempts(id).at(0).end.error == "capid was stopped while it waited for the answer");
  CHECK(house.soon([&] { return hanging.connections() == 3; }));   // the second try of one, the first of the other
}

TEST_CASE("a stop lets a try that ends in time end") {
  std::atomic<bool> may_answer{false};
  Receiver slow([&](const Peer& peer) {
    (void)peer.read_request();
    while (!may_answer) std::this_thread::sleep_for(1ms);
    (void)peer.send(kOk);
    peer.wait_for_end();
  });
  House house;
  house.start();
  const std::string id = house.send(url_of(slow));
  REQUIRE(house.soon([&] { return slow.connections() == 1; }));
  std::thread stopping([&] { house.outbox->stop(20s); });
  may_answer = true;
  stopping.join();
  CHECK(house.status(id) == DeliveryStatus::kDelivered);
}

TEST_CASE("a receiver that hangs takes the room of its own deliveries alone") {
  Receiver hanging(hang), healthy(answering(kOk));
  House house;
  house.start(20'000, {.all = {8, 1 << 20}, .account = {4, 1 << 20}, .lane = {2, 1 << 20}});
  std::vector<std::string> stuck;
  for (int i = 0; i < 50; ++i) stuck.push_back(house.add(url_of(hanging)));
  house.outbox->wake();
  REQUIRE(house.soon([&] { return hanging.connections() == 2; }));
  for (int i = 0; i < 5; ++i) CHECK(house.becomes(house.send(url_of(healthy)), DeliveryStatus::kDelivered));
  CHECK(hanging.connections() == 2);
  CHECK(house.read([](store::Database& d) { return store::count_deliveries(d, DeliveryStatus::kSending); }) == 2);
}

TEST_CASE("receivers take turns: one with much does not come before one with little") {
  Receiver first(answering(kOk)), second(answering(kOk));
  House house;
  for (int i = 0; i < 40; ++i) house.add(url_of(first));
  const std::string other = house.add(url_of(second));
  house.start(20'000, {.all = {1, 1 << 20}, .account = {1, 1 << 20}, .lane = {1, 1 << 20}});
  CHECK(house.becomes(other, DeliveryStatus::kDelivered));
  CHECK(first.connections() < 10);
  CHECK(house.soon([&] { return first.connections() == 40; }));
}

TEST_CASE("a clock that was set back holds up no first try, and no retry for longer than the longest delay") {
  Receiver receiver(answering(kOk));
  House house;
  const std::string first = house.add(url_of(receiver)), retry = house.add(url_of(receiver));
  const auto taken = house.commit([&](store::Transaction& t) { return store::take_delivery(t, retry, "here"); });
  REQUIRE(house.commit([&](store::Transaction& t) {
    return store::end_attempt(t, **taken, {}, {.status = DeliveryStatus::kPending, .next_attempt_at = t.now_ms()});
  }));
  house.clock.set(test::FakeClock::kStart - 60'000);
  house.start();
  REQUIRE(house.becomes(first, DeliveryStatus::kDelivered));
  CHECK(house.status(retry) == DeliveryStatus::kPending);
  house.clock.set(test::FakeClock::kStart - 3'600'000);
  CHECK(house.becomes(retry, DeliveryStatus::kDelivered));
}

TEST_CASE("a secret that does not open is told in the log of the delivery") {
  Receiver receiver(answering(kOk));
  House house;
  REQUIRE(house.commit([&](store::Transaction& t) -> Result<void> {
    TRY(webhooks::Secrets(house.instance.derive("another")).open(t, house.ada));
    return {};
  }));
  house.start();
  const std::string id = house.send(url_of(receiver));
  REQUIRE(house.becomes(id, DeliveryStatus::kFailed));
  CHECK(house.attempts(id).at(0).end.error ==
        "a stored secret cannot be opened: the instance secret is not the one it was sealed with");
  CHECK(receiver.connections() == 0);
}

TEST_CASE("where it leads is judged at every try") {
  Receiver receiver(answering(kOk));
  House house;
  house.guard = net::AddressGuard::make({}).value();
  house.start();
  const std::string id = house.send(url_of(receiver));
  const std::string odd = house.send("http://127.1/");   // as a later version might judge what an earlier one took
  REQUIRE(house.becomes(id, DeliveryStatus::kFailed));
  REQUIRE(house.becomes(odd, DeliveryStatus::kFailed));
  for (const store::Attempt& attempt : house.attempts(id))
    CHECK(attempt.end.error.value().find("a webhook must not lead to \"127.0.0.1\"") == 0);
  CHECK(house.attempts(odd).size() == 4);
  CHECK(receiver.connections() == 0);
}

TEST_CASE("a full disk holds deliveries up, and loses none") {
  Receiver receiver(answering(kOk));
  House house;
  std::vector<std::string> ids;
  for (int i = 0; i < 200; ++i) ids.push_back(house.add(url_of(receiver)));
  const auto limit_pages = [&](const char* pragma) {
    REQUIRE(house.commit([&](store::Transaction& t) { return t.database().execute_script(pragma); }));
  };
  limit_pages("PRAGMA max_page_count = 1");   // as many as there are: nothing can grow
  house.start();
  std::this_thread::sleep_for(1500ms);
  CHECK(receiver.connections() < 200);
  limit_pages("PRAGMA max_page_count = 1000000");
  for (const std::string& id : ids) CHECK(house.becomes(id, DeliveryStatus::kDelivered));
  for (const std::string& id : ids) CHECK(house.attempts(id).size() == 1);
}
