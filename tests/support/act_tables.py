# SPDX-License-Identifier: Apache-2.0
"""The acts that one run, or two, can show by what a probe prints: as tables, with what is expected of each to the letter."""
import collections
import os
import pathlib
import signal
import stat

import acts
from acts import Act, lines, namespaces

SCRATCH = ["/out", "/tmp", "/home/agent", "/dev/shm", "/workspace"]
MASKED = ["kcore", "kallsyms", "keys", "key-users", "cmdline", "sysrq-trigger", "timer_list", "sched_debug", "modules"]

DEVICES = """\
/dev/fd -> /proc/self/fd
/dev/full 20666 1:7
/dev/null 20666 1:3
/dev/random 20666 1:8
/dev/shm/
/dev/stderr -> /proc/self/fd/2
/dev/stdin -> /proc/self/fd/0
/dev/stdout -> /proc/self/fd/1
/dev/urandom 20666 1:9
/dev/zero 20666 1:5
open /dev/tty: ENOENT
"""


def masked(host):
    return "".join(f"read /proc/{name}: {'empty' if os.path.exists(f'/proc/{name}') else 'ENOENT'}\n" for name in MASKED)


def sysrq(host):
    return f"open /proc/sysrq-trigger: {'EACCES' if os.path.exists('/proc/sysrq-trigger') else 'ENOENT'}\n"


def setuid(host):
    there = any(os.stat(path, follow_symlinks=False).st_mode & stat.S_ISUID for path in pathlib.Path("/usr/bin").iterdir())
    capabilities = "".join(f"Cap{name}:\t{0:016}\n" for name in ("Inh", "Prm", "Eff", "Bnd", "Amb"))
    rights = f"uid 1000 1000 gid 1000 1000\n{capabilities}NoNewPrivs:\t1\n"
    return (f"setuid programs in /usr/bin: {'some' if there else 'none'}\n/usr is nosuid: yes\nmounts that are not nosuid: 0\n"
            + lines("EINVAL", "setuid 0", "setgid 0") + lines("ok", "make a setuid program") + 2 * rights)


def walk_up(host):
    out = "the host's file from there: ENOENT\n"
    return ("cwd: /workspace\n" + "".join(f"up from {start}: the root\n{out}" for start in ("cwd", "/proc/self/root", "/proc/self/cwd"))
            + lines("ENOTDIR", "openat 0 ..", "openat 1 ..", "openat 2 ..") + lines("EPERM", "chroot"))


def hard_links(host):
    return "".join(lines("EXDEV", f"link {file}", f"link {file} by its descriptor", f"move {file}") for file in LINKED)


HOST_FILES = ["/etc/shadow", "/etc/gshadow", "/root/.ssh", "/home/agent/.ssh", "/root", "/var", "/run", "/sys", "/boot"]
READ_ONLY = ["/usr", "/usr/bin", "/app", "/in", "/etc", "/", "/dev"]
LINKED = ["/in/files/x.txt", "/in/inputs.json", "/app/probe", "/usr/bin/env", "/etc/passwd"]
SYSCTLS = [f"open /proc/sys/{name}" for name in ("kernel/core_pattern", "kernel/hostname", "kernel/shmmax", "user/max_user_namespaces",
                                                 "vm/drop_caches", "net/ipv4/ip_forward", "user/max_inotify_instances", "fs/mqueue/msg_max")]
INIT_FILES = [f"open /proc/1/{name}" for name in ("environ", "cmdline", "root", "cwd", "exe", "fd", "ns/net")]
UNREACHABLE = [f"{how} to {name}" for name in ("1.1.1.1", "169.254.169.254", "10.0.0.1") for how in ("tcp", "udp")]

