// SPDX-License-Identifier: Apache-2.0
// Act 53: leaves a deep tree, thousands of files, and names that nobody expects. Argument: how many files.
#include "probe.h"

static int put(const char* path) {
  const int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0644);
  const int wrote = fd >= 0 && write(fd, "mine\n", 5) == 5;
  close(fd);
  return wrote ? 0 : -1;
}

static void odd_names(void) {
  char longest[256];
  memset(longest, 'n', 255);
  longest[255] = 0;
  const char* names[] = {"-rf",
                         "..hidden",
                         "new\nline",
                         "not\xff"
                         "utf8",
                         "quote\"back\\slash",
                         "esc\x1b[31m",
                         " ",
                         "\xe2\x80\xae"
                         "txt.exe",
                         longest};
  for (size_t i = 0; i < sizeof names / sizeof *names; ++i) tell(put(names[i]), "odd name %zu", i);
}

static int deep_tree(int depth) {
  int made = 0;
  for (; made < depth; ++made) {
    if (put("leaf") != 0 || mkdir("d", 0755) != 0 || chdir("d") != 0) break;
  }
  return made;
}

static int many(int wanted) {
  int made = 0;
  char name[32];
  for (; made < wanted; ++made) {
    snprintf(name, sizeof name, "%06d", made);
    if (put(name) != 0) break;
  }
  return made;
}

static void enter(const char* folder) {
  if (mkdir(folder, 0755) != 0 || chdir(folder) != 0) exit(2);
}

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  enter("/out/a-odd");
  odd_names();
  enter("/out/b-deep");
  say("folders deep: %d", deep_tree(100));
  enter("/out/c-many");
  say("files: %d", many(atoi(argv[1])));
  return 0;
}
