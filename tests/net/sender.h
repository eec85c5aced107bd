// SPDX-License-Identifier: Apache-2.0
// A loop with what an exchange stands on, and a way to wait for one.
#pragma once

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <utility>

#include "base/event_loop.h"
#include "base/worker_pool.h"
#include "net/exchange.h"
#include "net/tls_trust.h"

namespace capid::test {

struct Sender {
  base::EventLoop loop;
  base::WorkerPool workers{1};
  net::TlsTrust trust{workers};
  std::atomic<int> answers{0};   // of all the exchanges so far
  std::chrono::milliseconds took{0};

  Sender() { loop.start(); }

  std::future<net::Reply> start(net::Post what) {
    auto promise = std::make_shared<std::promise<net::Reply>>();
    net::post(loop, trust, std::move(what), [this, promise](net::Reply reply) {
      ++answers;
      promise->set_value(std::move(reply));   // throws, and so ends the program, where it is the second one
    });
    return promise->get_future();
  }

  /// The reply; `took` says how long it was waited for.
  net::Reply send(net::Post what) {
    const auto begun = std::chrono::steady_clock::now();
    net::Reply reply = start(std::move(what)).get();
    took = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begun);
    return reply;
  }
};

/// To be sent to `port` of 127.0.0.1.
inline net::Post to(uint16_t port, std::chrono::milliseconds most = std::chrono::seconds(20)) {
  return {.host = "receiver.test",
          .port = port,
          .addresses = {"127.0.0.1"},
          .path = "/hook?a=1",
          .headers = {{"Content-Type", "application/json"}},
          .body = std::make_shared<const std::string>("{}"),
          .most = most};
}

}   // namespace capid::test