# One run each, with an attachment /in/files/x.txt.
ACTS = [
    Act(1, "read the host's secrets", "a01_read_secrets", lambda host: [*HOST_FILES, host.file],
        lambda host: lines("ENOENT", *(f"open {path}" for path in [*HOST_FILES, host.file]))),
    Act(2, "read the server's database", "a02_read_database", lambda host: [host.server_data, "/"],
        "open capid.db by its path: ENOENT\nfound: 0\n"),
    Act(3, "read init's environment", "a03_init_environment", [], lines("ENOENT", *INIT_FILES)),
    Act(4, "read init's memory", "a04_init_memory", [],
        lines("ENOENT", "open /proc/1/mem", "open /proc/1/maps") + lines("EPERM", "process_vm_readv", "process_vm_writev", "ptrace")),
    Act(6, "use a forgotten descriptor", "a06_descriptors", [], "0: device\n1: pipe\n2: pipe\n3: pipe\n"),
    Act(7, "walk up and out", "a07_walk_up", lambda host: [host.file], walk_up),
    Act(8, "write to the system", "a08_write_system", READ_ONLY,
        lines("EROFS", *(f"create in {folder}" for folder in READ_ONLY), "truncate /usr/bin/env", "unlink /usr/bin/env", "rename /usr/bin/env",
              "truncate /etc/passwd", "chmod /etc/passwd")),
    Act(9, "remount and uncover", "a09_remount", [],
        lines("EPERM", "remount / writable", "remount /usr writable", "mount_setattr /", "umount /proc/sys", "umount /proc/cmdline",
              "umount /proc", "pivot_root")),
    Act(11, "make device nodes", "a11_mknod", ["/tmp"], lines("EPERM", "mknod char 1:3", "mknod char 1:1", "mknodat block 254:0")),
    Act(12, "change the kernel's settings", "a12_write_sysctl", [],
        lines("EACCES", *SYSCTLS) + "mkdir /proc/sys/probe: ENOENT\nchmod /proc/sys/kernel/hostname: EROFS\n"),
    Act(13, "pull sysrq-trigger", "a13_sysrq", [], sysrq),
    Act(14, "read what /proc tells of the machine", "a14_masked_proc", MASKED, masked),
    Act(15, "find a device", "a15_devices", [], DEVICES),
    Act(19, "make namespaces", "a19_new_namespaces", [], namespaces("EPERM", "EPERM")),
    Act(20, "call clone3", "a20_clone3", [], "clone3: ENOSYS\nthread: ok\nfork: ok\n"),
    Act(22, "enter namespaces", "a22_setns", [],
        lines("EPERM", *(f"setns /proc/self/ns/{name}" for name in ("uts", "ipc", "net", "pid", "mnt", "user", "cgroup")), "setns to init's net")),
    Act(25, "use io_uring", "a25_io_uring", [], lines("EPERM", "io_uring_setup", "io_uring_enter", "io_uring_register")),
    Act(26, "use keyrings", "a26_keyrings", [], lines("EPERM", "keyctl", "add_key", "request_key")),
    Act(27, "use userfaultfd, bpf, perf", "a27_kernel_tools", [], lines("EPERM", "userfaultfd", "bpf", "perf_event_open")),
    Act(29, "make data executable", "a29_personality", [], lines("EPERM", "READ_IMPLIES_EXEC", "ADDR_NO_RANDOMIZE") + lines("ok", "query")),
    Act(30, "open files by handle", "a30_file_handles", ["/usr"], lines("EPERM", "name_to_handle_at", "open_by_handle_at")),
    Act(31, "type into the terminal", "a31_terminal_input", [],
        lines("ENOENT", "open /dev/ptmx")
        + lines("EPERM", "TIOCSTI", "TIOCSTI with high bits", "TIOCSTI with all high bits", "TIOCLINUX", "TIOCLINUX with high bits")),
    Act(32, "open AF_VSOCK", "a32_vsock", [], lines("EPERM", "AF_VSOCK", "AF_VSOCK datagram")),
    Act(33, "open AF_ALG", "a33_kernel_crypto", [], lines("EPERM", "AF_ALG")),
    Act(34, "open raw sockets", "a34_raw_sockets", [],
        lines("EPERM", "AF_PACKET raw", "AF_PACKET datagram", "AF_INET raw", "AF_INET6 raw", "NETLINK netfilter") + lines("ok", "NETLINK route")),
    Act(35, "connect to an abstract socket", "a35_abstract_socket", lambda host: [host.abstract], lines("ECONNREFUSED", "connect")),
    Act(36, "connect to a socket file", "a36_pathname_socket", lambda host: [host.path, "/run/docker.sock"],
        lines("ENOENT", "connect 1", "connect 2")),
    Act(37, "connect to the network", "a37_connect", lambda host: [host.tcp_port],
        lines("ENETUNREACH", *UNREACHABLE, "tcp to 2606:4700:4700::1111") + lines("ECONNREFUSED", "tcp to the host's loopback")),
    Act(38, "ask a name server", "a38_resolve", lambda host: ["1.1.1.1", 53, "127.0.0.53", 53, "127.0.0.1", host.udp_port],
        lines("ENETUNREACH", "ask 1.1.1.1") + lines("ECONNREFUSED", "ask 127.0.0.53", "ask 127.0.0.1") + "name server in /etc/resolv.conf: no\n"),
    *acts.EGRESS_ACTS,
    Act(52, "link an input into the outputs", "a52_hard_link", LINKED, hard_links),
    Act(61, "gain by a setuid program", "a61_setuid", [], setuid),
    Act(64, "hold up who opens a shared file", "a64_lease", LINKED[:2],
        "".join(lines("ok", f"open {path}") + lines("EPERM", "F_WRLCK", "F_RDLCK", "F_RDLCK with high bits") + lines("ok", "F_GETLEASE")
                for path in LINKED[:2])),
    Act(65, "take what the host has once", "a65_host_pools", [],
        lines("EPERM", "mmap MAP_HUGETLB", "memfd_create MFD_HUGETLB", "memfd_create with high bits", "shmget SHM_HUGETLB")
        + "memfd_create: ok\nio_setup: ENOSYS\n20000 pending signals: no\nfirst queue: ok\nsecond queue: EMFILE\n"),
]

# Killed for the attempt: number, what, probe, signal.
KILLED = [(23, "call by int80", "a23_int80", signal.SIGSYS), (24, "call by x32's numbers", "a24_x32", signal.SIGSYS)]

Pair = collections.namedtuple("Pair", "number what probe words held tried")

# Two runs at the same time: what the one that holds prints, and what the one that tries does.
PAIRS = [
    Pair(16, "meet in scratch folders", "a16_shared_memory_files", SCRATCH,
         lines("ok", *(f"create {folder}/capid-probe" for folder in SCRATCH)) + lines("1", *(f"entries in {folder}" for folder in SCRATCH)),
         lines("ENOENT", *(f"open {folder}/capid-probe" for folder in SCRATCH)) + lines("0", *(f"entries in {folder}" for folder in SCRATCH))),
    Pair(17, "meet in System V objects and queues", "a17_system_v", [],
         lines("ok", "shmget", "semget", "msgget", "mq_open"), lines("ENOENT", "shmget", "semget", "msgget", "mq_open")),
    Pair(18, "meet in a lock on an input", "a18_flock", ["/in/files/x.txt", "/in/inputs.json"],
         lines("ok", "lock /in/files/x.txt", "lock /in/inputs.json"), lines("ok", "lock /in/files/x.txt", "lock /in/inputs.json")),
]
