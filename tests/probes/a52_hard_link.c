// SPDX-License-Identifier: Apache-2.0
// Act 52: links or moves what it was given to where it may write. Arguments: files; their links are made in /out.
#include "probe.h"

int main(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    char by_descriptor[64];
    snprintf(by_descriptor, sizeof by_descriptor, "/proc/self/fd/%d", open(argv[i], O_RDONLY));
    tell(link(argv[i], "/out/linked"), "link %s", argv[i]);
    tell(linkat(AT_FDCWD, by_descriptor, AT_FDCWD, "/out/linked", AT_SYMLINK_FOLLOW), "link %s by its descriptor",
         argv[i]);
    tell(rename(argv[i], "/out/moved"), "move %s", argv[i]);
  }
  return 0;
}
