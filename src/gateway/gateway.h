// SPDX-License-Identifier: Apache-2.0
// The gateway: how a run reaches models. Answers on a listener inside the run's own net namespace, so that who calls is known
// and cannot be forged; adds the operator's credential, which no run ever sees; and meters what each call takes.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "base/fd.h"
#include "credits/prices.h"
#include "gateway/site.h"
#include "store/readers.h"
#include "store/writer.h"
#include "threads/feed.h"

namespace capid::gateway {

class Gateway {
 public:
  struct Options {
    std::vector<Provider> providers;
    std::vector<Model> models;   ///< each of a provider among those
    credits::Prices prices;
    std::optional<net::Url> searxng = {};   ///< the search engine
    Limits limits = {};
  };

  /// What it is given outlives it.
  Gateway(Options options, store::Writer& writer, store::Readers& readers, threads::Feed& feed);
  ~Gateway();

  /// Begins to answer, on a thread of its own.
  void start();

  /// Opens it for a run, at a listening TCP socket of the run's net namespace; returns the handle to close it. Callable
  /// from any thread.
  [[nodiscard]] uint64_t open(base::Fd listener, Guest guest);

  /// Closes it for that run. Calls whose answers are on their way are given a moment more; `done` is called once all that the
  /// run's calls cost is durable, on the gateway's thread: it must not block. Callable from any thread; before start() or
  /// after stop() nothing is ever done.
  void close(uint64_t handle, std::function<void()> done);

  /// The server ends though its store takes nothing any more: charges that it does not take are lost from here on. Callable
  /// from any thread.
  void give_up();

  void write_metrics(base::MetricsText& text) const;

  /// Closes everything, for good.
  void stop();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}   // namespace capid::gateway
