// SPDX-License-Identifier: Apache-2.0
// Act 17: meets another run by System V objects and message queues. Argument: hold or try.
#include "probe.h"

#include <mqueue.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>

int main(int argc, char** argv) {
  const key_t key = 0x63617069;
  const int holds = argc > 1 && strcmp(argv[1], "hold") == 0;
  const int flags = 0666 | (holds ? IPC_CREAT | IPC_EXCL : 0);
  tell(shmget(key, holds ? 4096 : 0, flags), "shmget");
  tell(semget(key, holds ? 1 : 0, flags), "semget");
  tell(msgget(key, flags), "msgget");
  tell(mq_open("/capid-probe", O_RDWR | (holds ? O_CREAT | O_EXCL : 0), 0666, NULL), "mq_open");
  if (holds) hold();
  return 0;
}
