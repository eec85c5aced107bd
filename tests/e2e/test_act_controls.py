# SPDX-License-Identifier: Apache-2.0
"""The positive controls of test_acts.py: each probe succeeds where the one defence is missing.

That is shown inside throwaway mount, pid, net and user namespaces, never on the bare host. Where two walls stand before an act, both
are taken away. No control: 13 (pulling it is not harmless), 21 (is one itself), 54, 55 and 57 (what they must not reach is ours).
"""
import errno
import pathlib
import re
import subprocess

import acts
import capid as support
import gateway
import pytest
import servers
from acts import lines
from models import Answer, ModelServer

SCRATCH = ["/out", "/tmp", "/home/agent", "/dev/shm", "/workspace"]
SECRET = "seen-outside"


@pytest.fixture(scope="module")
def host():
    with acts.host() as made:
        yield made


EVERYWHERE = str(support.PROBES)


def probe(name, *words):
    return " ".join([f"{EVERYWHERE}/{name}", *map(str, words)])


# A step of the set-up is left out, by sandbox_driver: number, steps, command, a part of what is printed then.
LEFT_OUT = [
    (8, ["root.read_only", "landlock"], ["/app/a08_write_system", "/", "/etc"], r"create in /: ok\ncreate in /etc: ok\n"),
    (14, ["proc.mask"], ["/app/a14_masked_proc", "cmdline", "kallsyms"], r"read /proc/cmdline: content\nread /proc/kallsyms: content\n"),
    (19, ["seccomp", "namespaces.close"], ["/app/a19_new_namespaces"], r"unshare NEWUSER: ok\nunshare NEWUSER\|NEWNS: ok\n"),
    (20, ["seccomp"], ["/app/a20_clone3"], r"clone3: ok\n"),
    (23, ["seccomp"], ["/app/a23_int80"], r"int80: ok\n"),
    (24, ["seccomp"], ["/app/a24_x32"], r"x32: (ok|ENOSYS)\n"),   # ENOSYS: this kernel was built without it
    (25, ["seccomp"], ["/app/a25_io_uring"], r"io_uring_setup: ok\n"),
    (26, ["seccomp"], ["/app/a26_keyrings"], r"keyctl: ok\nadd_key: ok\nrequest_key: ok\n"),
    (27, ["seccomp"], ["/app/a27_kernel_tools"], r"userfaultfd: ok\nbpf: \w+\nperf_event_open: ok\n"),   # bpf: see below
    (29, ["seccomp"], ["/app/a29_personality"], r"READ_IMPLIES_EXEC: ok\nADDR_NO_RANDOMIZE: ok\n"),
    (32, ["seccomp"], ["/app/a32_vsock"], r"AF_VSOCK: ok\n"),
    (33, ["seccomp"], ["/app/a33_kernel_crypto"], r"AF_ALG: (ok|EAFNOSUPPORT)\n"),   # likewise
    (50, ["limits"], ["/app/a50_sparse_file", 64 << 20], r"truncate to 1 TB: ok\n"),
    (52, ["mounts.scratch", "root.read_only", "landlock"], ["/app/a52_hard_link", "/etc/passwd"], r"link /etc/passwd: ok\n"),   # three walls
    (64, ["seccomp"], ["/app/a64_lease", "/out/own"], r"F_RDLCK: ok\nF_RDLCK with high bits: ok\n"),
    (65, ["seccomp", "limits"], ["/app/a65_host_pools"], r"memfd_create MFD_HUGETLB: ok\n(.*\n)*io_setup: ok\n20000 pending signals: yes\nfirst queue: ok\nsecond queue: ok\n"),
    (61, ["privileges", "landlock", "seccomp"], ["/app/a61_setuid"], r"NoNewPrivs:\t0\n"),   # both need no_new_privs
    (61, ["capabilities"], ["/app/a61_setuid"], r"CapBnd:\t0*[1-9a-f]\w*\n"),
]

