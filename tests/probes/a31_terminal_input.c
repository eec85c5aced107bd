// SPDX-License-Identifier: Apache-2.0
// Act 31: types into its terminal, where it has one, as whoever sits there. The kernel looks at 32 bits of the request.
#include "probe.h"

#include <sys/ioctl.h>

// A terminal of its own, where the system gives one.
static int terminal(void) {
  const int master = open("/dev/ptmx", O_RDWR | O_NOCTTY);
  tell(master, "open /dev/ptmx");
  if (master < 0) return STDIN_FILENO;
  int unlocked = 0;
  setsid();
  ioctl(master, TIOCSPTLCK, &unlocked);
  const int peer = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY);
  ioctl(peer, TIOCSCTTY, 0);
  return peer;
}

int main(void) {
  if (getpid() == getsid(0) && fork() != 0)
    return wait(NULL) > 0 ? 0 : 1;   // a leader already: its child can be one anew
  const int fd = terminal();
  char byte = 'x', paste[2] = {3, 0};
  tell(syscall(SYS_ioctl, fd, TIOCSTI, &byte), "TIOCSTI");
  tell(syscall(SYS_ioctl, fd, TIOCSTI | 0x100000000ul, &byte), "TIOCSTI with high bits");
  tell(syscall(SYS_ioctl, fd, TIOCSTI | 0xffffffff00000000ul, &byte), "TIOCSTI with all high bits");
  tell(syscall(SYS_ioctl, fd, TIOCLINUX, paste), "TIOCLINUX");
  tell(syscall(SYS_ioctl, fd, TIOCLINUX | 0x100000000ul, paste), "TIOCLINUX with high bits");
  return 0;
}
