// SPDX-License-Identifier: Apache-2.0
#include "sandbox/init.h"

#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "sandbox/protocol.h"
#include "sandbox/steps.h"

namespace capid::sandbox {
namespace {

constexpr int kFailed = 127;

void report(ReportKind kind, uint32_t step, int value) {
  const Report message{.kind = kind, .step = step, .value = value};
  (void)!::send(kReport, &message, sizeof message, MSG_NOSIGNAL);
}

void take(Child& child, std::span<const Step> steps, uint32_t first) {
  for (uint32_t i = 0; i < steps.size(); ++i) {
    if (child.plan.omitted_steps & (uint64_t{1} << (first + i))) continue;
    if (const int error = steps[i].apply(child)) {
      report(ReportKind::kSetupFailed, first + i, error);
      ::_exit(kFailed);
    }
  }
}

// What the fork server ignores; handlers were reset by the clone. Programs expect neither that nor blocked signals.
void reset_signals() {
  for (const int ignored : {SIGHUP, SIGINT, SIGPIPE, SIGTERM}) ::signal(ignored, SIG_DFL);
}

void block(const sigset_t& signals) { ::sigprocmask(SIG_SETMASK, &signals, nullptr); }

[[noreturn]] void run_payload(Child& child) {
  sigset_t none;
  ::sigemptyset(&none);
  block(none);
  take(child, payload_steps(), static_cast<uint32_t>(init_steps().size()));
  int error = ENOENT;
  for (const std::string& candidate : child.plan.candidates) {
    ::execve(candidate.c_str(), const_cast<char* const*>(child.plan.argv.data()),
             const_cast<char* const*>(child.plan.env.data()));
    if (errno != ENOENT && errno != ENOTDIR) error = errno;
  }
  report(ReportKind::kExecFailed, 0, error);
  ::_exit(kFailed);
}

[[noreturn]] void end_with(int status) {
  if (WIFSIGNALED(status)) {
    report(ReportKind::kSignaled, 0, WTERMSIG(status));
  } else {
    report(ReportKind::kExited, 0, WEXITSTATUS(status));
  }
  ::_exit(0);
}

void reap(pid_t payload) {
  int status = 0;
  for (pid_t dead = 0; (dead = ::waitpid(-1, &status, WNOHANG)) > 0;) {
    if (dead == payload) end_with(status);
  }
}

[[noreturn]] void run_init(pid_t payload, const sigset_t& signals) {
  ::close(kStdout);
  ::close(kStderr);
  for (;;) {
    const int signal = ::sigwaitinfo(&signals, nullptr);
    if (signal == SIGTERM) ::kill(-1, SIGTERM);   // everyone but init
    reap(payload);
  }
}

}   // namespace

void run_child(const Plan& plan) {
  sigset_t signals;
  ::sigemptyset(&signals);
  ::sigaddset(&signals, SIGCHLD);
  ::sigaddset(&signals, SIGTERM);
  reset_signals();
  block(signals);

  Child child{.plan = plan};
  take(child, init_steps(), 0);
  const auto payload = static_cast<pid_t>(syscall(SYS_clone, SIGCHLD, nullptr, nullptr, nullptr, nullptr));
  if (payload == 0) run_payload(child);
  if (payload < 0) {
    report(ReportKind::kSetupFailed, ~0U, errno);
    ::_exit(kFailed);
  }
  run_init(payload, signals);
}

}   // namespace capid::sandbox