# Nothing of the sandbox is there, as its view or its namespaces are the defence: number, script, a part of what is printed.
# The script is run as root of throwaway namespaces, which to the machine is an ordinary user.
NOT_THERE = [
    (1, lambda host: probe("a01_read_secrets", host.file), r"open \S+: ok\n"),
    (2, lambda host: probe("a02_read_database", host.data, host.folder), r"open capid.db by its path: ok\nfound: 1\n"),
    (3, lambda host: probe("a03_init_environment") + "; :", r"open /proc/1/environ: ok\n"),
    (4, lambda host: probe("a04_init_memory") + "; :", r"open /proc/1/mem: ok\n(.*\n)*ptrace: ok\n"),
    (5, lambda host: f"CAPID_ACTS_SECRET={SECRET} " + probe("a05_environment"), f"CAPID_ACTS_SECRET={SECRET}\n"),
    (6, lambda host: probe("a06_descriptors") + " 7</dev/null", r"7: device\n"),
    (9, lambda host: probe("a09_remount"), r"remount / writable: ok\n(.*\n)*umount /proc: ok\n"),
    (10, lambda host: probe("a10_mount_inside"), r"mount tmpfs on /tmp: ok\nbind /usr on /tmp: ok\nfsopen: ok\nopen_tree: ok\n"),
    (12, lambda host: probe("a12_write_sysctl"), r"open /proc/sys/net/ipv4/ip_forward: ok\n"),
    (15, lambda host: probe("a15_devices"), r"/dev/ptmx "),
    (16, lambda host: f"mount -t tmpfs t /dev/shm; {probe('a16_shared_memory_files', 'hold', '/dev/shm')} & sleep 0.5; "
     + probe("a16_shared_memory_files", "try", "/dev/shm"), r"open /dev/shm/capid-probe: ok\nentries in /dev/shm: 1\n"),
    (17, lambda host: f"{probe('a17_system_v', 'hold')} & sleep 0.5; echo now; " + probe("a17_system_v", "try"),
     r"now\nshmget: ok\nsemget: ok\nmsgget: ok\nmq_open: ok\n"),
    (18, lambda host: f"{probe('a18_flock', 'hold', host.file)} & sleep 0.5; " + probe("a18_flock", "try", host.file), r"lock \S+: EAGAIN\n"),
    (22, lambda host: probe("a22_setns"), r"setns /proc/self/ns/uts: ok\n(.*\n)*setns to init's net: ok\n"),
    (28, lambda host: f"{probe('a28_sibling', 'hold')} & sleep 0.3; " + probe("a28_sibling", "try", "$!"),
     r"kill: ok\npidfd_open: ok\n(.*\n)*ptrace seize: ok\n"),
    (31, lambda host: probe("a31_terminal_input") + "; :", r"TIOCSTI: ok\nTIOCSTI with high bits: ok\nTIOCSTI with all high bits: ok\n"),
    (34, lambda host: probe("a34_raw_sockets"), lines("ok", "AF_PACKET raw", "AF_PACKET datagram", "AF_INET raw", "AF_INET6 raw", "NETLINK netfilter")),
    (45, lambda host: f"sleep 60 & sleep 0.2; {probe('a45_kill_everyone')}; wait $!; echo sleeper: $?", r"kill -1: ok\n(.*\n)*sleeper: 137\n"),
    (58, lambda host: f"{probe('a58_daemon', 'leave', 'mark-58')}; sleep 0.2; cat /proc/[0-9]*/cmdline | tr '\\0' '\\n' | grep -cx 'mark-5[8]'",
     r"left a daemon\n1\n"),
]

# Likewise, but in the host's net namespace: it was the defence.
ON_THE_NET = [
    (35, lambda host: probe("a35_abstract_socket", host.abstract), r"connect: ok\n"),
    (36, lambda host: probe("a36_pathname_socket", host.path), r"connect 1: ok\n"),
    (37, lambda host: probe("a37_connect", host.tcp_port, "host"), r"tcp to the host's loopback: ok\n"),
    (38, lambda host: probe("a38_resolve", "127.0.0.1", host.udp_port), r"ask 127.0.0.1: ok\n"),
]

# What only the machine's root can do at all.
BY_ROOT = [
    (11, "mount -t tmpfs t /mnt; " + probe("a11_mknod", "/mnt"), r"mknod char 1:3: ok\nmknod char 1:1: ok\nmknodat block 254:0: ok\n"),
    (27, probe("a27_kernel_tools"), r"bpf: ok\n"),
    (30, "mount -t tmpfs t /mnt; " + probe("a30_file_handles", "/mnt"), r"name_to_handle_at: ok\nopen_by_handle_at: ok\n"),
]


def numbers(table):
    return [f"{row[0]:02}" for row in table]


@pytest.mark.parametrize("number, steps, command, expected", LEFT_OUT, ids=numbers(LEFT_OUT))
def test_control_with_a_step_left_out(number, steps, command, expected):
    out = acts.without(steps, *command)
    assert re.search(expected, out), out


@pytest.mark.parametrize("number, script, expected", NOT_THERE, ids=numbers(NOT_THERE))
def test_control_without_a_sandbox(host, number, script, expected):
    before = pathlib.Path("/proc/self/mountinfo").read_text()
    out = acts.bare(script(host))
    assert re.search(expected, out), out
    assert pathlib.Path("/proc/self/mountinfo").read_text() == before


@pytest.mark.parametrize("number, script, expected", ON_THE_NET, ids=numbers(ON_THE_NET))
def test_control_in_the_hosts_net(host, number, script, expected):
    out = acts.bare(script(host), net=False)
    assert re.search(expected, out), out


