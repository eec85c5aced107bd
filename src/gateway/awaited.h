// SPDX-License-Identifier: Apache-2.0
// What others tell by a callback, awaited by a coroutine.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "base/check.h"
#include "base/event_loop.h"
#include "base/task.h"
#include "base/worker_pool.h"
#include "gateway/pause.h"

namespace capid::gateway {

/// Calls start(done) and waits until `done` was called, with a T: from any thread, also from within start. Nothing where
/// `pause` is ended by others before that. Only on the loop's thread.
template <typename T, typename Start>
base::Task<std::optional<T>> awaited(base::EventLoop& loop, Pause& pause, const Start& start) {
  constexpr std::chrono::hours kForever{24};
  struct Told {
    std::optional<T> what;
    Pause* waits;   // none once nobody does
  };
  const auto told = std::make_shared<Told>(Told{{}, &pause});
  start([&loop, told](T what) {
    loop.post([told, what = std::make_shared<T>(std::move(what))] {   // shared, since a function must be copyable
      told->what = std::move(*what);
      if (told->waits) told->waits->end();
    });
  });
  co_await pause.sleep(kForever);
  told->waits = nullptr;
  co_return std::move(told->what);
}

/// Likewise, where nobody ends the wait.
template <typename T, typename Start>
base::Task<T> awaited(base::EventLoop& loop, const Start& start) {
  Pause pause(loop);
  auto told = co_await awaited<T>(loop, pause, start);
  CHECK(told);
  co_return std::move(*told);
}

/// What `compute`, called on one of the workers, returns. It must own all that it needs.
template <typename T>
base::Task<T> computed(base::EventLoop& loop, base::WorkerPool& workers, const std::function<T()>& compute) {
  const auto start = [&](std::function<void(T)> done) {
    workers.post([compute, done = std::move(done)] { done(compute()); });
  };
  co_return co_await awaited<T>(loop, start);
}

}   // namespace capid::gateway
