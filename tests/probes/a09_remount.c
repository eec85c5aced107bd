// SPDX-License-Identifier: Apache-2.0
// Act 9: takes the file system's protection away: remounts it writable, uncovers what is masked.
#include "probe.h"

#include <linux/mount.h>
#include <sys/mount.h>

int main(void) {
  struct mount_attr writable = {.attr_clr = MOUNT_ATTR_RDONLY};
  tell(mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND, NULL), "remount / writable");
  tell(mount(NULL, "/usr", NULL, MS_REMOUNT | MS_BIND, NULL), "remount /usr writable");
  tell(syscall(SYS_mount_setattr, AT_FDCWD, "/", 0, &writable, sizeof writable), "mount_setattr /");
  tell(umount2("/proc/sys", MNT_DETACH), "umount /proc/sys");
  tell(umount2("/proc/cmdline", MNT_DETACH), "umount /proc/cmdline");
  tell(umount2("/proc", MNT_DETACH), "umount /proc");
  tell(syscall(SYS_pivot_root, ".", "."), "pivot_root");
  return 0;
}
