// SPDX-License-Identifier: Apache-2.0
// The server's side of the sandbox: runs programs through the fork server, reads what they say, ends them in time.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/event_loop.h"
#include "base/result.h"
#include "sandbox/cgroup_tree.h"
#include "sandbox/outcome.h"
#include "sandbox/spec.h"

namespace capid::sandbox {

/// What a run tells while it goes on. Called on the event loop's thread; must not block.
struct Callbacks {
  using OnBytes = std::function<void(std::string_view bytes)>;   ///< as they come, up to the spec's bound
  OnBytes on_stdout;                                             ///< none: it is kept for the outcome
  OnBytes on_stderr;
  OnBytes on_events;   ///< what is written to descriptor 3

  /// Once, before on_end, where the spec names ports: the sockets that listen there, in the spec's order. Only programs of
  /// this very run can connect to them. They listen before the program begins, but it may have begun by now. Whoever keeps
  /// one keeps the run's net namespace. Not called where the set-up failed before they were made.
  std::function<void(std::vector<base::Fd> listeners)> on_listening;

  std::function<void(Outcome outcome)> on_end;   ///< once: every process is dead, every byte was read
};

/// The argument that makes the binary be the fork server.
inline constexpr const char* kForkServerArgument = "fork-server";

class Sandbox {
 public:
  struct Options {
    std::string program = {};   ///< what to start as the fork server; empty: this very binary
    std::vector<std::string> arguments = {kForkServerArgument};   ///< the cgroups' words follow them
    CgroupTree cgroups = {};
  };

  /// Starts the fork server: call it before the process has a second thread, and before `loop` is started. If the fork
  /// server ever dies, so do its runs, and this process aborts: recovery at the next start says so of every run.
  [[nodiscard]] static Result<std::unique_ptr<Sandbox>> start(base::EventLoop& loop, const Options& options);

  /// Ends the fork server, and with it every run. Call it after the loop was stopped.
  ~Sandbox();

  /// Starts a run and returns its handle. Callable from any thread. That it cannot be started is an Outcome as well.
  uint64_t launch(Spec spec, Callbacks callbacks);

  /// Hands to the run's callbacks what it has said by now; `done` follows, on the loop's thread.
  void hear_out(uint64_t handle, std::function<void()> done);

  /// Asks the run to end (SIGTERM), and makes it after the spec's grace (SIGKILL). A run that is gone is left alone.
  void terminate(uint64_t handle);

 private:
  struct State;
  explicit Sandbox(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}   // namespace capid::sandbox
