// SPDX-License-Identifier: Apache-2.0
#include "webhooks/shared_lookup.h"

#include <future>

#include "tests/net/name_server.h"
#include "tests/support/test.h"

using namespace capid;
using namespace std::chrono_literals;
using test::in_network_of_its_own;
using test::NameServer;
using Clock = std::chrono::steady_clock;

namespace {

// What `body` says, in a network where 127.0.0.53 is the name server.
template <typename Body>
std::string beside(const std::map<std::string, NameServer::Zone>& zones, Body body) {
  test::TempFolder folder;
  folder.write("resolv.conf", "nameserver 127.0.0.53\n");
  folder.write("hosts", "");
  return in_network_of_its_own(folder, [&] {
    const NameServer server("127.0.0.53", zones);
    base::EventLoop loop;
    webhooks::SharedLookup lookup(loop);
    loop.start();
    return body(server, loop, lookup);
  });
}

struct Answer {
  net::Found found;
  Clock::duration took;
};

// Asks for `host` so many times at once, in a moment, with so much time.
std::vector<std::future<Answer>> ask(base::EventLoop& loop, webhooks::SharedLookup& lookup, const std::string& host,
                                     size_t times, std::chrono::milliseconds wait, std::chrono::milliseconds most) {
  std::vector<std::shared_ptr<std::promise<Answer>>> promises;
  std::vector<std::future<Answer>> answers;
  for (size_t i = 0; i < times; ++i) {
    promises.push_back(std::make_shared<std::promise<Answer>>());
    answers.push_back(promises.back()->get_future());
  }
  loop.after(static_cast<int>(wait.count()), [&lookup, host, most, promises] {
    const auto began = Clock::now();
    for (const auto& promise : promises) {
      lookup.find(host, began + most, [promise, began](const net::Found& found) {
        promise->set_value({found, Clock::now() - began});   // throws, and so ends the program, where it is the second
      });
    }
  });
  return answers;
}

}   // namespace

TEST_CASE("who asks for a host that is being looked up gets the same answer, and the name server is asked once") {
  CHECK(beside({{"slow.test", {.addresses = {"192.0.2.1"}}}}, [](const NameServer& server, auto& loop, auto& lookup) {
          std::string odd;
          for (auto& answer : ask(loop, lookup, "slow.test", 500, 0ms, 5000ms)) {
            if (answer.get().found.addresses != std::vector<std::string>{"192.0.2.1"}) odd = "another address";
          }
          const int before = server.questions();
          ask(loop, lookup, "slow.test", 1, 0ms, 5000ms).front().get();
          return odd + (before < 50 ? "few" : "many") + (server.questions() > before ? ", then anew" : ", then none");
        }) == "few, then anew");
}

TEST_CASE("that one's time is over is no answer to those who still have some") {
  CHECK(beside({{"silent.test", {.is_silent = true}}}, [](const NameServer&, auto& loop, auto& lookup) {
          auto first = ask(loop, lookup, "silent.test", 1, 0ms, 300ms),
               second = ask(loop, lookup, "silent.test", 1, 200ms, 300ms),
               third = ask(loop, lookup, "silent.test", 1, 250ms, 300ms);
          std::string said;
          for (auto* one : {&first, &second, &third}) {
            const Answer answer = one->front().get();
            said += answer.found.kind == net::Found::Kind::kNoAnswer ? "none" : "some";
            said += answer.took >= 250ms ? " late, " : " early, ";
          }
          return said;
        }) == "none late, none late, none late, ");
}

TEST_CASE("a name server that fails at once answers everybody at once") {
  CHECK(beside({{"failing.test", {.rcode = 2}}}, [](const NameServer& server, auto& loop, auto& lookup) {
          std::string odd;
          for (auto& answer : ask(loop, lookup, "failing.test", 100, 0ms, 20'000ms)) {
            if (answer.get().took > 15'000ms) odd = "late ";
          }
          return odd + (server.questions() < 100 ? "few" : "many");
        }) == "few");
}
