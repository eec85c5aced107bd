// SPDX-License-Identifier: Apache-2.0
// Act 20: calls clone3, whose flags no filter can see; threads and processes must work without it.
#include "probe.h"

#include <linux/sched.h>
#include <pthread.h>

static void* run(void* done) {
  *(int*)done = 1;
  return NULL;
}

int main(void) {
  struct clone_args wanted = {.exit_signal = SIGCHLD};
  const long cloned = syscall(SYS_clone3, &wanted, sizeof wanted);
  if (cloned == 0) _exit(0);
  tell(cloned, "clone3");
  pthread_t thread;
  int done = 0;
  const int error = pthread_create(&thread, NULL, run, &done);
  if (error == 0) pthread_join(thread, NULL);
  say("thread: %s", error == 0 && done ? "ok" : strerrorname_np(error));
  const pid_t child = fork();
  if (child == 0) _exit(0);
  tell(child, "fork");
  return 0;
}