@pytest.mark.skipif(not support.IS_ROOT, reason="these acts succeed for the machine's root alone")
@pytest.mark.parametrize("number, script, expected", BY_ROOT, ids=numbers(BY_ROOT))
def test_control_by_the_machines_root(number, script, expected):
    out = acts.bare(script, machines_root=True)
    assert re.search(expected, out), out


# A proxy that takes every host answers 200 to all that 39 and 40 ask: what they print is what came.
@pytest.mark.parametrize("name, asked", [("a39_proxy_nul", acts.HOSTS_WITH_NUL), ("a40_proxy_hosts", acts.ODD_HOSTS)])
def test_control_39_40_a_proxy_that_takes_every_host(name, asked):
    with servers.LaxProxy() as proxy:
        assert acts.bare(probe(name, proxy.port, "allowed.test"), net=False) == lines("200", *asked)


def test_control_41_42_what_the_operator_and_the_app_allow_is_reached(host):
    with support.server(config="egress: {allow: [name.localhost]}\n") as capid:
        world = acts.World(capid, host)
        for act in acts.EGRESS_ACTS[2:]:
            world.app_for(act._replace(allow=[f"*.localhost:{host.tcp_port}"]))
        world.client = capid.start().client()
        world.expect("a41", lines("200", "tunnel"))
        ways = world.client.text("a42")
        assert ways.startswith("connect to 61001: ok\nconnect to 61002: ECONNREFUSED\n") and ways.endswith("variables that name a proxy: 4\n")


def test_control_43_44_the_model_and_the_credits_that_a_run_has_are_used(host):
    with ModelServer(lambda call: Answer(input=1000, tokens=100)) as server, support.server() as capid:
        world = acts.World(capid, host)
        house = gateway.Gateway(capid, server, models=("mine", "others"))
        world.app("a43", "a43_other_gateway", 61001, 61001)
        world.app("a44", "a44_overspend", 6)
        world.client = house.start().client
        world.expect("a43", "connect to 61001: ok\nits own model: no\nthe other's model: yes\na call: 200\n", chatModelId="others", files=[("files", ("token.txt", b"x"))])
        run = world.client.run("a44", maxCredits=100)
        assert "".join(data["text"] for data in house.events(run, "log")) == "200\n" * 6 + "at once, and refused: 0\n" and run["usage"]["credits"] == 12 * 4.5


def test_control_07_without_a_root_of_its_own_the_host_is_in_reach(host):
    # The working folder is left out with it, as there is no /workspace in the host's root.
    out = acts.without(["root.pivot", "working_folder", "landlock"], f"{EVERYWHERE}/a07_walk_up", host.file)
    assert "the host's file from there: ok\n" in out


def test_control_46_47_56_higher_limits_are_not_reached():
    assert acts.without([], "/app/a46_fork_bomb", 100, options=["--pids", 200]) == "no end after 100 children\n"
    assert acts.without([], "/app/a47_memory_bomb", 96, options=["--memory", 256 << 20]) == "begins\ntook 96 MiB\n"
    assert "inotify instances: no end after 50\n" in acts.bare(probe("a56_exhaust", 50))


@pytest.mark.skipif(acts.landlock_version() < 2, reason="this kernel has no Landlock that will do")
def test_landlock_alone_keeps_the_system_from_being_written():
    # Its root is writable to the mounts, and only Landlock stands in the way.
    out = acts.without(["root.read_only"], "/app/a08_write_system", "/", "/etc")
    assert out.startswith(lines("EACCES", "create in /", "create in /etc")), out


def test_control_48_49_a_higher_limit_is_not_reached():
    assert acts.without([], "/app/a48_fill_disk", 4 << 20, *SCRATCH, options=["--disk", 8 << 20]) == f"full after {4 << 20} bytes\n"
    assert acts.without([], "/app/a49_fill_inodes", 3000, *SCRATCH, options=["--disk", 64 << 20]) == "full after 3000 inodes\n"


def test_control_51_without_the_filter_a_fifo_is_made_and_skipped():
    outcome = acts.driven("--without", "seccomp", "--without", "landlock", "--", "/app/a51_odd_artifacts")
    assert "fifo: ok\n" in outcome["stdout"] and "device: EPERM\n" in outcome["stdout"]
    assert ["fifo", "it is not a regular file"] in outcome["skipped"] and outcome["files"] == []


def test_control_53_below_the_caps_everything_is_collected():
    outcome = acts.driven("--", "/app/a53_many_artifacts", 100)
    assert len(outcome["files"]) == 9 + 16 + 100
    assert len(outcome["skipped"]) == 1, "what is too deep"


