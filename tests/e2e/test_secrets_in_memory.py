# SPDX-License-Identifier: Apache-2.0
"""Once a run is over, its secrets are in no memory of the server's, of the fork server's, or of what waits to be a run's init."""
import secrets

import capid as support
import pytest
from processes import family, memory


@pytest.mark.skipif(not support.IS_ROOT, reason="reading another process's memory needs root; the tests are run as root")
@pytest.mark.skipif(support.SANITIZED, reason="sanitizers give their processes terabytes to look through")
def test_a_secret_is_in_no_memory_once_its_run_is_over(capid):
    capid.shell_app("app", 'printf %s "$TOKEN" | wc -c', "secrets: [{name: T, env: TOKEN}]")
    client = capid.start().client()
    values = [secrets.token_hex(size) for size in (10, 100, 2_000, 8_000)]
    for value in values:   # each run before the last leaves spare children behind that were made after it
        capid.cli("secrets", "set", "T", input=value)
        for _ in range(3):
            assert client.text("app").strip() == str(len(value))

    def found():
        processes = family(capid.server_pid())
        assert len(processes) > 2, "the fork server and what it keeps ready are among them"
        return [(pid, len(value)) for pid in processes for part in memory(pid) for value in values if value[-20:].encode() in part]

    assert any(str(capid.data).encode() in part for part in memory(capid.server_pid())), "memory can be read"
    assert found() == []
