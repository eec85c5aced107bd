// SPDX-License-Identifier: Apache-2.0
#include "sandbox/cgroup_mounts.h"

#include <string>

#include "tests/support/test.h"

using namespace capid::sandbox;

namespace {

constexpr const char* kUnified = "30 24 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n";
constexpr const char* kHybrid =
    "30 24 0:26 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755\n"
    "31 30 0:27 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"
    "32 30 0:28 / /sys/fs/cgroup/memory rw shared:9 master:1 - cgroup cgroup rw,memory\n"
    "33 30 0:29 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n";

std::string own(const std::string& mounts, const std::string& memberships, const std::string& controller) {
  const auto place = find_cgroup(mounts, memberships, controller);
  return place ? place->top + "|" + place->own : "none";
}

}   // namespace

TEST_CASE("a process's cgroup is found in each kind of hierarchy") {
  CHECK(own(kUnified, "0::/system.slice/capid.service\n", "") ==
        "/sys/fs/cgroup|/sys/fs/cgroup/system.slice/capid.service");
  CHECK(own(kUnified, "0::/\n", "") == "/sys/fs/cgroup|/sys/fs/cgroup");
  CHECK(own(kUnified, "0::/\n", "memory") == "none");
  const std::string memberships = "5:memory:/a/b:c\n4:cpu,cpuacct:/\n3:name=systemd:/x\n0::/y\n";
  CHECK(own(kHybrid, memberships, "memory") == "/sys/fs/cgroup/memory|/sys/fs/cgroup/memory/a/b:c");
  CHECK(own(kHybrid, memberships, "cpuacct") == "/sys/fs/cgroup/cpu,cpuacct|/sys/fs/cgroup/cpu,cpuacct");
  CHECK(own(kHybrid, memberships, "pids") == "none");
  CHECK(own(kHybrid, memberships, "") == "/sys/fs/cgroup/unified|/sys/fs/cgroup/unified/y");
}

TEST_CASE("of a container's part of the tree, only what lies inside is found") {
  const std::string mounts = "30 24 0:26 /docker/abc /sys/fs/cgroup ro - cgroup2 cgroup rw\n";
  CHECK(own(mounts, "0::/docker/abc\n", "") == "/sys/fs/cgroup|/sys/fs/cgroup");
  CHECK(own(mounts, "0::/docker/abc/x\n", "") == "/sys/fs/cgroup|/sys/fs/cgroup/x");
  CHECK(own(mounts, "0::/docker/abcd\n", "") == "none");
  CHECK(own(mounts, "0::/\n", "") == "none");
  CHECK(own(kUnified, "0::/../other\n", "") == "none");
}

TEST_CASE("what is not such text holds no cgroup") {
  for (const char* text : {"", "\n", "- cgroup2", "a b c d e f - cgroup2", "0::", ":::", "1:memory"}) {
    CAPTURE(text);
    CHECK(own(text, "0::/x\n", "") == "none");
    CHECK(own(kUnified, text, "") == (std::string(text) == "0::" ? "/sys/fs/cgroup|/sys/fs/cgroup" : "none"));
  }
}
