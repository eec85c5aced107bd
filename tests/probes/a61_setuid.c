// SPDX-License-Identifier: Apache-2.0
// Act 61: gains rights by a setuid program: root's own, and one that it made.
#include "probe.h"

#include <dirent.h>
#include <sys/sendfile.h>
#include <sys/statvfs.h>

static int roots_programs(void) {
  int count = 0;
  DIR* stream = opendir("/usr/bin");
  for (const struct dirent* entry; stream && (entry = readdir(stream));) {
    struct stat status;
    count += fstatat(dirfd(stream), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(status.st_mode) &&
             (status.st_mode & S_ISUID);
  }
  closedir(stream);
  return count;
}

static void print_status(void) {
  char line[256];
  FILE* file = fopen("/proc/self/status", "re");
  while (file && fgets(line, sizeof line, file)) {
    line[strcspn(line, "\n")] = 0;
    if (strncmp(line, "Cap", 3) == 0 || strncmp(line, "NoNewPrivs", 10) == 0) say("%s", line);
  }
}

static int mounts_with_setuid(void) {
  char line[4096];
  int count = 0;
  FILE* file = fopen("/proc/self/mounts", "re");
  while (file && fgets(line, sizeof line, file)) count += strstr(line, "nosuid") == NULL;
  return count;
}

static void run_own(const char* self) {
  struct stat status;
  const int from = open(self, O_RDONLY), to = open("/tmp/setuid", O_WRONLY | O_CREAT | O_EXCL, 0755);
  if (fstat(from, &status) != 0 || sendfile(to, from, NULL, (size_t)status.st_size) != status.st_size) return;
  tell(fchmod(to, 06755), "make a setuid program");
  close(to);
  if (fork() == 0) {
    execl("/tmp/setuid", "setuid", "started", NULL);
    tell(-1, "exec");
    _exit(0);
  }
  wait(NULL);
}

int main(int argc, char** argv) {
  if (argc == 1) {
    struct statvfs usr;
    say("setuid programs in /usr/bin: %s", roots_programs() > 0 ? "some" : "none");
    say("/usr is nosuid: %s", statvfs("/usr", &usr) == 0 && (usr.f_flag & ST_NOSUID) ? "yes" : "no");
    say("mounts that are not nosuid: %d", mounts_with_setuid());
    tell(setuid(0), "setuid 0");
    tell(setgid(0), "setgid 0");
    run_own(argv[0]);
  }
  say("uid %d %d gid %d %d", getuid(), geteuid(), getgid(), getegid());
  print_status();
  return 0;
}
