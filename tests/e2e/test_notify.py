# SPDX-License-Identifier: Apache-2.0
"""What a service manager is told, in the datagrams that it gets: up, and stopping; and nobody else can tell it anything."""
import contextlib
import os
import signal
import socket
import subprocess

import capid as support
import pytest


@contextlib.contextmanager
def manager(capid, kind):
    """A socket such as systemd's, of that kind, and the server's environment for it."""
    name = capid.root / "notify" if kind == "path" else f"@capid-notify-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(str(name).replace("@", "\0"))
        if kind == "path":
            name.chmod(0o777)
        listener.settimeout(20 * support.PATIENCE)
        capid.environment["NOTIFY_SOCKET"] = str(name)
        yield listener


def received(listener):
    return dict(line.split("=", 1) for line in listener.recv(4096).decode().splitlines())


@pytest.mark.parametrize("kind", ["path", "abstract"])
def test_the_manager_is_told_once_it_listens_and_once_it_drains(user, kind):
    with support.server(user=user, config="runs: {shutdown_grace: 20s}\n") as capid, manager(capid, kind) as listener:
        capid.start()
        assert received(listener) == {"READY": "1", "MAINPID": str(capid.server_pid()), "STATUS": f"listening on {capid.url}"}
        capid.stop()
        assert received(listener) == {"STOPPING": "1", "EXTEND_TIMEOUT_USEC": "50000000", "STATUS": "stopping: no new runs, running ones may finish"}
        listener.setblocking(False)
        with pytest.raises(BlockingIOError):
            listener.recv(1)


def test_it_is_told_that_the_server_is_up_when_it_is(capid):
    with manager(capid, "path") as listener:
        capid.start(wait=False)
        received(listener)
        client = support.Client(capid._listening(0), None)
        assert client.request("GET", "/readyz").status_code == 200


def test_nothing_below_the_server_learns_of_the_manager(capid):
    capid.shell_app("app", "env")
    with manager(capid, "path"):
        client = capid.start().client()
        assert "NOTIFY" not in client.text("app")
        fork_server, = subprocess.run(["pgrep", "-P", str(capid.server_pid())], capture_output=True, text=True, check=True).stdout.split()
        assert "NOTIFY_SOCKET" not in support.pathlib.Path(f"/proc/{fork_server}/environ").read_text()


def ended(capid, address):
    """The exit status and the last words of a server with that manager."""
    capid.environment["NOTIFY_SOCKET"] = address
    capid.start(wait=False)
    return capid.process.wait(60 * support.PATIENCE), capid.log().splitlines()[-1]


@pytest.mark.parametrize("address, why", [("/nowhere/notify", "No such file or directory"), ("/" + "x" * 200, "the name is too long"),
                                          ("vsock:2:1234", "it is neither a path nor an abstract name")])
def test_a_manager_that_cannot_be_told_is_an_error_of_the_start(capid, address, why):
    assert ended(capid, address) == (2, f"capid: the service manager at NOTIFY_SOCKET={address} cannot be told that capid is up: {why}")


def test_the_watchdog_hears_from_a_server_that_lives_and_not_from_one_that_hangs(capid):
    with manager(capid, "path") as listener:
        capid.environment["WATCHDOG_USEC"] = "400000"
        capid.start()
        assert "READY" in received(listener)
        for _ in range(3):
            assert received(listener) == {"WATCHDOG": "1"}
        os.kill(capid.server_pid(), signal.SIGSTOP)
        try:
            listener.settimeout(1)
            with pytest.raises(TimeoutError):
                for _ in range(5):
                    listener.recv(4096)
        finally:
            os.kill(capid.server_pid(), signal.SIGCONT)
        listener.settimeout(20)
        assert received(listener) == {"WATCHDOG": "1"}


def test_another_processes_watchdog_is_left_alone(capid):
    with manager(capid, "path") as listener:
        capid.environment.update(WATCHDOG_USEC="100000", WATCHDOG_PID="1")
        capid.start()
        received(listener)
        listener.settimeout(1)
        with pytest.raises(TimeoutError):
            listener.recv(4096)
