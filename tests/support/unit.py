# SPDX-License-Identifier: Apache-2.0
"""The third way to start a server, on a machine of systemd's: the installed capid.service, word for word, under a name of the
test's own and with folders and a port of the test's own."""
import os
import pathlib
import shutil
import signal
import subprocess
import time

import capid as support

INSTALLED = pathlib.Path("/usr/lib/systemd/system/capid.service")
MADE_HERE = pathlib.Path("/run/systemd/system")

# Everything that differs from the unit as it is shipped. Restart: a test that kills its server says itself when it starts.
DROP_IN = """\
[Service]
StateDirectory=
StateDirectory={name}
RuntimeDirectory=
RuntimeDirectory={name}
LoadCredential=config.yaml:{config}
StandardOutput=append:{log}
StandardError=inherit
Restart=no
{environment}
"""


def systemctl(*words, check=True):
    ended = subprocess.run(["systemctl", *map(str, words)], capture_output=True, text=True, check=False)
    if check and ended.returncode != 0:
        status = subprocess.run(["systemctl", "status", "--no-pager", "-n", "30", str(words[-1])], capture_output=True, text=True, check=False)
        raise AssertionError(f"systemctl {words}: {ended.stderr}{status.stdout}")
    return ended.stdout


def property_of(unit, name):
    return systemctl("show", "--value", "-p", name, unit).strip()


class MainProcess:
    """The unit's main process, with as much of subprocess.Popen as the tests use."""

    def __init__(self, unit):
        self.unit = unit
        self.pid = int(property_of(unit, "MainPID"))

    @property
    def returncode(self):
        return self.poll()

    def poll(self):
        if property_of(self.unit, "ActiveState") in ("activating", "active", "deactivating"):
            return None
        status = int(property_of(self.unit, "ExecMainStatus"))
        return -status if property_of(self.unit, "Result") == "signal" else status

    def wait(self, timeout=None):
        deadline = time.monotonic() + (timeout or 60 * support.PATIENCE)
        while self.poll() is None:
            if time.monotonic() > deadline:
                raise subprocess.TimeoutExpired(self.unit, timeout)
            time.sleep(0.05)
        return self.poll()

    def send_signal(self, number):
        os.kill(self.pid, number)

    def kill(self):
        self.send_signal(signal.SIGKILL)


class Unit(support.Capid):
    """One server as a unit; the data folder is where systemd makes it."""

    def __init__(self, root, config="", listen="127.0.0.1:0", **options):
        if "listen:" not in config:
            config += f"listen: {listen}\n"
        super().__init__(root, config=config, **options)
        self.name = self.root.name + ".service"

    def _data_folder(self):
        return pathlib.Path("/var/lib") / self.root.name

    def start(self, wait=True):
        self.log_path.touch()
        offset = self.log_path.stat().st_size
        self._write_unit()
        systemctl("daemon-reload")
        systemctl("start", *([] if wait else ["--no-block"]), self.name)   # returns once the server has said that it is up
        self.process = MainProcess(self.name)
        if wait:
            self.url = self._listening(offset)
            assert self.url, "systemd takes it for started, and it does not listen"
        return self

    def _write_unit(self):
        environment = {**{name: value for name, value in os.environ.items() if name.startswith("CAPID_")}, **self.environment}
        lines = "\n".join(f'Environment="{name}={value}"' for name, value in environment.items())
        folder = MADE_HERE / f"{self.name}.d"
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(INSTALLED, MADE_HERE / self.name)
        (folder / "test.conf").write_text(DROP_IN.format(name=self.root.name, config=self.config_path, log=self.log_path, environment=lines))

    def server_pid(self):
        return self.process.pid

    def stop(self, seconds=60):
        if self.process:
            begun = time.monotonic()
            systemctl("stop", self.name)
            assert time.monotonic() - begun < seconds * support.PATIENCE, self.log()
        return self.process.returncode if self.process else None

    def discard(self):
        super().discard()
        shutil.rmtree(self.data, ignore_errors=True)
        shutil.rmtree(MADE_HERE / f"{self.name}.d", ignore_errors=True)
        (MADE_HERE / self.name).unlink(missing_ok=True)
