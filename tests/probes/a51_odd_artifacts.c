// SPDX-License-Identifier: Apache-2.0
// Act 51: leaves artifacts that are no files: reading them would follow, hang or act.
#include "probe.h"

#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <sys/un.h>

int main(void) {
  if (chdir("/out") != 0) return 2;
  struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "socket"};
  tell(symlink("/etc/passwd", "link"), "symlink to /etc/passwd");
  tell(symlink("/etc", "folder"), "symlink to /etc");
  tell(symlink("loop", "loop"), "symlink to itself");
  tell(symlink("/proc/self/environ", "magic"), "symlink to /proc/self/environ");
  tell(mkfifo("fifo", 0644), "fifo");
  tell(bind(socket(AF_UNIX, SOCK_STREAM, 0), (struct sockaddr*)&address, sizeof address), "socket");
  tell(mknod("device", S_IFCHR | 0644, makedev(1, 5)), "device");
  tell(open("file", O_WRONLY | O_CREAT, 0), "a file without any permission");
  return 0;
}
