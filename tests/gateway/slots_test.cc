// SPDX-License-Identifier: Apache-2.0
#include "gateway/slots.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>

#include "tests/support/test.h"

using namespace capid;
using namespace capid::gateway;

namespace {

namespace asio = boost::asio;

// Calls of runs, each named after its run, which hold a slot until they are ended.
struct Street {
  struct Call {
    explicit Call(base::EventLoop& loop) : pause(loop) {}
    Pause pause;
    std::string run;
    bool has_slot = false, is_over = false;
  };

  base::EventLoop loop;   // not started: its handlers are called from here
  Slots slots;
  std::vector<std::unique_ptr<Call>> calls;

  explicit Street(int64_t count) : slots(count) {}

  // Each call has been let in, or called off, at the second end at the latest.
  ~Street() {
    for (int round = 0; round < 2; ++round) {
      for (const auto& call : calls) call->pause.end();
      turn();
    }
  }

  base::Task<void> go(Call& call) {
    const auto held = co_await slots.take(call.pause, call.run);
    call.has_slot = static_cast<bool>(held);
    if (call.has_slot) co_await call.pause.sleep(std::chrono::hours(1));
    call.has_slot = false;
    call.is_over = true;
  }

  void turn() {
    loop.context().restart();
    loop.context().poll();
  }

  Call& come(const std::string& run) {
    calls.push_back(std::make_unique<Call>(loop));
    calls.back()->run = run;
    asio::co_spawn(loop.context(), go(*calls.back()), asio::detached);
    turn();
    return *calls.back();
  }

  void end(Call& call) {
    call.pause.end();
    turn();
    CHECK(call.is_over);
  }

  // Of the calls that have one, in the order of coming.
  std::string holders() const {
    std::string runs;
    for (const auto& call : calls) {
      if (call->has_slot) runs += call->run;
    }
    return runs;
  }
};

}   // namespace

TEST_CASE("no run has all slots, but where there are too few to share") {
  Street four(4);
  for (int i = 0; i < 6; ++i) four.come("a");
  CHECK(four.holders() == "aaa");
  four.come("b");
  CHECK(four.holders() == "aaab");
  for (int64_t few : {1, 3}) {
    Street street(few);
    for (int i = 0; i < 6; ++i) street.come("a");
    CHECK(street.holders() == std::string(static_cast<size_t>(few), 'a'));
  }
}

TEST_CASE("who waits is let in in the order of coming, runs with fewer slots first") {
  Street street(2);
  auto& first = street.come("a");
  auto& second = street.come("a");
  auto& third = street.come("a");
  street.come("b");
  street.come("c");
  street.end(first);
  CHECK(street.holders() == "ab");
  street.end(second);
  CHECK(street.holders() == "ab");
  CHECK(third.has_slot);
}

TEST_CASE("who is called off while waiting leaves the line, and what was held is free again") {
  Street street(1);
  auto& first = street.come("a");
  auto& second = street.come("b");
  street.come("c");
  street.end(second);
  CHECK(street.holders() == "a");
  street.end(first);
  CHECK(street.holders() == "c");
}
