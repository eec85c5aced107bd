// SPDX-License-Identifier: Apache-2.0
#include "sandbox/init.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <optional>

#include "sandbox/protocol.h"
#include "sandbox/steps.h"

namespace capid::sandbox {
namespace {

constexpr int kFailed = 127;

void report(ReportKind kind, uint32_t step, int value) {
  const Report message{.kind = kind, .step = step, .value = value};
  (void)!::send(kReport, &message, sizeof message, MSG_NOSIGNAL);
}

struct Failure {
  uint32_t step = 0;
  int error = 0;   // 0: none
};

// Takes steps in order, up to the first that fails.
Failure take(Child& child, std::span<const Step> steps, uint32_t first, const StepFaults& faults) {
  for (uint32_t i = 0; i < steps.size(); ++i) {
    if (faults.omits(first + i)) continue;
    if (const int error = steps[i].apply(child)) return {first + i, error};
    if (faults.fails_after == first + i) return {first + i, EIO};
  }
  return {};
}

void end_if(const Failure& failure) {
  if (failure.error == 0) return;
  report(ReportKind::kSetupFailed, failure.step, failure.error);
  ::_exit(kFailed);
}

// Waits for the one run that this child is for, and puts the descriptors that come with it into their places.
Spec wait_for_orders() {
  auto message = receive_message(kOrders, kMaxMessage);
  if (!message || !*message) ::_exit(kFailed);
  auto request = decode((*message)->bytes);
  const auto& given = (*message)->descriptors;
  if (!request || given.size() != kGivenWithOrders)
    ::_exit(kFailed);   // the fork server is gone, or this child was not needed
  for (int i = 0; i < kGivenWithOrders; ++i) {
    if (::dup3(given[static_cast<size_t>(i)].get(), kEvents + i, O_CLOEXEC) < 0) ::_exit(kFailed);
  }
  ::close(kOrders);
  return std::move(request->spec);
}

// What the fork server ignores; handlers were reset by the clone. Programs expect neither that nor blocked signals.
void reset_signals() {
  for (const int ignored : {SIGHUP, SIGINT, SIGPIPE, SIGTERM}) ::signal(ignored, SIG_DFL);
}

void block(const sigset_t& signals) { ::sigprocmask(SIG_SETMASK, &signals, nullptr); }

[[noreturn]] void run_payload(Child& child, const StepFaults& faults) {
  sigset_t none;
  ::sigemptyset(&none);
  block(none);
  end_if(take(child, payload_steps(), first_payload_step(), faults));
  int error = ENOENT;
  for (const std::string& candidate : child.plan->candidates) {
    if (child.plan->looks_only && ::access(candidate.c_str(), X_OK) == 0) ::_exit(0);
    if (!child.plan->looks_only)
      ::execve(candidate.c_str(), const_cast<char* const*>(child.plan->argv.data()),
               const_cast<char* const*>(child.plan->env.data()));
    if (errno != ENOENT && errno != ENOTDIR) error = errno;
  }
  report(ReportKind::kExecFailed, 0, error);
  ::_exit(kFailed);
}

int64_t microseconds(const timeval& time) { return int64_t{time.tv_sec} * 1'000'000 + time.tv_usec; }

// Every orphan in here becomes init's child, so where init has no child left, nothing else lives. The server need not wait
// then for the kernel to take init and its namespaces apart.
[[noreturn]] void end_with(int status, bool alone) {
  rusage usage{}, own{};
  ::getrusage(RUSAGE_CHILDREN, &usage);
  ::getrusage(RUSAGE_SELF, &own);
  const bool killed = WIFSIGNALED(status);
  const Report message{.kind = killed ? ReportKind::kSignaled : ReportKind::kExited,
                       .value = killed ? WTERMSIG(status) : WEXITSTATUS(status),
                       .init_is_alone = alone ? 1u : 0u,
                       .setup_cpu_us = microseconds(own.ru_utime) + microseconds(own.ru_stime),
                       .cpu_ms = (microseconds(usage.ru_utime) + microseconds(usage.ru_stime)) / 1000,
                       .peak_memory_bytes = usage.ru_maxrss * 1024};
  (void)!::send(kReport, &message, sizeof message, MSG_NOSIGNAL);
  ::_exit(0);
}

void reap(pid_t payload) {
  std::optional<int> ended;
  int status = 0;
  pid_t dead = 0;
  while ((dead = ::waitpid(-1, &status, WNOHANG)) > 0) {
    if (dead == payload) ended = status;
  }
  if (ended) end_with(*ended, dead < 0 && errno == ECHILD);
}

[[noreturn]] void run_init(pid_t payload, const sigset_t& signals) {
  for (const int stream : {kEvents, kStdout, kStderr}) ::close(stream);
  for (;;) {
    const int signal = ::sigwaitinfo(&signals, nullptr);
    if (signal == SIGTERM) ::kill(-1, SIGTERM);   // everyone but init
    reap(payload);
  }
}

}   // namespace

void run_child(const SystemView& system, const RunCgroup* cgroup, const StepFaults& faults) {
  sigset_t signals;
  ::sigemptyset(&signals);
  ::sigaddset(&signals, SIGCHLD);
  ::sigaddset(&signals, SIGTERM);
  block(signals);   // first: what is sent from here on waits for init
  reset_signals();

  Child child{.system = system, .cgroup = cgroup};
  const Failure early = take(child, common_steps(), 0, faults);
  const Plan plan(system, wait_for_orders());
  end_if(early);
  if (plan.binds.size() > kMaxBinds) end_if({first_run_step(), E2BIG});
  child.plan = &plan;
  end_if(take(child, run_steps(), first_run_step(), faults));
  // vfork: init waits until the exec, and nothing is copied that the exec would throw away. The payload only makes system
  // calls until then.
  const pid_t payload = ::vfork();
  if (payload == 0) run_payload(child, faults);
  if (payload < 0) end_if({step_number(ParentStep::kClone), errno});
  run_init(payload, signals);
}

}   // namespace capid::sandbox
