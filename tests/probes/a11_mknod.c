// SPDX-License-Identifier: Apache-2.0
// Act 11: makes a device node. Argument: the folder.
#include "probe.h"

#include <sys/sysmacros.h>

int main(int argc, char** argv) {
  if (argc < 2 || chdir(argv[1]) != 0) return 2;
  tell(syscall(SYS_mknod, "null", S_IFCHR | 0666, makedev(1, 3)), "mknod char 1:3");
  tell(syscall(SYS_mknod, "memory", S_IFCHR | 0666, makedev(1, 1)), "mknod char 1:1");
  tell(syscall(SYS_mknodat, AT_FDCWD, "disk", S_IFBLK | 0666, makedev(254, 0)), "mknodat block 254:0");
  return 0;
}