@pytest.mark.parametrize("left_out, alive", [("--without parent_death", 4), ("", 0)], ids=["left out", "there"])
def test_control_59_runs_outlive_a_server_that_they_do_not_watch(left_out, alive):
    driver = f"{' '.join(acts.ORDINARY_THERE)} {support.DRIVER} {left_out} --mount {EVERYWHERE}:/app -- /app/a59_outlive mark-59"
    # The pattern is spelled so that it does not find itself.
    count = "cat /proc/[0-9]*/cmdline 2>/dev/null | tr '\\0' '\\n' | grep -cx 'mark-5[9]'"
    until_there = f"for i in $(seq 100); do test $({count}) -ge 5 && break; sleep 0.1; done"   # the driver, and the run's four
    assert acts.bare(f"{driver} & {until_there}; kill -9 $!; sleep 0.5; {count}") == f"{alive}\n"


@pytest.mark.skipif(pathlib.Path("/proc/sys/kernel/core_pattern").read_text()[0] in "|/", reason="cores go elsewhere on this machine")
def test_control_60_without_limits_there_is_a_core():
    outcome = acts.driven("--without", "limits", "--", "/app/a60_segfault", setup="ulimit -c unlimited")
    assert (outcome["end"], outcome["signal"]) == ("signaled", 11)
    assert [name for name, _ in outcome["files"] if name.startswith("core")], outcome


# Steps that fail for real: the step, its errno, what sandbox_driver is told, what root of the throwaway namespaces did before.
FAILING = [
    ("mounts.own", errno.ENOENT, ["--mount", "/nowhere:/x"], "true"),
    ("mounts.own", errno.EROFS, ["--mount", "/usr:/usr/a"], "true"),
    ("mounts.own", errno.EEXIST, ["--mount", "/usr:/usr"], "true"),
    ("mounts.own", errno.EROFS, ["--mount", "/etc/passwd:/usr/a"], "true"),
    ("root.image", errno.ENOENT, ["--rootfs", "/nowhere"], "true"),
    ("root.image", errno.ENOTDIR, ["--rootfs", "/etc/passwd"], "true"),
    ("root.image", errno.ELOOP, ["--rootfs", "/proc/self/root"], "true"),
    ("quota", errno.EINVAL, ["--disk", "-4096"], "true"),
    ("mounts.proc", errno.EPERM, [], "mount -t tmpfs t /proc/sys/kernel"),
    ("mounts.root", errno.EOVERFLOW, ["--without", "identity"], "true"),
    ("mounts.system", errno.EINVAL, ["--without", "mounts.copy"], "true"),
    ("proc.mask", errno.ENOENT, ["--without", "mounts.proc"], "true"),
    ("landlock", errno.EPERM, ["--without", "privileges"], "true"),
    ("seccomp", errno.EACCES, ["--without", "privileges", "--without", "landlock"], "true"),
    ("working_folder", errno.ENOENT, ["--without", "root.pivot", "--without", "landlock"], "true"),
    ("listeners", errno.EADDRINUSE, ["--listen", "61001", "--listen", "61001"], "true"),
    ("listeners", errno.E2BIG, [word for port in range(10) for word in ("--listen", str(61001 + port))], "true"),
    ("clone", errno.EAGAIN, ["--pids", "0"], "true"),
    ("clone", errno.ENOSPC, [], "echo 0 > /proc/sys/user/max_net_namespaces"),
]


@pytest.mark.parametrize("step, error, options, setup", FAILING, ids=[f"{row[0]}-{errno.errorcode[row[1]]}" for row in FAILING])
def test_62_each_failing_step_refuses_the_run(step, error, options, setup):
    outcome = acts.driven(*options, "--", "/app/a62_ran", setup=setup)
    assert (outcome["end"], outcome["failed_step"], outcome["error"]) == ("setup_failed", step, error)
    assert (outcome["stdout"], outcome["stderr"], outcome["files"]) == ("", "", [])


def test_control_62_a_whole_sandbox_runs():
    outcome = acts.driven("--", "/app/a62_ran")
    assert (outcome["end"], outcome["stdout"], outcome["stderr"], outcome["files"]) == ("exited", "ran\nwrite: ok\n", "ran\n", [["ran", 0]])


def test_the_driver_refuses_to_weaken_a_sandbox_on_the_bare_host():
    for environment in ({}, {"CAPID_THROWAWAY": "1"}):
        ended = subprocess.run(support.as_user([support.DRIVER, "--without", "seccomp", "--", "/usr/bin/true"], "ordinary"),
                               capture_output=True, text=True, env=environment, timeout=60, check=False)
        assert (ended.returncode, ended.stdout) == (2, "")
        assert "refused" in ended.stderr
