// SPDX-License-Identifier: Apache-2.0
// Act 64: takes a lease on a file that others open, and lets it be broken never: each open would wait for fs.lease-break-time.
// Arguments: files.
#include "probe.h"

int main(int argc, char** argv) {
  signal(SIGIO, SIG_IGN);
  for (int i = 1; i < argc; ++i) {
    const int fd = open(argv[i], O_RDONLY | O_CREAT, 0600);
    tell(fd, "open %s", argv[i]);
    tell(syscall(SYS_fcntl, fd, F_SETLEASE, F_WRLCK), "F_WRLCK");
    tell(syscall(SYS_fcntl, fd, F_SETLEASE, F_RDLCK), "F_RDLCK");
    tell(syscall(SYS_fcntl, fd, F_SETLEASE | 0x100000000ul, F_RDLCK), "F_RDLCK with high bits");
    tell(fcntl(fd, F_GETLEASE), "F_GETLEASE");
  }
  return 0;
}
