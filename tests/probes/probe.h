// SPDX-License-Identifier: Apache-2.0
// What the probes share: they print one line an attempt, "what: ok" or "what: ERRNO". Never run one on a bare host.
#pragma once

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

// Straight to the descriptor: a buffer would be printed once more by every fork.
static inline void say(const char* format, ...) {
  char line[8192];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(line, sizeof line, format, arguments);
  va_end(arguments);
  dprintf(STDOUT_FILENO, "%s\n", line);
}

// The outcome of one system call: `result` is what it returned, and errno is still its own.
static inline void tell(long result, const char* format, ...) {
  const int error = errno;
  char what[4096];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(what, sizeof what, format, arguments);
  va_end(arguments);
  say("%s: %s", what, result >= 0 ? "ok" : strerrorname_np(error));
}

// For acts of two runs: one says on stderr that it is ready, and stays for as long as the other needs.
static inline void hold(void) {
  const char* seconds = getenv("PROBE_HOLD");
  dprintf(STDERR_FILENO, "holding\n");
  sleep(seconds ? (unsigned)atoi(seconds) : 2);
}

// Runs on in a process of its own, and tells how that ended where it did not end well.
static inline void wait_for(pid_t child, const char* what) {
  int status = 0;
  if (waitpid(child, &status, 0) == child && WIFSIGNALED(status)) say("%s: killed by %d", what, WTERMSIG(status));
}
