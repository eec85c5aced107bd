// SPDX-License-Identifier: Apache-2.0
#include "net/connect.h"

#include <atomic>
#include <future>
#include <thread>

#include "tests/net/full_receiver.h"
#include "tests/net/receiver.h"
#include "tests/support/test.h"

using namespace capid;
using namespace std::chrono_literals;
using net::Connected;
using test::FullReceiver;
using test::Peer;
using test::Receiver;
using Problem = net::Connected::Problem;

namespace {

struct Caller {
  base::EventLoop loop;

  Caller() { loop.start(); }

  Connected call(const std::vector<std::string>& addresses, uint16_t port, std::chrono::milliseconds most = 20s) {
    std::promise<Connected> promise;
    loop.post([&] {
      (void)net::connect(loop, addresses, port, most,
                         [&](Connected connected) { promise.set_value(std::move(connected)); });
    });
    return promise.get_future().get();
  }
};

}   // namespace

TEST_CASE("the first address that accepts is connected, and those that do not are passed over") {
  const Receiver receiver([](const Peer& peer) { peer.hang(); });
  Caller caller;
  const Connected one = caller.call({"127.0.0.1"}, receiver.port());
  CHECK(one.problem == Problem::kNone);
  CHECK(one.address == "127.0.0.1");
  CHECK(one.socket);
  const Connected second = caller.call({"127.0.0.2", "127.0.0.1", "127.0.0.3"}, receiver.port());
  CHECK(second.problem == Problem::kNone);
  CHECK(second.address == "127.0.0.1");
}

TEST_CASE("a silent address leaves the next ones their share of the time") {
  const Receiver receiver([](const Peer& peer) { peer.hang(); });
  const FullReceiver full("127.0.0.6", receiver.port());
  Caller caller;
  const Connected connected = caller.call({"127.0.0.6", "127.0.0.1"}, receiver.port(), 3s);
  CHECK(connected.problem == Problem::kNone);
  CHECK(connected.address == "127.0.0.1");
}

TEST_CASE("the problem is that of the address that was tried last") {
  const FullReceiver full;
  Caller caller;
  const Connected silent = caller.call({"127.0.0.9", "127.0.0.1"}, full.port(), 300ms);
  CHECK(silent.problem == Problem::kNoAnswer);
  CHECK(silent.address == "127.0.0.1");
  const Connected refused = caller.call({"127.0.0.1", "127.0.0.9"}, full.port(), 300ms);
  CHECK(refused.problem == Problem::kNobodyAccepts);
  CHECK(refused.address == "127.0.0.9");
  CHECK(refused.why == "Connection refused");
  const Connected none = caller.call({}, full.port());
  CHECK(none.problem == Problem::kNobodyAccepts);
  CHECK(none.address.empty());
}

TEST_CASE("an attempt that is given up tells nobody, before its first step as well as in the middle") {
  const FullReceiver full;
  Caller caller;
  std::atomic<int> told{0};
  const auto start = [&] {
    return net::connect(caller.loop, {"127.0.0.1"}, full.port(), 300ms, [&](const Connected&) { ++told; });
  };
  std::promise<void> over;
  caller.loop.post([&] {
    start()();
    const auto give_up = start();
    caller.loop.after(50, give_up);
    caller.loop.after(100, give_up);
    caller.loop.after(600, [&] { over.set_value(); });
  });
  over.get_future().get();
  CHECK(told == 0);
}
