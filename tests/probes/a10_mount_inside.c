// SPDX-License-Identifier: Apache-2.0
// Act 10: mounts something, so that the host sees it.
#include "probe.h"

#include <linux/mount.h>
#include <sys/mount.h>

int main(void) {
  tell(mount("capid-probe", "/tmp", "tmpfs", 0, NULL), "mount tmpfs on /tmp");
  tell(mount("/usr", "/tmp", NULL, MS_BIND, NULL), "bind /usr on /tmp");
  tell(syscall(SYS_fsopen, "tmpfs", 0), "fsopen");
  tell(syscall(SYS_open_tree, AT_FDCWD, "/usr", OPEN_TREE_CLONE), "open_tree");
  usleep(500000);   // the host looks meanwhile
  return 0;
}
