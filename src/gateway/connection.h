// SPDX-License-Identifier: Apache-2.0
// One connection of an agent's to its gateway: requests, one after the other, each answered by a provider or by ourselves.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>

#include "base/event_loop.h"
#include "base/fd.h"
#include "base/task.h"
#include "gateway/meter.h"
#include "gateway/site.h"
#include "gateway/slots.h"
#include "gateway/upstream_pool.h"

namespace capid::gateway {

/// A provider, and who calls it.
struct Backend {
  Provider provider;
  Slots slots;
  UpstreamPool upstreams;
};

/// What all connections share. Outlives them.
struct Surroundings {
  base::EventLoop& loop;
  Meter& meter;
  base::WorkerPool& workers;   // for what takes long to compute
  const Limits& limits;
  const std::map<std::string, Model>& models;                        // by their ids
  const std::map<std::string, std::unique_ptr<Backend>>& backends;   // by the providers' names
  Backend* search;                                                   // the search engine; none: nobody can search
};

/// What the connections of one run share.
struct Session {
  Guest guest;
  size_t question_bytes = 0;   // of all that is being sent
  bool is_over = false;        // the run has ended
  int charged = 0;             // calls
};

/// Lives on the loop's thread. Whoever spawns serve() keeps it until that has returned.
class Connection {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  Connection(const Surroundings& around, std::shared_ptr<Session> session, base::Fd socket);
  ~Connection();

  [[nodiscard]] base::Task<void> serve();

  /// Ends what has taken too long. Called now and then.
  void check(TimePoint now);

  /// The run is over: the agent is told nothing more. A call whose answer is on its way is waited for a little longer, to
  /// know what it cost.
  void abandon();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}   // namespace capid::gateway
